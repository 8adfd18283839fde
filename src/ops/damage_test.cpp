#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <random>
#include <thread>

#include "ops/probe.h"
#include "ops/switch_over.h"
#include "ops/testing.h"

// Whatever is killed, damaged or full: a backup or restore is complete, or refused with the reason.
namespace hvac::ops {
namespace {

using testing::at_ms;
using testing::kNewYearMs;
using testing::SmallInstance;
namespace fs = std::filesystem;

constexpr int kKills = 50;  // Of a backup, and of a restore, at random moments.

class Damage : public ::testing::Test {
 protected:
  // Runs `work` in a child and kills it after `after`. Returns whether it had ended by itself.
  static bool run_and_kill(const std::function<bool()>& work, std::chrono::microseconds after) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work() ? 0 : 1);
    std::this_thread::sleep_for(after);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return !WIFSIGNALED(status);
  }

  static std::chrono::microseconds time_of(const std::function<bool()>& work) {
    const auto start = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work() ? 0 : 1);
    ::waitpid(child, nullptr, 0);
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                                 start);
  }

  bool backup_in_child(BackupKind kind, std::int64_t second) const {
    auto store = store::open_sqlite(instance_.home / "data" / "telemetry.db");
    if (!store) return false;
    return create_backup(
               instance_.catalog(), {instance_.home, store->get(), "", "1"}, {kind, {}},
               [second] { return at_ms(kNewYearMs + second * 1000); }, no_progress())
        .has_value();
  }
  bool restore_in_child(const std::string& id) const {
    if (!finish_interrupted_restore(instance_.home)) return false;
    const auto claimed = claim_instance(instance_.home);
    if (!claimed) return false;
    return restore_backup(instance_.catalog(), instance_.home, {.id = id, .by = "test"},
                          system_clock(), no_progress())
        .has_value();
  }

  store::ScratchFolder scratch_;
  SmallInstance instance_{scratch_.path() / "home"};
};

TEST_F(Damage, ABackupThatIsKilledIsWholeOrNotThere) {
  instance_.close();
  std::int64_t second = 1000;
  const auto time = time_of([&] { return backup_in_child(BackupKind::full, second); });
  std::mt19937_64 random{11};
  int killed = 0;
  for (int i = 0; killed < kKills; ++i) {
    ASSERT_LT(i, 10 * kKills) << "it ends before it is killed";
    second += 10;
    const auto after = std::chrono::microseconds(
        random() % static_cast<std::uint64_t>(time.count() * 11 / 10 + 1));
    if (!run_and_kill([&] { return backup_in_child(BackupKind::full, second); }, after)) ++killed;
    const auto backups = instance_.catalog().list();
    ASSERT_TRUE(backups);
    for (const Backup& backup : *backups) {
      EXPECT_TRUE(backup.fault || check_backup(backup, std::nullopt)) << i;
    }
  }
  // The next one tidies up, and all that are listed then are whole.
  instance_.open();
  ASSERT_TRUE(instance_.backup(BackupKind::full, second + 10));
  const auto backups = instance_.catalog().list();
  for (const Backup& backup : *backups) {
    ASSERT_FALSE(backup.fault) << backup.fault->message;
    EXPECT_TRUE(check_backup(backup, std::nullopt));
  }
  EXPECT_FALSE(fs::exists(instance_.home / "backups" / ".staging"));
}

