#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "base/result.h"
#include "registry/history.h"

/// What a history and the folders say of versions. Inside the registry only.
namespace hvac::registry {

inline constexpr char kHistoryName[] = "history.jsonl";
inline constexpr char kArchiveName[] = "archive";
inline constexpr char kRemovingName[] = ".removing";

/// What was current before the current version, and so on back: promotions push, rollbacks pop.
std::vector<Version> promoted_stack(const std::vector<Event>& events);

/// What became of a version beside promotions.
struct Fate {
  bool pinned = false;
  bool archived = false;
  bool removed = false;
};
Fate fate_of(const std::vector<Event>& events, Version version);

/// As `Registry::challenger`.
std::optional<Version> challenger_of(const std::vector<Event>& events);

/// Folders named after a version, in order; none when `folder` is not there.
/// Errors: unavailable.
[[nodiscard]] Result<std::vector<Version>> versions_in(const std::filesystem::path& folder);

}  // namespace hvac::registry
