#include "alerts/center.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <boost/json.hpp>
#include <fstream>

#include "alerts/receivers.h"
#include "base/files.h"
#include "base/guarded.h"
#include "base/json.h"
#include "mqtt/testing.h"

namespace hvac::alerts {
namespace {

using namespace std::chrono_literals;
using mqtt::testing::eventually;
using mqtt::testing::TemporaryFolder;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr TimePoint kStart{1'764'000'000'000ms};

Condition condition(AlarmKind kind, Presence presence, std::string subject = "") {
  Condition c;
  c.key = {{}, kind, std::move(subject)};
  c.presence = presence;
  return c;
}

/// A center with a clock that stands until it is moved, over a store that outlives it.
class Site {
 public:
  void start() {
    CenterParts parts{*store, folder.path / "alerts"};
    parts.clock = [this] { return time.with([](TimePoint t) { return t; }); };
    parts.log = [this](Severity, const std::string& line) {
      log.with([&](std::vector<std::string>& lines) { lines.push_back(line); });
    };
    auto made = AlertCenter::start(options, std::move(parts));
    ASSERT_TRUE(made) << made.error().message;
    center = std::move(*made);
  }
  void stop() { center.reset(); }
  void pass(std::chrono::milliseconds by) {
    time.with([&](TimePoint& t) { t += by; });
    center->settle();
  }
  void report(AlarmKind kind, Presence presence, std::string subject = "") {
    center->report(condition(kind, presence, std::move(subject)));
    center->settle();
  }
  std::vector<std::string> states() const {
    std::vector<std::string> all;
    for (const Alarm& alarm : center->open()) {
      all.push_back(std::string(name(alarm.key.kind)) + " " + std::string(name(state_of(alarm))));
    }
    return all;
  }

  TemporaryFolder folder;
  std::unique_ptr<store::Store> store = store::open_memory();
  Guarded<TimePoint> time{kStart};
  Guarded<std::vector<std::string>> log;
  Options options;
  std::unique_ptr<AlertCenter> center;
};

/// Another process that holds the database.
class SqliteLock {
 public:
  explicit SqliteLock(const std::filesystem::path& file) {
    sqlite3_open(file.c_str(), &database_);
    sqlite3_exec(database_, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr);
  }
  ~SqliteLock() { sqlite3_close(database_); }
  SqliteLock(const SqliteLock&) = delete;
  SqliteLock& operator=(const SqliteLock&) = delete;

 private:
  sqlite3* database_ = nullptr;
};

TEST(AlertCenter, KeepsAlarmsOverARestart) {
  Site site;
  site.start();
  site.report(AlarmKind::backup_failed, Presence::holds);
  site.report(AlarmKind::broker_away, Presence::holds);
  const std::string id = site.center->open()[0].id;
  ASSERT_TRUE(site.center->acknowledge(id, {"anna", "I see to it"}));
  site.center->settle();
  site.stop();
  site.start();
  EXPECT_THAT(site.states(),
              ElementsAre("backup_failed acknowledged", "broker_away unacknowledged"));
  site.report(AlarmKind::backup_failed, Presence::gone);
  EXPECT_THAT(site.states(), ElementsAre("broker_away unacknowledged"));
  const auto all = site.center->recent(10);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->size(), 2u);
  const auto audit = site.store->audit(1, 10).value();
  ASSERT_EQ(audit.size(), 1u);
  EXPECT_EQ(audit[0].entry.actor, "anna");
  EXPECT_THAT(audit[0].entry.detail, HasSubstr("I see to it"));
}

TEST(AlertCenter, TakesUpWhatOnlyTheStoreKnows) {
  Site site;
  site.start();
  site.report(AlarmKind::drift_critical, Presence::holds, "UCWIT");
  site.stop();
  std::filesystem::remove_all(site.folder.path / "alerts");  // A new container
  site.start();
  EXPECT_THAT(site.states(), ElementsAre("drift_critical unacknowledged"));
}

TEST(AlertCenter, OneProcessAtATime) {
  Site site;
  site.start();
  CenterParts parts{*site.store, site.folder.path / "alerts"};
  EXPECT_EQ(AlertCenter::start(site.options, std::move(parts)).error().code, ErrorCode::conflict);
}

/// A site with a webhook that is really called.
class HookedSite : public Site {
 public:
  HookedSite() {
    std::ofstream(folder.path / "url") << "http://127.0.0.1:" << server.port() << "/";
    options.webhook.enabled = true;
    options.webhook.format = WebhookFormat::json;
    options.webhook.url_file = folder.path / "url";
    options.retry.first = 1ms;
    options.retry.most = 10ms;
  }
  bool emptied() {
    return eventually([&] { return center->status().channels.at("webhook").waiting == 0; });
  }
  std::vector<std::string> kinds() {
    std::vector<std::string> all;
    for (const auto& post : server.posts()) {
      const auto body = parse_json(post.body).value();
      const auto* kind = body.as_object().if_contains("kind");
      all.emplace_back(kind != nullptr ? kind->as_string() : body.at("event").as_string());
    }
    return all;
  }