TEST_F(Damage, ARestoreThatIsKilledIsWholeOrNotThere) {
  const std::string first = instance_.backup(BackupKind::full, 1000)->card.id;
  registry::Registry models(instance_.home / "models");
  ASSERT_TRUE(models.promote(*models.register_candidate(testing::small_model(5.0), {}), {}));
  instance_.put("config.toml", "[server]\nport = 2\n");
  instance_.add_rows(200, 300);
  const std::string second = instance_.backup(BackupKind::full, 2000)->card.id;
  const std::string digests[] = {
      check_backup(instance_.catalog().list()->front(), {})->prediction.digest,
      check_backup(instance_.catalog().list()->back(), {})->prediction.digest};
  instance_.close();

  const auto time = time_of([&] { return restore_in_child(second); });
  std::mt19937_64 random{12};
  int killed = 0;
  for (int i = 0; killed < kKills; ++i) {
    ASSERT_LT(i, 10 * kKills) << "it ends before it is killed";
    const std::string& wanted = i % 2 == 0 ? first : second;
    const auto after =
        std::chrono::microseconds(random() % static_cast<std::uint64_t>(time.count() * 7 / 10 + 1));
    if (!run_and_kill([&] { return restore_in_child(wanted); }, after)) ++killed;
    const auto finished = finish_interrupted_restore(instance_.home);
    ASSERT_TRUE(finished) << finished.error().message;
    // All of one or all of the other.
    const bool is_first = instance_.text("config.toml") == "[server]\nport = 8000\n";
    const auto digest = prediction_digest(instance_.home);
    ASSERT_TRUE(digest) << digest.error().message;
    EXPECT_EQ(digest->digest, digests[is_first ? 0 : 1]) << i;
    auto store = store::open_sqlite(instance_.home / "data" / "telemetry.db");
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_EQ((*store)->counts()->samples, is_first ? 200 : 300) << i;
    EXPECT_FALSE(fs::exists(instance_.home / ".restore"));
  }
}

// Every rename of a restore is interrupted in turn; finishing it always gives the same.
TEST_F(Damage, ARestoreIsFinishedFromWhereverItStopped) {
  ASSERT_TRUE(instance_.backup(BackupKind::full, 1000));
  instance_.put("config.toml", "[server]\nport = 2\n");
  instance_.put("keys.json", "{}");
  instance_.close();
  const fs::path staged = staged_folder(instance_.home);
  const fs::path template_home = scratch_.path() / "template";
  // What lies there right after the plan was written.
  fs::create_directories(staged / "models");
  ASSERT_TRUE(write_file_atomically(staged / "config.toml", "new config"));
  ASSERT_TRUE(write_file_atomically(staged / "models" / "current", "v1"));
  ASSERT_TRUE(write_file_atomically(
      instance_.home / ".restore" / "plan.json",
      R"({"stamp":"s","connection":"","changes":[],"steps":[{"path":"config.toml","staged":true},)"
      R"({"path":"keys.json","staged":false},{"path":"models","staged":true}]})"));
  fs::copy(instance_.home, template_home, fs::copy_options::recursive);
  const auto move = [](const fs::path& home, const char* from, const char* to) {
    fs::create_directories((home / to).parent_path());
    fs::rename(home / from, home / to);
  };
  const std::pair<const char*, const char*> renames[] = {
      {"config.toml", "replaced/s/config.toml"},
      {".restore/new/config.toml", "config.toml"},
      {"keys.json", "replaced/s/keys.json"},
      {"models", "replaced/s/models"},
      {".restore/new/models", "models"}};
  for (std::size_t done = 0; done <= std::size(renames); ++done) {
    const fs::path home = scratch_.path() / ("at" + std::to_string(done));
    fs::copy(template_home, home, fs::copy_options::recursive);
    for (std::size_t i = 0; i < done; ++i) move(home, renames[i].first, renames[i].second);
    const auto finished = finish_interrupted_restore(home);
    ASSERT_TRUE(finished) << finished.error().message;
    EXPECT_EQ(read_file(home / "config.toml").value(), "new config");
    EXPECT_EQ(read_file(home / "models" / "current").value(), "v1");
    EXPECT_EQ(read_file(home / "replaced/s/config.toml").value(), "[server]\nport = 2\n");
    EXPECT_TRUE(fs::exists(home / "replaced/s/models/v1"));
    EXPECT_FALSE(fs::exists(home / "keys.json"));
    EXPECT_FALSE(fs::exists(home / ".restore"));
  }
}

