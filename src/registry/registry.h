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

  /// The current version; nothing when no model was registered yet.
  /// Errors: corrupt when `current` names no version; unavailable.
  [[nodiscard]] Result<std::optional<Version>> current() const;

  /// The checked bundle. Errors: not_found, naming the versions there are; corrupt, naming the
  /// file, also when the manifest is not the one that was registered; unavailable.
  [[nodiscard]] Result<Bundle> read(Version version) const;

  /// All versions, oldest first. Errors: corrupt when `current` is; unavailable.
  [[nodiscard]] Result<std::vector<Entry>> list() const;

  /// What happened, oldest first. Errors: as `read_history`.
  [[nodiscard]] Result<std::vector<Event>> history() const;

  /// Where a version lies.
  std::filesystem::path folder_of(Version version) const;

 private:
  Result<Descriptor> lock_for_change() const;
  Result<void> finish_interrupted_changes() const;
  Result<std::vector<Version>> versions() const;
  Result<void> switch_current(Version to, Change change, const Provenance& provenance) const;

  std::filesystem::path folder_;
  Clock clock_;
};

}  // namespace hvac::registry