  testing::HttpServer server;
};

TEST(AlertCenter, TellsOnceWhateverIsReportedHoweverOften) {
  HookedSite site;
  site.start();
  for (int i = 0; i < 10'000; ++i)
    site.center->report(condition(AlarmKind::disk_full, Presence::holds));
  site.center->settle();
  for (int i = 0; i < 100; ++i)
    site.report(AlarmKind::disk_full, i % 2 == 0 ? Presence::gone : Presence::holds);
  site.stop();
  site.start();
  site.report(AlarmKind::disk_full, Presence::holds);
  ASSERT_TRUE(site.emptied());
  EXPECT_THAT(site.kinds(), ElementsAre("disk_full"));
}

TEST(AlertCenter, TenThousandAlarmsAreFewMessages) {
  HookedSite site;
  site.start();
  for (int i = 0; i < 10'000; ++i) {
    site.center->report(condition(AlarmKind::drift_critical, Presence::holds, std::to_string(i)));
  }
  site.center->settle();
  EXPECT_EQ(site.center->open().size(), 10'000u);
  // What came after the burst was spent goes together, when the next message may go.
  site.pass(site.options.rate.refill);
  ASSERT_TRUE(site.emptied());
  EXPECT_LE(site.server.posts().size(), 11u);
  std::size_t told = 0;
  for (const auto& post : site.server.posts()) {
    const auto body = parse_json(post.body).value();
    const auto* count = body.as_object().if_contains("count");
    told += count != nullptr ? count->to_number<std::size_t>() : 1;
  }
  EXPECT_EQ(told, 10'000u);
}

TEST(AlertCenter, SendsAfterARestartWhatDidNotGetOut) {
  HookedSite site;
  site.server.answer_next(std::vector<int>(1000, 503));
  site.start();
  site.report(AlarmKind::backup_failed, Presence::holds);
  EXPECT_TRUE(
      eventually([&] { return site.center->status().channels.at("webhook").failures > 3; }));
  site.stop();
  site.server.answer_next({});
  site.start();
  ASSERT_TRUE(site.emptied());
  EXPECT_THAT(site.kinds(), ElementsAre("backup_failed"));
}

TEST(AlertCenter, ChannelThatFailsIsAnAlarmThatOthersTell) {
  HookedSite site;
  site.server.answer_next(std::vector<int>(1000, 503));
  site.start();
  site.report(AlarmKind::backup_failed, Presence::holds);
  EXPECT_TRUE(eventually([&] { return site.states().size() == 2; }));
  EXPECT_THAT(site.states(),
              ElementsAre("backup_failed unacknowledged", "delivery_failed unacknowledged"));
  site.server.answer_next({});
  ASSERT_TRUE(site.emptied());
  EXPECT_TRUE(
      eventually([&] { return site.states().back() == "delivery_failed returned_to_normal"; }));
  EXPECT_THAT(site.kinds(), ElementsAre("backup_failed"));  // Not of itself.
}

TEST(AlertCenter, GoesOnWhileTheStoreIsAway) {
  HookedSite site;
  const auto file = site.folder.path / "telemetry.db";
  site.store = store::open_sqlite(file, {50ms, 0}).value();
  site.start();
  {
    SqliteLock lock(file);
    site.report(AlarmKind::disk_full, Presence::holds);
    ASSERT_TRUE(site.emptied());
    EXPECT_THAT(site.kinds(), ElementsAre("disk_full"));
    EXPECT_GT(site.center->status().unsaved, 0u);
    site.stop();  // As far as the store is concerned, nothing happened.
    site.start();
    EXPECT_THAT(site.states(), ElementsAre("disk_full unacknowledged"));
    site.report(AlarmKind::disk_full, Presence::holds);
    EXPECT_THAT(site.kinds(), ElementsAre("disk_full"));
  }
  EXPECT_TRUE(eventually([&] { return site.center->status().unsaved == 0; }));
  EXPECT_EQ(site.store->open_alerts().value().size(), 1u);
}

TEST(AlertCenter, TakesWhatOtherProcessesLeave) {
  Site site;
  const auto folder = site.folder.path / "alerts";
  Condition failed = condition(AlarmKind::backup_failed, Presence::holds);
  failed.detail = "no space";
  ASSERT_TRUE(leave_condition(folder, failed));
  std::ofstream(folder / "inbox" / "0.json") << "{";
  site.start();
  site.center->settle();
  ASSERT_THAT(site.states(), ElementsAre("backup_failed unacknowledged"));
  EXPECT_EQ(site.center->open()[0].detail, "no space");
  EXPECT_TRUE(std::filesystem::is_empty(folder / "inbox"));
  ASSERT_TRUE(leave_condition(folder, condition(AlarmKind::backup_failed, Presence::gone)));
  site.center->settle();
  EXPECT_THAT(site.states(), ElementsAre("backup_failed returned_to_normal"));
}

TEST(AlertCenter, NewOptionsTakeEffectOrAreRefusedWhole) {
  HookedSite site;
  site.start();
  Options wrong = site.options;
  wrong.email.enabled = true;
  EXPECT_EQ(site.center->configure(wrong).error().code, ErrorCode::invalid_argument);
  Options quiet = site.options;
  quiet.webhook.least = Severity::critical;
  ASSERT_TRUE(site.center->configure(quiet));
  site.report(AlarmKind::backup_overdue, Presence::holds);
  site.report(AlarmKind::disk_full, Presence::holds);
  ASSERT_TRUE(site.emptied());
  EXPECT_THAT(site.kinds(), ElementsAre("disk_full"));
}

TEST(AlertCenter, TestSaysWhatHappened) {
  HookedSite site;
  const auto test = [&](std::string_view channel) {
    return test_channel(channel, site.options, nullptr, "anna", kStart);
  };
  const auto sent = test("webhook");
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_THAT(*sent, HasSubstr("answered 200"));
  EXPECT_THAT(site.kinds(), ElementsAre("test"));
  EXPECT_EQ(test("email").error().code, ErrorCode::not_found);
  EXPECT_EQ(test("mqtt").error().code, ErrorCode::not_found);
  EXPECT_EQ(test("pigeon").error().code, ErrorCode::not_found);
}

TEST(AlertCenter, NoSecretInTheLogOrOnDisk) {
  HookedSite site;
  std::ofstream(site.folder.path / "url")
      << "http://127.0.0.1:" << site.server.port() << "/services/topsecret";
  site.server.answer_next({503, 404, 400, 500});
  site.start();
  site.report(AlarmKind::disk_full, Presence::holds);
  ASSERT_TRUE(site.emptied());
  EXPECT_THAT(site.log.with([](auto& lines) { return lines; }),
              Not(Contains(HasSubstr("topsecret"))));
  for (const auto& file :
       std::filesystem::recursive_directory_iterator(site.folder.path / "alerts")) {
    if (file.is_regular_file()) {
      EXPECT_THAT(read_file(file.path()).value(), Not(HasSubstr("topsecret"))) << file.path();
    }
  }
}

}  // namespace
}  // namespace hvac::alerts
