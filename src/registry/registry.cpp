#include "registry/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/file_lock.h"
#include "base/files.h"
#include "base/iso_time.h"
#include "registry/fate.h"

namespace hvac::registry {
namespace {

namespace fs = std::filesystem;

constexpr char kCurrentName[] = "current";
constexpr char kLockName[] = ".lock";
constexpr char kStagingName[] = ".staging";

const Provenance& recovered() {
  static const Provenance kRecovered{"hvac-twin", "an interrupted change was completed", "", "",
                                     ""};
  return kRecovered;
}

}  // namespace

std::optional<Version> parse_version(std::string_view text) {
  if (text.size() < 2 || text.front() != 'v' || text[1] == '0') return std::nullopt;
  Version version;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + 1, end, version.number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return version;
}

/// Holds the registry's file lock while it lives.
Registry::Registry(fs::path folder, Clock clock)
    : folder_(std::move(folder)), clock_(std::move(clock)) {}

fs::path Registry::folder_of(Version version) const { return folder_ / text(version); }

Result<Descriptor> Registry::lock_for_change() const {
  if (auto made = make_folder(folder_); !made) return fail(made.error());
  auto lock = lock_file(folder_ / kLockName);
  if (!lock) return fail(lock.error());
  if (auto done = finish_interrupted_changes(); !done) return fail(done.error());
  return lock;
}

Result<void> Registry::finish_interrupted_changes() const {
  std::error_code error;
  fs::remove_all(folder_ / kStagingName, error);
  if (error) return fail(ErrorCode::unavailable, folder_.string() + ": " + error.message());

  const auto events = history();
  if (!events) return fail(events.error());
  const auto present = versions();
  if (!present) return fail(present.error());
  for (const Version version : *present) {
    const bool known = std::any_of(events->begin(), events->end(), [&](const Event& event) {
      return event.change == Change::registered && event.version == version;
    });
    if (known) continue;
    const auto manifest = read_manifest(folder_of(version));
    if (!manifest) continue;  // Listed as faulty; never loaded.
    const Event event{manifest->created, Change::registered,   version,
                      std::nullopt,      manifest->provenance, manifest->sha256};
    if (auto done = append_history(folder_ / kHistoryName, event); !done) return done;
  }

  if (auto done = finish_interrupted_moves(*events); !done) return done;

  const auto now = current();
  if (!now) return {};  // A damaged `current` is mended by promoting or rolling back.
  const std::vector<Version> stack = promoted_stack(*events);
  if (!*now || (!stack.empty() && stack.back() == **now)) return {};
  const bool older = std::find(stack.begin(), stack.end(), **now) != stack.end();
  return append_history(
      folder_ / kHistoryName,
      {iso_text(clock_()), older ? Change::rolled_back : Change::promoted, **now,
       stack.empty() ? std::nullopt : std::optional(stack.back()), recovered(), ""});
}

// Folders are moved first and the history follows.
Result<void> Registry::finish_interrupted_moves(const std::vector<Event>& events) const {
  const auto removing = versions_in(folder_ / kRemovingName);
  if (!removing) return fail(removing.error());
  for (const Version version : *removing) {
    if (fate_of(events, version).removed) continue;
    if (auto done = record(Change::removed, version, recovered()); !done) return done;
  }
  std::error_code error;
  fs::remove_all(folder_ / kRemovingName, error);
  if (error) return fail(ErrorCode::unavailable, folder_.string() + ": " + error.message());

  const auto settle = [&](const Result<std::vector<Version>>& there,
                          bool archived) -> Result<void> {
    if (!there) return fail(there.error());
    for (const Version version : *there) {
      if (fate_of(events, version).archived == archived) continue;
      const Change change = archived ? Change::archived : Change::restored;
      if (auto done = record(change, version, recovered()); !done) return done;
    }
    return {};
  };
  if (auto done = settle(archived_versions(), true); !done) return done;
  return settle(versions(), false);
}

Result<std::vector<Version>> Registry::versions() const { return versions_in(folder_); }

Result<std::vector<Version>> Registry::archived_versions() const {
  return versions_in(folder_ / kArchiveName);
}

Result<Version> Registry::register_candidate(const twin::BundleFiles& files,
                                             const Provenance& provenance) {
  const auto lock = lock_for_change();
  if (!lock) return fail(lock.error());
  const auto present = versions();
  if (!present) return fail(present.error());
  const auto events = history();
  if (!events) return fail(events.error());
  Version next{1};  // Numbers are never used twice, even when a version's folder is gone.
  if (!present->empty()) next.number = present->back().number + 1;
  for (const Event& event : *events) next.number = std::max(next.number, event.version.number + 1);

  const fs::path staging = folder_ / kStagingName;
  const std::string now = iso_text(clock_());
  Provenance complete = provenance;
  if (complete.parent.empty()) {
    if (const auto parent = current(); parent && *parent) complete.parent = text(**parent);
  }
  const auto manifest = write_bundle(staging, files, complete, now);
  if (!manifest) return fail(manifest.error());
  std::error_code error;
  fs::rename(staging, folder_of(next), error);
  if (error) return fail(ErrorCode::unavailable, folder_of(next).string() + ": " + error.message());
  if (auto synced = sync_folder(folder_); !synced) return fail(synced.error());
  if (auto written =
          append_history(folder_ / kHistoryName,
                         {now, Change::registered, next, std::nullopt, complete, manifest->sha256});
      !written) {
    return fail(written.error());
  }
  // A damaged `current` is not replaced on the quiet: promoting mends it.
  if (const auto now_current = current(); now_current && !*now_current) {
    Provenance first = provenance;
    first.reason = "the first model";
    if (auto switched = switch_current(next, Change::promoted, first); !switched) {
      return fail(switched.error());
    }
  }
  return next;
}

Result<void> Registry::switch_current(Version to, Change change,
                                      const Provenance& provenance) const {
  const auto before = current();
  if (auto written = write_file_atomically(folder_ / kCurrentName, text(to) + "\n"); !written) {
    return written;
  }
  return append_history(folder_ / kHistoryName, {iso_text(clock_()), change, to,
                                                 before ? *before : std::nullopt, provenance, ""});
}

Result<void> Registry::promote(Version version, const Provenance& provenance) {
  const auto lock = lock_for_change();
  if (!lock) return fail(lock.error());
  if (const auto now = current(); now && *now == version) {
    return fail(ErrorCode::conflict, text(version) + " is the current model already");
  }
  if (const auto bundle = read(version); !bundle) return fail(bundle.error());
  return switch_current(version, Change::promoted, provenance);
}

Result<Version> Registry::rollback(const Provenance& provenance) {
  const auto lock = lock_for_change();
  if (!lock) return fail(lock.error());
  const auto events = history();
  if (!events) return fail(events.error());
  const std::vector<Version> stack = promoted_stack(*events);
  if (stack.size() < 2) {
    return fail(ErrorCode::conflict,
                stack.empty() ? std::string("no model was ever promoted: nothing to roll back")
                              : text(stack.back()) +
                                    " is the first model that was promoted: nothing before it to "
                                    "roll back to");
  }
  const Version target = stack[stack.size() - 2];
  if (const auto bundle = read(target); !bundle) return fail(bundle.error());
  if (auto switched = switch_current(target, Change::rolled_back, provenance); !switched) {
    return fail(switched.error());
  }
  return target;
}

Result<std::optional<Version>> Registry::current() const {
  const fs::path path = folder_ / kCurrentName;
  const auto bytes = read_file(path);
  if (!bytes) {
    if (bytes.error().code == ErrorCode::not_found) return std::optional<Version>{};
    return fail(bytes.error());
  }
  std::string_view word = *bytes;
  while (!word.empty() && (word.back() == '\n' || word.back() == ' ')) word.remove_suffix(1);
  const auto version = parse_version(word);
  if (!version) {
    return fail(ErrorCode::corrupt, fmt::format("{}: \"{}\" is no version such as v1",
                                                path.string(), word.substr(0, 20)));
  }
  return version;
}

Result<Bundle> Registry::read(Version version) const {
  auto bundle = read_bundle(folder_of(version));
  if (!bundle) {
    if (bundle.error().code != ErrorCode::not_found) return bundle;
    std::string known;
    if (const auto present = versions()) {
      for (const Version other : *present) known += (known.empty() ? "" : ", ") + text(other);
    }
    std::error_code error;
    const bool archived = fs::is_directory(folder_ / kArchiveName / text(version), error);
    return fail(ErrorCode::not_found,
                fmt::format("there is no model {} in {} (there: {}){}", text(version),
                            folder_.string(), known.empty() ? "none" : known,
                            archived ? "; it is archived: `models restore " + text(version) +
                                           "` brings it back"
                                     : std::string()));
  }
  const auto events = history();
  if (!events) return fail(events.error());
  for (const Event& event : *events) {
    if (event.change == Change::registered && event.version == version &&
        event.manifest_sha256 != bundle->manifest.sha256) {
      return fail(ErrorCode::corrupt, (folder_of(version) / kManifestName).string() +
                                          ": is not the manifest that was registered");
    }
  }
  return bundle;
}

Result<std::vector<Entry>> Registry::list() const {
  const auto now = current();
  if (!now) return fail(now.error());
  std::vector<Entry> entries;
  // A history that cannot be read is found by `read`; the list still shows what there is.
  const auto events = history().value_or(std::vector<Event>{});
  const auto add = [&](const Result<std::vector<Version>>& there, const fs::path& folder,
                       bool archived) -> Result<void> {
    if (!there) return fail(there.error());
    for (const Version version : *there) {
      Entry entry;
      entry.version = version;
      entry.current = *now == version;
      entry.pinned = fate_of(events, version).pinned;
      entry.archived = archived;
      entry.folder = folder / text(version);
      entry.challenger = challenger_of(events) == version;
      if (auto manifest = read_manifest(folder / text(version))) {
        entry.manifest = std::move(*manifest);
      } else {
        entry.fault = manifest.error();
      }
      entries.push_back(std::move(entry));
    }
    return {};
  };
  if (auto done = add(versions(), folder_, false); !done) return fail(done.error());
  if (auto done = add(archived_versions(), folder_ / kArchiveName, true); !done) {
    return fail(done.error());
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.version < b.version; });
  return entries;
}

Result<std::vector<Event>> Registry::history() const {
  return read_history(folder_ / kHistoryName);
}

}  // namespace hvac::registry
