#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "registry/bundle.h"
#include "registry/version.h"

namespace hvac::registry {

enum class Change {
  registered,
  promoted,
  rolled_back,
  pinned,  ///< Neither archived nor removed until it is unpinned.
  unpinned,
  archived,  ///< In the registry's folder `archive`; cannot be promoted.
  restored,  ///< From there.
  removed,
  shadow_started,  ///< Became the challenger.
  shadow_stopped,
};
inline constexpr int kChangeCount = 10;
std::string_view name(Change change);

/// One line of the history: what happened to a version, when, by whom and why.
struct Event {
  std::string time;  ///< ISO 8601, UTC.
  Change change = Change::registered;
  Version version;
  std::optional<Version> previous;  ///< What was current before a promotion or rollback.
  Provenance provenance;
  std::string manifest_sha256;  ///< Of the registered bundle; empty in other lines.
};

/// The events in `file`, oldest first; none when there is no file. A last line without its line
/// end is what a crash left behind and is no event. Errors: corrupt, naming the line; unavailable.
[[nodiscard]] Result<std::vector<Event>> read_history(const std::filesystem::path& file);

/// Adds one line at the end and flushes it to disk, removing what a crash left of a last line.
/// One writer at a time. Errors: unavailable.
[[nodiscard]] Result<void> append_history(const std::filesystem::path& file, const Event& event);

}  // namespace hvac::registry
