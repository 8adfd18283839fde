#include "ops/backup.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ops/probe.h"
#include "ops/switch_over.h"
#include "ops/testing.h"

namespace hvac::ops {
namespace {

using namespace std::chrono_literals;
using testing::at_ms;
using testing::kNewYearMs;
using testing::SmallInstance;
namespace fs = std::filesystem;

class Backups : public ::testing::Test {
 protected:
  Card make(BackupKind kind, std::int64_t second) {
    const auto report = instance_.backup(kind, second);
    EXPECT_TRUE(report) << report.error().message;
    return report ? report->card : Card{};
  }
  RestoreReport restore(const RestoreRequest& request) {
    const auto report = instance_.restore(request);
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(RestoreReport{});
  }

  store::ScratchFolder scratch_;
  SmallInstance instance_{scratch_.path() / "home"};
};

TEST_F(Backups, BringBackEverythingAndKeepWhatTheyReplace) {
  const auto before = prediction_digest(instance_.home).value();
  const Card card = make(BackupKind::full, 1000);
  EXPECT_EQ(card.id, "full-20260101T001640.000Z");
  registry::Registry models(instance_.home / "models");
  const auto other = models.register_candidate(testing::small_model(5.0), {"x", "y", "", ""});
  ASSERT_TRUE(models.promote(*other, {"x", "y", "", ""}));
  ASSERT_NE(prediction_digest(instance_.home)->digest, before.digest);
  instance_.put("config.toml", "[server]\nport = 1\n");
  instance_.put("keys.json", "{}");
  instance_.put("logs/api.log", "newer");
  instance_.put("monitoring/later.json", "{}");
  instance_.add_rows(200, 250);

  const RestoreReport report = restore({});
  EXPECT_EQ(report.backups, std::vector<std::string>{card.id});
  EXPECT_EQ(prediction_digest(instance_.home)->digest, before.digest);
  EXPECT_EQ(report.prediction.digest, before.digest);
  EXPECT_EQ(instance_.text("config.toml"), "[server]\nport = 8000\n");
  EXPECT_EQ(instance_.text("logs/api.log"), "newer");  // Logs that are there stay.
  EXPECT_FALSE(fs::exists(instance_.home / "keys.json"));
  EXPECT_FALSE(fs::exists(instance_.home / "monitoring" / "later.json"));
  EXPECT_EQ(instance_.rows(), 200);
  EXPECT_EQ(instance_.store->audit(1, 9)->back().entry.action, "restore");
  EXPECT_TRUE(instance_.store->verify());
  EXPECT_FALSE(restore_is_pending(instance_.home));

  EXPECT_EQ(read_file(report.aside / "config.toml").value(), "[server]\nport = 1\n");
  EXPECT_TRUE(fs::exists(report.aside / "keys.json"));
  const auto replaced = store::open_sqlite(report.aside / "data" / "telemetry.db");
  ASSERT_TRUE(replaced);
  EXPECT_EQ((*replaced)->counts()->samples, 250);
}

TEST_F(Backups, AreOfTheMomentAndIncrementsGoOn) {
  make(BackupKind::daily, 1000);
  instance_.add_rows(200, 300);
  instance_.add_rows(-50, 0);  // Late ones.
  EXPECT_EQ(make(BackupKind::increment, 1030).parent, "daily-20260101T001640.000Z");
  instance_.put("config.toml", "[server]\nport = 2\n");
  instance_.put("monitoring/new.json", "new");
  fs::remove(instance_.home / "monitoring" / "drift_report_20260101.json");
  make(BackupKind::increment, 1060);
  instance_.add_rows(300, 310);
  make(BackupKind::increment, 1090);

  const auto unchanged = instance_.backup(BackupKind::increment, 1120);
  ASSERT_TRUE(unchanged);
  EXPECT_TRUE(unchanged->unchanged);
  EXPECT_EQ(covered_until(instance_.catalog(), *instance_.catalog().list()),
            at_ms(kNewYearMs + 1'120'000));

  RestoreReport report = restore({.at = at_ms(kNewYearMs + 1'031'000)});
  EXPECT_EQ(report.backups.size(), 2U);
  EXPECT_EQ(instance_.rows(), 350);
  EXPECT_EQ(report.added, 150);
  EXPECT_EQ(instance_.store->state("twin/cooler").value(), "0");
  EXPECT_EQ(instance_.text("config.toml"), "[server]\nport = 8000\n");
  report = restore({});
  EXPECT_EQ(report.backups.size(), 4U);
  EXPECT_EQ(instance_.rows(), 360);
  EXPECT_EQ(instance_.text("config.toml"), "[server]\nport = 2\n");
  EXPECT_EQ(instance_.text("monitoring/new.json"), "new");
  EXPECT_FALSE(fs::exists(instance_.home / "monitoring" / "drift_report_20260101.json"));
  report = restore({.at = at_ms(kNewYearMs + 1'000'000)});
  EXPECT_EQ(instance_.rows(), 200);
  EXPECT_EQ(instance_.restore({.at = at_ms(kNewYearMs)}).error().code, ErrorCode::not_found);
}

// An increment made after a restore follows on a chain that the restored store is not part of any
// more; then it is refused and a whole backup is due.
TEST_F(Backups, AfterARestoreNeedAWholeOneFirst) {
  make(BackupKind::daily, 1000);
  for (int i = 0; i < 5; ++i) instance_.add_rows(200 + i, 201 + i);
  make(BackupKind::increment, 1030);
  restore({.at = at_ms(kNewYearMs + 1'000'000)});
  for (int i = 0; i < 9; ++i) instance_.add_rows(300 + i, 301 + i);  // Past the old numbers.
  const auto increment = instance_.backup(BackupKind::increment, 1060);
  ASSERT_FALSE(increment);
  EXPECT_EQ(increment.error().code, ErrorCode::conflict);
  make(BackupKind::daily, 1090);
  instance_.add_rows(400, 401);
  make(BackupKind::increment, 1120);
  restore({});
  EXPECT_EQ(instance_.rows(), 210);
}

TEST_F(Backups, OnlyRestoreWhatIsAsked) {
  make(BackupKind::full, 1000);
  instance_.put("config.toml", "[server]\nport = 3\n");
  instance_.put("monitoring/drift_report.json", "changed");
  instance_.add_rows(200, 210);
  restore({.only = {Component::config}});
  EXPECT_EQ(instance_.text("config.toml"), "[server]\nport = 8000\n");
  EXPECT_EQ(instance_.text("monitoring/drift_report.json"), "changed");
  EXPECT_EQ(instance_.rows(), 210);
  restore({.only = {Component::data}});
  EXPECT_EQ(instance_.rows(), 200);
  fs::remove_all(instance_.home / "models");
  restore({.only = {Component::models}});
  EXPECT_TRUE(registry::Registry(instance_.home / "models").current().value());
}

TEST_F(Backups, LeaveLogsOutDailyAndTakeThemWeekly) {
  make(BackupKind::daily, 1000);
  make(BackupKind::weekly, 2000);
  fs::remove_all(instance_.home / "logs");
  restore({.id = "daily-20260101T001640.000Z"});
  EXPECT_FALSE(fs::exists(instance_.home / "logs"));
  restore({.id = "weekly-20260101T003320.000Z"});
  EXPECT_EQ(instance_.text("logs/api.log").size(), 3000U);
}

TEST_F(Backups, TakeAnInstanceWithoutStoreAndModel) {
  const fs::path home = scratch_.path() / "bare";
  ASSERT_TRUE(write_file_atomically(home / "config.toml", ""));
  const Catalog catalog(home / "backups");
  const Clock clock = [] { return at_ms(kNewYearMs); };
  const auto made = create_backup(catalog, {home, nullptr, "", "1"}, {}, clock, no_progress());
  ASSERT_TRUE(made) << made.error().message;
  fs::remove(home / "config.toml");
  ASSERT_TRUE(restore_backup(catalog, home, {}, clock, no_progress()));
  EXPECT_TRUE(fs::exists(home / "config.toml"));
}

TEST_F(Backups, RefuseAnInstanceThatRuns) {
  make(BackupKind::full, 1000);
  const auto use = InstanceUse::begin(instance_.home);
  ASSERT_TRUE(use);
  EXPECT_EQ(instance_.restore({}).error().code, ErrorCode::conflict);
}

TEST_F(Backups, RefuseToRestoreWhatFailsTheCheck) {
  make(BackupKind::full, 1000);
  instance_.put("config.toml", "mine");
  RestoreRequest request;
  request.check = [](const fs::path& staged) -> Result<void> {
    return fail(ErrorCode::corrupt, read_file(staged / "config.toml").value());
  };
  const auto refused = instance_.restore(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "[server]\nport = 8000\n");
  EXPECT_EQ(instance_.text("config.toml"), "mine");
  EXPECT_FALSE(fs::exists(instance_.home / ".restore"));
}

TEST_F(Backups, ReportAModelThatCannotBeLoadedAndTakeItAsItIs) {
  instance_.put("models/v1/model.json", "damaged");
  const auto made = instance_.backup(BackupKind::full, 1000);
  ASSERT_TRUE(made);
  ASSERT_TRUE(made->model_fault);
  EXPECT_NE(made->model_fault->message.find("model.json"), std::string::npos);
}

TEST_F(Backups, GoOnBesideOneThatIsEncryptedWithAnotherKey) {
  const Secret key{"0123456789abcdef0123456789abcdef", "key"};
  make(BackupKind::daily, 1000);
  ASSERT_TRUE(instance_.backup(BackupKind::full, 1010, key));
  instance_.add_rows(200, 210);
  EXPECT_EQ(make(BackupKind::increment, 1030).parent, "daily-20260101T001640.000Z");
  restore({});
  EXPECT_EQ(instance_.rows(), 210);
  EXPECT_EQ(instance_.restore({.id = "full-20260101T001650.000Z"}).error().code,
            ErrorCode::invalid_argument);
  restore({.id = "full-20260101T001650.000Z", .secret = key});
  EXPECT_EQ(instance_.rows(), 200);
}

// A damaged model must not push the whole one out of what is restored.
TEST_F(Backups, KeepTheModelThatWasWholeWhenTheCurrentOneIsDamaged) {
  make(BackupKind::daily, 1000);
  const std::string whole = instance_.text("models/v1/model.json");
  instance_.put("models/v1/model.json", "damaged");
  instance_.add_rows(200, 210);
  const auto increment = instance_.backup(BackupKind::increment, 1030);
  ASSERT_TRUE(increment);
  EXPECT_TRUE(increment->model_fault);
  ASSERT_TRUE(instance_.backup(BackupKind::full, 1060)->model_fault);
  restore({.only = {Component::models}});
  EXPECT_EQ(instance_.text("models/v1/model.json"), whole);
  fs::remove_all(instance_.home / "models" / "v1");
  restore({.id = increment->card.id});
  EXPECT_EQ(instance_.text("models/v1/model.json"), whole);
  EXPECT_EQ(instance_.rows(), 210);
}

TEST_F(Backups, ArePrunedByAgeButNeverTheNewestNorWhatIsNeeded) {
  constexpr std::int64_t kDay = 86'400;
  for (std::int64_t day = 0; day < 40; day += 4) make(BackupKind::daily, day * kDay);
  instance_.add_rows(500, 501);
  make(BackupKind::increment, 36 * kDay + 30);
  const auto at = [](std::int64_t day) { return at_ms(kNewYearMs + day * kDay * 1000); };
  const auto first = instance_.catalog().prune({}, at(37));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->size(), 2U);  // Days 0 and 4.
  const auto all = instance_.catalog().prune({}, at(1000));
  ASSERT_TRUE(all);
  const auto left = instance_.catalog().list();
  ASSERT_EQ(left->size(), 2U);  // The newest increment and what it follows on.
  restore({});
  EXPECT_EQ(instance_.rows(), 201);
}

// Golden: an archive of the first format: gzip, no sizes of what the store holds, no prediction.
TEST_F(Backups, OfTheFirstFormatAreRestored) {
  const fs::path golden = fs::path(HVAC_SOURCE_DIR) / "src/ops/testdata/format_1.tar.gz";
  restore({.file = golden});
  EXPECT_EQ(instance_.text("config.toml"), "[server]\nport = 8123\n");
  EXPECT_EQ(instance_.rows(), 90);
}

TEST_F(Backups, OfANewerFormatAreRefused) {
  const auto text = manifest_text({.format = kBackupFormat + 1, .id = "full-x"});
  const auto parsed = parse_manifest(text, "it");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, ErrorCode::conflict);
  EXPECT_NE(parsed.error().message.find("newer"), std::string::npos);
}

}  // namespace
}  // namespace hvac::ops
