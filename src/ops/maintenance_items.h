#pragma once

#include "ops/check.h"
#include "ops/maintenance.h"

/// The items of the checklists. Each does its task and says what was seen.
namespace hvac::ops::items {

Check api_health(const MaintenanceParts& parts);
Check dashboard(const MaintenanceParts& parts);
Check test_prediction(const MaintenanceParts& parts);
Check no_errors(const MaintenanceParts& parts);
Check no_alerts(const MaintenanceParts& parts);
Check disk(const MaintenanceParts& parts);
Check backups(const MaintenanceParts& parts);
Check drift_report(const MaintenanceParts& parts);
Check no_critical_drift(const MaintenanceParts& parts);
Check performance(const MaintenanceParts& parts);
Check old_files(const MaintenanceParts& parts);
Check backups_pruned(const MaintenanceParts& parts);
Check system_audit(const MaintenanceParts& parts);
Check benchmark(const MaintenanceParts& parts);
Check security_updates(const MaintenanceParts& parts);
Check configuration_backup(const MaintenanceParts& parts);
Check no_critical_issues(const MaintenanceParts& parts);
Check model_age(const MaintenanceParts& parts);
Check full_backup(const MaintenanceParts& parts);
Check restore_drill(const MaintenanceParts& parts);
Check model_validation(const MaintenanceParts& parts);
Check documentation(const MaintenanceParts& parts);
Check database(const MaintenanceParts& parts);
Check keys(const MaintenanceParts& parts);
Check maintenance_kept(const MaintenanceParts& parts);

}  // namespace hvac::ops::items

namespace hvac::ops {

/// SHA-256 over everything a log says but its signature.
std::string signature_of(const MaintenanceLog& log);

}  // namespace hvac::ops
