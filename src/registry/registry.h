#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"
#include "registry/bundle.h"
#include "registry/history.h"
#include "registry/version.h"
#include "twin/model.h"

/// Model bundles as immutable folders: models/vN/ with a manifest, history.jsonl, and `current`.
namespace hvac::registry {

/// One version, for a list.
struct Entry {
  Version version;
  bool current = false;
  bool pinned = false;
  bool archived = false;
  bool challenger = false;
  std::filesystem::path folder;
  Manifest manifest;
  std::optional<Error> fault;  ///< Why the manifest cannot be read, if so; then it is empty.
};

/// The versions below one folder. Several processes may use the same folder at a time: changes
/// take a file lock, readers need none. Any thread.
///
/// Every change is whole or absent after a crash. The folders and `current` are the truth; what a
/// crash kept out of the history is added to it by the next change.
class Registry {
 public:
  /// `folder` need not exist yet (an instance's is HOME/models).
  explicit Registry(std::filesystem::path folder, Clock clock = system_clock());

  /// Stores `files` as the next version; the first version of a registry becomes current.
  /// Errors: invalid_argument as `write_bundle`; unavailable when the disk or lock fails.
  [[nodiscard]] Result<Version> register_candidate(const twin::BundleFiles& files,
                                                   const Provenance& provenance);

  /// Makes `version` current once every byte of it is checked.
  /// Errors: not_found; corrupt; conflict when it is current already; unavailable.
  [[nodiscard]] Result<void> promote(Version version, const Provenance& provenance);

  /// Makes the version current that was so before the current one was promoted, once it is
  /// checked. Returns it. Errors: conflict when there was none; not_found; corrupt; unavailable.
  [[nodiscard]] Result<Version> rollback(const Provenance& provenance);

  /// Keeps `version` from being archived or removed, or no longer.
  /// Errors: not_found; conflict when it is so already; unavailable.
  [[nodiscard]] Result<void> pin(Version version, const Provenance& provenance);
  [[nodiscard]] Result<void> unpin(Version version, const Provenance& provenance);

  /// Takes `version` out of use, into the folder `archive`, or back from there.
  /// Errors: not_found; conflict when it is current, previous, the challenger or pinned, or where
  ///         it shall go already; unavailable.
  [[nodiscard]] Result<void> archive(Version version, const Provenance& provenance);
  [[nodiscard]] Result<void> restore(Version version, const Provenance& provenance);

  /// Which versions `prune` would remove, oldest first: all but the newest `keep`, archived ones
  /// among them, and never the current, the previous, the challenger or a pinned one.
  /// Errors: corrupt when `current` is; unavailable.
  [[nodiscard]] Result<std::vector<Version>> prunable(std::size_t keep) const;
  /// Removes them. Returns what was removed. Their numbers are not used again.
  [[nodiscard]] Result<std::vector<Version>> prune(std::size_t keep, const Provenance& provenance);

  /// Makes `version` the challenger, which runs beside the current model on live telemetry; there
  /// is one at most. Errors: not_found; corrupt; conflict when it is current or the challenger
  /// already; unavailable.
  [[nodiscard]] Result<void> start_shadow(Version version, const Provenance& provenance);
  /// Ends it. Returns who it was. Errors: conflict when there is none; unavailable.
  [[nodiscard]] Result<Version> stop_shadow(const Provenance& provenance);
  /// Whoever was made challenger last, unless it was stopped, promoted, archived or removed since.
  [[nodiscard]] Result<std::optional<Version>> challenger() const;

  /// The version that a rollback would make current. Errors: as `read_history`.
  [[nodiscard]] Result<std::optional<Version>> previous() const;

  /// `version`, its parent, and so on back, as far as the history knows.
  [[nodiscard]] Result<std::vector<Version>> lineage(Version version) const;

  /// The current version; nothing when no model was registered yet.
  /// Errors: corrupt when `current` names no version; unavailable.
  [[nodiscard]] Result<std::optional<Version>> current() const;

  /// The checked bundle. Errors: not_found, naming the versions there are; corrupt, naming the
  /// file, also when the manifest is not the one that was registered; unavailable.
  [[nodiscard]] Result<Bundle> read(Version version) const;

  /// All versions, archived ones too, oldest first. Errors: corrupt when `current` is; unavailable.
  [[nodiscard]] Result<std::vector<Entry>> list() const;

  /// What happened, oldest first. Errors: as `read_history`.
  [[nodiscard]] Result<std::vector<Event>> history() const;

  /// Where a version lies.
  std::filesystem::path folder_of(Version version) const;

 private:
  Result<Descriptor> lock_for_change() const;
  Result<void> finish_interrupted_changes() const;
  Result<std::vector<Version>> versions() const;
  Result<std::vector<Version>> archived_versions() const;
  Result<void> record(Change change, Version version, const Provenance& provenance) const;
  Result<void> check_disposable(Version version) const;
  Result<void> move(Version version, const std::filesystem::path& from,
                    const std::filesystem::path& to, Change change,
                    const Provenance& provenance) const;
  Result<void> finish_interrupted_moves(const std::vector<Event>& events) const;
  Result<void> switch_current(Version to, Change change, const Provenance& provenance) const;

  std::filesystem::path folder_;
  Clock clock_;
};

}  // namespace hvac::registry
