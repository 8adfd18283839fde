#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "api/http.h"
#include "base/result.h"
#include "ops/maintenance.h"

/// Backups and maintenance over HTTP.
namespace hvac::api {

/// What the program lets people do and see of its upkeep. Each may be called from any thread.
struct UpkeepDesk {
  std::filesystem::path home;
  /// Begins a level beside; it signs with that name. Errors: conflict while one is under way.
  std::function<Result<void>(ops::MaintenanceLevel level, const std::string& operator_name,
                             const std::string& note)>
      maintain;
  /// The level that is under way; empty when none is.
  std::function<std::string()> under_way;
};

/// GET: {"backups":[…], "covered_until":…, "drill":{…}}.
void write_backups(const UpkeepDesk& desk, Response& response);

/// GET: {"under_way":"daily"|"", "logs":[…]}, the newest log first.
void write_maintenance(const UpkeepDesk& desk, Response& response);

/// POST {"operator","note"}: begins the level of the path and answers 202; its log is in GET once
/// it is signed.
void start_maintenance(const UpkeepDesk& desk, const Request& request, Response& response);

}  // namespace hvac::api
