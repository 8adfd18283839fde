#include "app/upkeep_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "mqtt/testing.h"
#include "ops/maintenance.h"
#include "ops/maintenance_items.h"
#include "ops/testing.h"
#include "store/testing.h"

namespace hvac::app {
namespace {

using namespace std::chrono_literals;
using alerts::Condition;
using alerts::Presence;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

constexpr TimePoint kNow{1'767'225'600'000ms};

const Condition& of(const std::vector<Condition>& conditions, std::string_view subject) {
  const auto at = std::ranges::find(
      conditions, subject, [](const Condition& c) -> const auto& { return c.key.subject; });
  EXPECT_NE(at, conditions.end()) << subject;
  return *at;
}

std::vector<api::Kpi> kpis_with(double response_ms) {
  std::vector<api::Kpi> kpis;
  for (const api::KpiRule& rule : api::kpi_rules()) {
    std::optional<double> value;
    if (rule.name == "api_response_time") value = response_ms;
    if (rule.name == "disk_free") value = 1.0;
    if (rule.name == "drift_psi") value = 9.0;
    kpis.push_back({&rule, value, api::judge(rule, value)});
  }
  return kpis;
}

TEST(KpiConditions, CriticalIndicatorHoldsWithItsValueAndLimit) {
  const auto conditions = kpi_conditions(kpis_with(812.0));
  ASSERT_EQ(conditions.size(), 1u);  // Unknown ones say nothing, disk and drift have alerts.
  EXPECT_EQ(conditions[0].key.kind, alerts::AlarmKind::kpi_critical);
  EXPECT_EQ(conditions[0].key.subject, "api_response_time");
  EXPECT_EQ(conditions[0].presence, Presence::holds);
  EXPECT_EQ(conditions[0].value, 812.0);
  EXPECT_EQ(conditions[0].limit, 500.0);
  EXPECT_EQ(conditions[0].unit, "ms");
}

TEST(KpiConditions, WarningIsNoAlert) {
  EXPECT_THAT(kpi_conditions(kpis_with(120.0)),
              ElementsAre(Field(&Condition::presence, Presence::gone)));
}

TEST(BackupCondition, AnInstanceWithoutABackupHasItsTimeToMakeOne) {
  const mqtt::testing::TemporaryFolder folder;
  const auto limit = backup_limit({});
  const auto soon = backup_condition(folder.path, limit, kNow, kNow + limit);
  ASSERT_TRUE(soon) << soon.error().message;
  EXPECT_EQ(soon->presence, Presence::gone);
  const auto late = backup_condition(folder.path, limit, kNow, kNow + limit + 1s);
  EXPECT_EQ(late->presence, Presence::holds);
  EXPECT_EQ(late->since, kNow + limit);
  EXPECT_THAT(late->detail, HasSubstr("no backup"));
}

TEST(BackupCondition, IsMeasuredFromTheNewestBackup) {
  const mqtt::testing::TemporaryFolder folder;
  const ops::testing::SmallInstance instance(folder.path / "home");
  constexpr std::int64_t kSecond = 1000;
  ASSERT_TRUE(instance.backup(ops::BackupKind::daily, kSecond));
  const TimePoint made = store::at_ms(store::kNewYearMs + kSecond * 1000);
  const auto fresh = backup_condition(instance.home, 26h, TimePoint{}, made + 26h);
  ASSERT_TRUE(fresh) << fresh.error().message;
  EXPECT_EQ(fresh->presence, Presence::gone);
  const auto old = backup_condition(instance.home, 26h, TimePoint{}, made + 27h);
  EXPECT_EQ(old->presence, Presence::holds);
  EXPECT_DOUBLE_EQ(old->value, 27.0);
  EXPECT_DOUBLE_EQ(old->limit, 26.0);
}

TEST(BackupLimit, FollowsTheInterval) {
  config::Backup config;
  EXPECT_EQ(backup_limit(config), 15min);
  config.interval_s = 3600;
  EXPECT_EQ(backup_limit(config), 10h);
  config.automatic = false;
  EXPECT_EQ(backup_limit(config), 26h);
}

TEST(MaintenanceConditions, EachLevelIsDueInItsTime) {
  const mqtt::testing::TemporaryFolder folder;
  ops::MaintenanceLog log;
  log.level = ops::MaintenanceLevel::daily;
  log.begun = log.signed_at = kNow;
  log.operator_name = "anna";
  log.signature = ops::signature_of(log);
  ASSERT_TRUE(ops::keep_log(folder.path, log));
  const TimePoint begin = kNow - 24h * 30;
  const auto fresh = maintenance_conditions(folder.path, begin, kNow + 36h);
  ASSERT_TRUE(fresh) << fresh.error().message;
  EXPECT_EQ(of(*fresh, "daily").presence, Presence::gone);
  EXPECT_EQ(of(*fresh, "weekly").presence, Presence::holds);  // Never signed since the beginning.
  EXPECT_EQ(of(*fresh, "monthly").presence, Presence::gone);
  const auto late = maintenance_conditions(folder.path, begin, kNow + 37h);
  EXPECT_EQ(of(*late, "daily").presence, Presence::holds);
  EXPECT_EQ(of(*late, "daily").since, kNow + 36h);
  EXPECT_EQ(of(*late, "daily").unit, "days");
}

TEST(MaintenanceConditions, ALogThatWasChangedIsNone) {
  const mqtt::testing::TemporaryFolder folder;
  ops::MaintenanceLog log;
  log.begun = log.signed_at = kNow;
  log.signature = "forged";
  ASSERT_TRUE(ops::keep_log(folder.path, log));
  const auto conditions = maintenance_conditions(folder.path, TimePoint{}, kNow);
  ASSERT_TRUE(conditions) << conditions.error().message;
  EXPECT_THAT(*conditions, Each(Field(&Condition::presence, Presence::holds)));
}

TEST(BeginOfInstance, IsKept) {
  const auto store = store::open_memory();
  EXPECT_EQ(begin_of_instance(*store, kNow).value(), kNow);
  EXPECT_EQ(begin_of_instance(*store, kNow + 24h).value(), kNow);
}

TEST(AuditWatch, SeesAnEntryThatWasChangedAndOneThatIsMissing) {
  const mqtt::testing::TemporaryFolder folder;
  const auto file = folder.path / "telemetry.db";
  const auto store = store::open_sqlite(file).value();
  AuditWatch watch(*store);
  EXPECT_EQ(watch.look().value().presence, Presence::gone);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(store->commit({.audit = {{kNow, "anna", "promote", "v" + std::to_string(i)}}}));
  }
  EXPECT_EQ(watch.look().value().presence, Presence::gone);
  const auto change = [&](const std::string& sql) {
    sqlite3* database = nullptr;
    sqlite3_open(file.c_str(), &database);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sql;
    sqlite3_close(database);
  };
  change("DROP TRIGGER audit_refuses_DELETE; DELETE FROM audit WHERE key = 3");
  const Condition cut = watch.look().value();
  EXPECT_EQ(cut.presence, Presence::holds);
  EXPECT_THAT(cut.detail, HasSubstr("ends at entry 2"));
  change(
      "DROP TRIGGER audit_refuses_UPDATE; UPDATE audit SET value = "
      "CAST(replace(CAST(value AS TEXT), 'v1', 'v7') AS BLOB) WHERE key = 2");
  AuditWatch fresh(*store);
  const Condition changed = fresh.look().value();
  EXPECT_EQ(changed.presence, Presence::holds);
  EXPECT_THAT(changed.detail, HasSubstr("audit entry 2"));
}

}  // namespace
}  // namespace hvac::app
