#include "app/upkeep_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <string>

#include "ops/backup.h"
#include "ops/catalog.h"
#include "ops/maintenance.h"
#include "store/audit_chain.h"

namespace hvac::app {
namespace {

using alerts::AlarmKind;
using alerts::Condition;
using std::chrono::minutes;

constexpr minutes kUpkeepPeriod{5};
constexpr minutes kAuditPeriod{60};
constexpr std::array<std::string_view, 2> kWithAlertsOfTheirOwn = {"disk_free", "drift_psi"};
/// Backups of its own are every `interval_s`; so many of them may fail to come, for at least ...
constexpr int kMissedBackups = 10;
constexpr minutes kLeastBackupLimit{15};
/// Backups of others, by a timer: each day, as the manual asks for, and the time one takes.
constexpr minutes kDailyBackupLimit{26 * 60};
constexpr char kBegin[] = "instance.begin";  // Name of the state in the store, ms since 1970.

/// Of something that was last done at `last` and must be done again within `limit`.
Condition overdue(AlarmKind kind, std::string subject, TimePoint last, minutes limit,
                  TimePoint now) {
  Condition condition = alerts::condition_of({{}, kind, std::move(subject)}, now - last > limit);
  condition.since = last + limit;
  return condition;
}

double days(std::chrono::duration<double> time) {
  return time / std::chrono::duration<double>(std::chrono::days(1));
}

}  // namespace

std::vector<Condition> kpi_conditions(std::span<const api::Kpi> kpis) {
  std::vector<Condition> conditions;
  for (const api::Kpi& kpi : kpis) {
    if (!kpi.value || std::ranges::count(kWithAlertsOfTheirOwn, kpi.rule->name) > 0) continue;
    Condition condition =
        alerts::condition_of({{}, AlarmKind::kpi_critical, std::string(kpi.rule->name)},
                             kpi.status == api::KpiStatus::critical);
    condition.value = *kpi.value;
    condition.limit = kpi.rule->critical;
    condition.unit = kpi.rule->unit;
    condition.detail = fmt::format("{}; it should be below {:g} {}.", kpi.rule->label,
                                   kpi.rule->target, kpi.rule->unit);
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

minutes backup_limit(const config::Backup& config) {
  if (!config.automatic) return kDailyBackupLimit;
  const std::chrono::seconds missed(kMissedBackups * config.interval_s);
  return std::max(kLeastBackupLimit, std::chrono::ceil<minutes>(missed));
}

Result<Condition> backup_condition(const std::filesystem::path& home, minutes limit,
                                   TimePoint since, TimePoint now) {
  const ops::Catalog catalog(home / "backups");
  const auto backups = catalog.list();
  if (!backups) return fail(backups.error());
  const auto covered = ops::covered_until(catalog, *backups);
  const TimePoint last = covered.value_or(since);
  Condition condition = overdue(AlarmKind::backup_overdue, "", last, limit, now);
  condition.value = std::chrono::duration<double, std::ratio<3600>>(now - last).count();
  condition.limit = std::chrono::duration<double, std::ratio<3600>>(limit).count();
  condition.unit = "h";
  if (!covered) condition.detail = "There is no backup that could be restored.";
  return condition;
}

Result<std::vector<Condition>> maintenance_conditions(const std::filesystem::path& home,
                                                      TimePoint since, TimePoint now) {
  using enum ops::MaintenanceLevel;
  std::vector<Condition> conditions;
  for (const ops::MaintenanceLevel level : {daily, weekly, monthly, quarterly, annual}) {
    const auto signed_at = ops::last_signed(home, level);
    if (!signed_at) return fail(signed_at.error());
    const TimePoint last = signed_at->value_or(since);
    const std::chrono::hours limit = ops::due_after(level);
    Condition condition =
        overdue(AlarmKind::maintenance_overdue, std::string(ops::name(level)), last, limit, now);
    condition.value = days(now - last);
    condition.limit = days(limit);
    condition.unit = "days";
    if (!*signed_at) condition.detail = "It was never signed on this instance.";
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

Result<TimePoint> begin_of_instance(store::Store& store, TimePoint now) {
  const auto known = store.state(kBegin);
  if (!known) return fail(known.error());
  std::int64_t ms = 0;
  if (*known) {
    const std::string& text = **known;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), ms);
    if (read.ec == std::errc{}) return TimePoint(std::chrono::milliseconds(ms));
  }
  store::Batch batch;
  batch.states.push_back({kBegin, std::to_string(now.time_since_epoch().count())});
  if (auto kept = store.commit(batch); !kept) return fail(kept.error());
  return now;
}

Result<Condition> AuditWatch::look() {
  auto last = store::check_audit(store_, last_);
  if (!last && last.error().code != ErrorCode::corrupt) return fail(last.error());
  Condition condition = alerts::condition_of({{}, AlarmKind::audit_broken, ""}, !last);
  if (last) {
    last_ = std::move(*last);
  } else {
    condition.detail = last.error().message;
  }
  return condition;
}

void watch_upkeep(Schedule& schedule, const std::filesystem::path& home, store::Store& store,
                  const LiveConfig& config, const api::KpiWatch& kpis,
                  alerts::AlertCenter& center) {
  schedule.every(api::KpiWatch::kPeriod, "alerts of the indicators", [&]() -> Result<void> {
    for (Condition& condition : kpi_conditions(kpis.kpis())) center.report(std::move(condition));
    return {};
  });
  schedule.every(kUpkeepPeriod, "alerts of the upkeep", [&, home]() -> Result<void> {
    const TimePoint now = system_clock()();
    const auto since = begin_of_instance(store, now);
    if (!since) return fail(since.error());
    auto backup = backup_condition(home, backup_limit(config.current().backup), *since, now);
    if (!backup) return fail(backup.error());
    center.report(std::move(*backup));
    auto maintenance = maintenance_conditions(home, *since, now);
    if (!maintenance) return fail(maintenance.error());
    for (Condition& condition : *maintenance) center.report(std::move(condition));
    return {};
  });
  schedule.every(kAuditPeriod, "check of the audit",
                 [&, watch = std::make_shared<AuditWatch>(store)]() -> Result<void> {
                   auto condition = watch->look();
                   if (!condition) return fail(condition.error());
                   center.report(std::move(*condition));
                   return {};
                 });
}

}  // namespace hvac::app
