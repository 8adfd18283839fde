#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/progress.h"
#include "base/result.h"
#include "ops/audit.h"
#include "ops/check.h"
#include "ops/command.h"

/// The maintenance guide's levels: each checklist item done and looked at, in a signed log.
namespace hvac::ops {

enum class MaintenanceLevel : std::uint8_t { daily, weekly, monthly, quarterly, annual };
std::string_view name(MaintenanceLevel level);
std::optional<MaintenanceLevel> parse_level(std::string_view text);

struct MaintenanceParts {
  AuditParts audit;
  std::string url;            ///< Of the API; empty: none runs.
  std::string dashboard_url;  ///< Empty: none runs.
  /// Runs this program with these words (and --json, on the same instance).
  std::function<Result<CommandResult>(const std::vector<std::string>& words)> self;
  std::chrono::days logs_kept{30};
  std::chrono::days reports_kept{90};
  std::string operator_name;
  std::string note;
};

/// A filled checklist.
struct MaintenanceLog {
  MaintenanceLevel level = MaintenanceLevel::daily;
  TimePoint begun;
  TimePoint signed_at;
  std::string operator_name;
  std::vector<Check> items;
  std::string note;
  std::string signature;  ///< SHA-256 over all of the above.

  bool passed() const { return worst(items) != CheckStatus::failed; }
};

/// Does the tasks of the level, evaluates its items and signs. Errors: interrupted.
[[nodiscard]] Result<MaintenanceLog> run_maintenance(MaintenanceLevel level,
                                                     const MaintenanceParts& parts,
                                                     const Clock& clock, const Progress& progress);

/// The guide's template, filled in.
std::string log_text(const MaintenanceLog& log);
std::string log_json(const MaintenanceLog& log);

/// Writes both below HOME/maintenance. Returns the text's file. Errors: unavailable.
[[nodiscard]] Result<std::filesystem::path> keep_log(const std::filesystem::path& home,
                                                     const MaintenanceLog& log);

/// How long after the last log of a level the next one is overdue: the level's period and the time
/// that may pass until somebody gets to it.
std::chrono::hours due_after(MaintenanceLevel level);

/// When the newest log of that level with a valid signature was signed; nothing when there is none.
/// Errors: unavailable.
[[nodiscard]] Result<std::optional<TimePoint>> last_signed(const std::filesystem::path& home,
                                                           MaintenanceLevel level);

/// The kept logs as JSON texts, newest first, at most `limit`. One whose signature is another than
/// what it says is marked: "signature_valid" is in each. Errors: unavailable.
[[nodiscard]] Result<std::vector<std::string>> read_logs(const std::filesystem::path& home,
                                                         std::size_t limit);

}  // namespace hvac::ops
