#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/files.h"
#include "base/iso_time.h"
#include "registry/fate.h"
#include "registry/registry.h"

/// What is kept, put aside, watched and thrown away.
namespace hvac::registry {

namespace fs = std::filesystem;

Result<void> Registry::record(Change change, Version version, const Provenance& provenance) const {
  return append_history(folder_ / kHistoryName,
                        {iso_text(clock_()), change, version, std::nullopt, provenance, ""});
}

Result<void> Registry::pin(Version version, const Provenance& provenance) {
  const auto lock = lock_for_change();
  if (!lock) return fail(lock.error());
  if (const auto bundle = read(version); !bundle) return fail(bundle.error());
  const auto events = history();
  if (!events) return fail(events.error());
  if (fate_of(*events, version).pinned) {
    return fail(ErrorCode::conflict, text(version) + " is pinned already");
  }
  return record(Change::pinned, version, provenance);
}

Result<void> Registry::unpin(Version version, const Provenance& provenance) {
  const auto lock = lock_for_change();
  if (!lock) return fail(lock.error());
  const auto events = history();
  if (!events) return fail(events.error());
  if (!fate_of(*events, version).pinned) {
    return fail(ErrorCode::conflict, text(version) + " is not pinned");
  }
  return record(Change::unpinned, version, provenance);
}

// Whether nothing holds on to the version.
Result<void> Registry::check_disposable(Version version) const {
  const auto now = current();
  if (!now) return fail(now.error());
  const auto events = history();
  if (!events) return fail(events.error());
  const auto before = previous();
  if (!before) return fail(before.error());
  const char* why = *now == version                     ? "current"
                    : *before == version                ? "what a rollback goes back to"
                    : challenger_of(*events) == version ? "the challenger"
                    : fate_of(*events, version).pinned  ? "pinned"
                                                        : nullptr;
  if (why == nullptr) return {};
  return fail(ErrorCode::conflict, text(version) + " is " + why + " and stays where it is");
}

Result<void> Registry::move(Version version, const fs::path& from, const fs::path& to,
                            Change change, const Provenance& provenance) const {
  std::error_code error;
  if (!fs::is_directory(from / text(version), error)) {
    return fail(ErrorCode::not_found,
                fmt::format("there is no model {} in {}", text(version), from.string()));
  }
  if (auto made = make_folder(to); !made) return made;
  fs::rename(from / text(version), to / text(version), error);
  if (error) {
    return fail(ErrorCode::unavailable, (to / text(version)).string() + ": " + error.message());
  }
  if (auto synced = sync_folder(to); !synced) return synced;
  if (auto synced = sync_folder(from); !synced) return synced;
  return record(change, version, provenance);
}

Result<void> Registry::archive(Version version, const Provenance& provenance) {
  const auto lock = lock_for_change();
  if (!lock) return fail(lock.error());
  if (auto free = check_disposable(version); !free) return free;
  return move(version, folder_, folder_ / kArchiveName, Change::archived, provenance);
}

Result<void> Registry::restore(Version version, const Provenance& provenance) {
  const auto lock = lock_for_change();
  if (!lock) return fail(lock.error());
  return move(version, folder_ / kArchiveName, folder_, Change::restored, provenance);
}

Result<std::vector<Version>> Registry::prunable(std::size_t keep) const {
  auto all = versions();
  if (!all) return fail(all.error());
  const auto archived = archived_versions();
  if (!archived) return fail(archived.error());
  all->insert(all->end(), archived->begin(), archived->end());
  std::sort(all->begin(), all->end());
  std::vector<Version> old;
  for (std::size_t i = 0; i + keep < all->size(); ++i) {
    if (const auto free = check_disposable((*all)[i]); !free) {
      if (free.error().code != ErrorCode::conflict) return fail(free.error());
      continue;
    }
    old.push_back((*all)[i]);
  }
  return old;
}

Result<std::vector<Version>> Registry::prune(std::size_t keep, const Provenance& provenance) {
  const auto lock = lock_for_change();
  if (!lock) return fail(lock.error());
  auto old = prunable(keep);
  if (!old) return old;
  for (const Version version : *old) {
    std::error_code error;
    const bool archived = fs::is_directory(folder_ / kArchiveName / text(version), error);
    const fs::path from = archived ? folder_ / kArchiveName : folder_;
    auto moved = move(version, from, folder_ / kRemovingName, Change::removed, provenance);
    if (!moved) return fail(moved.error());
  }
  std::error_code error;
  fs::remove_all(folder_ / kRemovingName, error);
  if (error) return fail(ErrorCode::unavailable, folder_.string() + ": " + error.message());
  return old;
}

Result<void> Registry::start_shadow(Version version, const Provenance& provenance) {
  const auto lock = lock_for_change();
  if (!lock) return fail(lock.error());
  const auto now = current();
  if (!now) return fail(now.error());
  if (*now == version) {
    return fail(ErrorCode::conflict, text(version) + " is the current model: it is no challenger");
  }
  if (const auto bundle = read(version); !bundle) return fail(bundle.error());
  const auto there = challenger();
  if (!there) return fail(there.error());
  if (*there == version) {
    return fail(ErrorCode::conflict, text(version) + " is the challenger already");
  }
  return record(Change::shadow_started, version, provenance);
}

Result<Version> Registry::stop_shadow(const Provenance& provenance) {
  const auto lock = lock_for_change();
  if (!lock) return fail(lock.error());
  const auto there = challenger();
  if (!there) return fail(there.error());
  if (!*there) return fail(ErrorCode::conflict, "no model runs in shadow");
  if (auto done = record(Change::shadow_stopped, **there, provenance); !done) {
    return fail(done.error());
  }
  return **there;
}

Result<std::optional<Version>> Registry::challenger() const {
  const auto events = history();
  if (!events) return fail(events.error());
  return challenger_of(*events);
}

Result<std::optional<Version>> Registry::previous() const {
  const auto events = history();
  if (!events) return fail(events.error());
  const std::vector<Version> stack = promoted_stack(*events);
  return stack.size() < 2 ? std::nullopt : std::optional(stack[stack.size() - 2]);
}

Result<std::vector<Version>> Registry::lineage(Version version) const {
  const auto events = history();
  if (!events) return fail(events.error());
  std::vector<Version> line;
  for (std::optional<Version> next = version; next;) {
    line.push_back(*next);
    std::optional<Version> parent;
    for (const Event& event : *events) {
      if (event.change == Change::registered && event.version == *next) {
        parent = parse_version(event.provenance.parent);
      }
    }
    next = parent && *parent < *next ? parent : std::nullopt;  // A parent is older: no circles.
  }
  return line;
}

}  // namespace hvac::registry
