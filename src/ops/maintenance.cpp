#include "ops/maintenance.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/files.h"
#include "ops/maintenance_items.h"

namespace hvac::ops {
namespace {

using Item = Check (*)(const MaintenanceParts&);

constexpr std::array<std::string_view, 5> kNames = {"daily", "weekly", "monthly", "quarterly",
                                                    "annual"};

// The guide's checklists, in its order, and what this program adds.
std::vector<Item> items_of(MaintenanceLevel level) {
  using namespace items;
  switch (level) {
    case MaintenanceLevel::daily:
      return {api_health, dashboard, test_prediction, no_errors, no_alerts, disk, backups};
    case MaintenanceLevel::weekly:
      return {drift_report, no_critical_drift, performance, disk,
              old_files,    backups_pruned,    backups};
    case MaintenanceLevel::monthly:
      return {system_audit, benchmark, security_updates, configuration_backup, no_critical_issues};
    case MaintenanceLevel::quarterly:
      return {model_age, full_backup, restore_drill, model_validation, documentation};
    case MaintenanceLevel::annual:
      return {system_audit,      benchmark, security_updates, full_backup,      restore_drill,
              database,          keys,      model_validation, maintenance_kept, documentation,
              no_critical_issues};
  }
  return {};
}

}  // namespace

std::string_view name(MaintenanceLevel level) { return kNames[static_cast<std::size_t>(level)]; }

std::optional<MaintenanceLevel> parse_level(std::string_view text) {
  const auto place = std::find(kNames.begin(), kNames.end(), text);
  if (place == kNames.end()) return std::nullopt;
  return static_cast<MaintenanceLevel>(place - kNames.begin());
}

Result<MaintenanceLog> run_maintenance(MaintenanceLevel level, const MaintenanceParts& parts,
                                       const Clock& clock, const Progress& progress) {
  MaintenanceLog log;
  log.level = level;
  log.begun = clock();
  log.operator_name = parts.operator_name;
  log.note = parts.note;
  const auto items = items_of(level);
  for (const Item item : items) {
    const double part = static_cast<double>(log.items.size()) / static_cast<double>(items.size());
    if (!progress(part, fmt::format("task {} of {}", log.items.size() + 1, items.size()))) {
      return fail(ErrorCode::interrupted, "interrupted; no log was written");
    }
    log.items.push_back(item(parts));
  }
  progress(1.0, "done");
  log.signed_at = clock();
  log.signature = signature_of(log);
  return log;
}

Result<std::filesystem::path> keep_log(const std::filesystem::path& home,
                                       const MaintenanceLog& log) {
  const std::string stem = fmt::format("{}-{}", name(log.level), stamp(log.signed_at));
  const std::filesystem::path text = home / "maintenance" / (stem + ".txt");
  if (auto kept = write_file_atomically(text, log_text(log)); !kept) return fail(kept.error());
  const auto json = home / "maintenance" / (stem + ".json");
  if (auto kept = write_file_atomically(json, log_json(log)); !kept) return fail(kept.error());
  return text;
}

}  // namespace hvac::ops
