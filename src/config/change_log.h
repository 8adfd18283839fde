#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "config/keys.h"

/// What was changed in the settings, when, by whom and why: HOME/config_history.jsonl.
namespace hvac::config {

struct Change {
  std::string time;  ///< ISO 8601, UTC.
  std::string by;
  std::string reason;
  std::vector<Difference> differences;
};

/// All changes, oldest first; none when nothing was ever changed.
/// Errors: corrupt, naming the line; unavailable.
[[nodiscard]] Result<std::vector<Change>> read_changes(const std::filesystem::path& home);

/// Changes one setting of the instance: checked as a whole, written as a whole, and logged. Several
/// programs may do so at a time. Returns what changed; nothing when it was so already.
/// Errors: not_found for a key there is not; as `with_setting`; unavailable.
[[nodiscard]] Result<std::vector<Difference>> change_setting(
    const std::filesystem::path& home, std::string_view key, std::string_view value,
    const std::string& by, const std::string& reason, TimePoint now);

/// Logs how the file differs from what the log knows: somebody edited it by hand. Returns the
/// differences. Errors: as `read_config` and `read_changes`.
[[nodiscard]] Result<std::vector<Difference>> log_edits(const std::filesystem::path& home,
                                                        const std::string& by,
                                                        const std::string& reason, TimePoint now);

}  // namespace hvac::config