// Rejection: one bit anywhere in any file of the backups.
TEST_F(Damage, AFlippedBitIsNoticedAndNothingIsChanged) {
  ASSERT_TRUE(instance_.backup(BackupKind::full, 1000));
  instance_.add_rows(200, 300);
  ASSERT_TRUE(instance_.backup(BackupKind::increment, 1030));
  instance_.put("config.toml", "mine");
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(instance_.home / "backups")) {
    if (entry.is_regular_file() && entry.file_size() > 0) files.push_back(entry.path());
  }
  ASSERT_EQ(files.size(), 4U);
  std::mt19937_64 random{13};
  for (const fs::path& file : files) {
    const std::string whole = read_file(file).value();
    for (int i = 0; i < 12; ++i) {
      std::string changed = whole;
      changed[random() % whole.size()] ^= static_cast<char>(1U << (random() % 8));
      ASSERT_TRUE(write_file_atomically(file, changed));
      const auto id = instance_.catalog().list()->back().card.id;
      const auto refused = instance_.restore({.id = id});
      ASSERT_FALSE(refused) << file << " " << i;
      EXPECT_FALSE(refused.error().message.empty());
      EXPECT_EQ(instance_.text("config.toml"), "mine");
      EXPECT_EQ(instance_.rows(), 300);
      EXPECT_FALSE(fs::exists(instance_.home / ".restore"));
    }
    ASSERT_TRUE(write_file_atomically(file, whole));
  }
  EXPECT_TRUE(instance_.restore({}));
}

TEST_F(Damage, AMissingLinkOfTheChainIsNamed) {
  ASSERT_TRUE(instance_.backup(BackupKind::full, 1000));
  instance_.add_rows(200, 300);
  const auto middle = instance_.backup(BackupKind::increment, 1030);
  instance_.add_rows(300, 310);
  const auto last = instance_.backup(BackupKind::increment, 1060);
  fs::remove(middle->archive);
  const auto refused = instance_.restore({.id = last->card.id});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::corrupt);
  EXPECT_NE(refused.error().message.find(middle->archive.filename().string()), std::string::npos);
  // Without naming one, the newest that can be used is taken.
  ASSERT_TRUE(instance_.restore({}));
  EXPECT_EQ(instance_.rows(), 200);
}

// A disk that is full at any point: files may not grow beyond a limit.
TEST_F(Damage, AFullDiskLeavesTheOldState) {
  std::string noise(200'000, '\0');
  std::mt19937_64 random{14};
  for (char& c : noise) c = static_cast<char>(random());
  instance_.put("monitoring/large.json", noise);
  ASSERT_TRUE(instance_.backup(BackupKind::full, 1000));
  instance_.put("config.toml", "[server]\nport = 2\n");
  instance_.close();
  for (const rlim_t limit : {0UL, 1000UL, 30'000UL, 100'000UL, 190'000UL}) {
    const auto limited = [&](const std::function<bool()>& work) {
      const pid_t child = ::fork();
      if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit most{limit, limit};
        ::setrlimit(RLIMIT_FSIZE, &most);
        ::_exit(work() ? 0 : 1);
      }
      int status = 0;
      ::waitpid(child, &status, 0);
      return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    };
    EXPECT_EQ(limited([&] { return backup_in_child(BackupKind::full, 2000); }), 1) << limit;
    EXPECT_EQ(limited([&] { return restore_in_child("full-20260101T001640.000Z"); }), 1) << limit;
    ASSERT_TRUE(finish_interrupted_restore(instance_.home));
    EXPECT_EQ(instance_.text("config.toml"), "[server]\nport = 2\n");
    const auto backups = instance_.catalog().list();
    ASSERT_EQ(backups->size(), 1U) << limit;
    EXPECT_TRUE(check_backup(backups->front(), std::nullopt));
  }
  EXPECT_TRUE(backup_in_child(BackupKind::full, 3000));
  EXPECT_TRUE(restore_in_child("full-20260101T001640.000Z"));
}

}  // namespace
}  // namespace hvac::ops
