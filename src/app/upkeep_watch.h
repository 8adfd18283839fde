#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "alerts/alarm.h"
#include "alerts/center.h"
#include "api/kpi.h"
#include "app/live_config.h"
#include "app/schedule.h"
#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "store/records.h"
#include "store/store.h"

/// What an instance should have and lacks, as conditions for its alerts.
namespace hvac::app {

/// kpi_critical of each indicator that is known and has no alert of its own, as disk space
/// (disk_full) and drift (drift_critical) have.
std::vector<alerts::Condition> kpi_conditions(std::span<const api::Kpi> kpis);

/// How far back the newest backup may reach: minutes where the program makes them by itself, a day
/// and its margin where others do.
std::chrono::minutes backup_limit(const config::Backup& config);

/// backup_overdue. `since`: when the instance began; from then on there should be one.
/// Errors: unavailable.
[[nodiscard]] Result<alerts::Condition> backup_condition(const std::filesystem::path& home,
                                                         std::chrono::minutes limit,
                                                         TimePoint since, TimePoint now);

/// maintenance_overdue of each level. Errors: unavailable.
[[nodiscard]] Result<std::vector<alerts::Condition>> maintenance_conditions(
    const std::filesystem::path& home, TimePoint since, TimePoint now);

/// When this instance began: kept in its store, `now` at the first call. Errors: those of the
/// store.
[[nodiscard]] Result<TimePoint> begin_of_instance(store::Store& store, TimePoint now);

/// Follows the chain of the audit. One thread.
class AuditWatch {
 public:
  explicit AuditWatch(const store::Store& store) : store_(store) {}

  /// audit_broken. Errors: the store is away.
  [[nodiscard]] Result<alerts::Condition> look();

 private:
  const store::Store& store_;
  std::optional<store::ChainedAudit> last_;  ///< When it was last whole.
};

/// Looks at all of these from time to time. All must outlive the schedule.
void watch_upkeep(Schedule& schedule, const std::filesystem::path& home, store::Store& store,
                  const LiveConfig& config, const api::KpiWatch& kpis, alerts::AlertCenter& center);

}  // namespace hvac::app
