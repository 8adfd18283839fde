#include "alerts/center.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/guarded.h"
#include "mqtt/testing.h"

namespace hvac::alerts {
namespace {

using namespace std::chrono_literals;
using mqtt::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

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

TEST(AlertCenter, KeepsAlarmsOverARestart) {
  Site site;
  site.start();
  site.report(AlarmKind::backup_failed, Presence::holds);
  site.report(AlarmKind::broker_away, Presence::holds);
  const std::string id = site.center->open()[0].id;
  ASSERT_TRUE(site.center->acknowledge(id, {"anna", "I see to it"}));
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
  EXPECT_EQ(AlertCenter::start({}, std::move(parts)).error().code, ErrorCode::conflict);
}

}  // namespace
}  // namespace hvac::alerts
