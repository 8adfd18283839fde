#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

/// What is done when a break-in is suspected: a running program listens on this computer only, the
/// evidence is kept, keys are changed, and every step is written down below HOME/incidents.
namespace hvac::ops {

struct Incident {
  std::string id;  ///< Also the folder's name.
  std::string started;
  std::string by;
  std::string reason;
  std::filesystem::path folder;
};

/// The incident that is going on, if any.
std::optional<Incident> read_incident(const std::filesystem::path& home);
bool incident_is_active(const std::filesystem::path& home);

struct IncidentParts {
  std::string by;
  std::string reason;
  /// Replaces all API keys and writes the new ones into the file, readable by its owner only.
  /// Returns how many; may be empty.
  std::function<Result<int>(const std::filesystem::path& file)> rotate_keys;
};

/// Begins incident mode: first the switch that running programs obey, then the archive of evidence
/// (everything but backups, database copied as it lies, with hashes, read-only), then the keys. A
/// step that fails is logged and does not stop the others. Returns the steps as they were logged.
/// Errors: conflict when there is an incident already; unavailable when not even the switch can be
/// written.
[[nodiscard]] Result<std::vector<std::string>> start_incident(const std::filesystem::path& home,
                                                              const IncidentParts& parts,
                                                              const Clock& clock);

/// Ends it: programs listen as their settings say again. Errors: not_found; unavailable.
[[nodiscard]] Result<std::vector<std::string>> end_incident(const std::filesystem::path& home,
                                                            const std::string& by,
                                                            const std::string& note,
                                                            const Clock& clock);

/// The steps logged so far. Errors: unavailable.
[[nodiscard]] Result<std::vector<std::string>> incident_log(const Incident& incident);

/// Moves files or folders of the instance to HOME/quarantine/STAMP, paths kept. Returns the folder.
/// Errors: unavailable.
[[nodiscard]] Result<std::filesystem::path> quarantine(const std::filesystem::path& home,
                                                       const std::vector<std::string>& paths,
                                                       TimePoint now);

}  // namespace hvac::ops
