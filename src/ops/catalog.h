#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"
#include "ops/archive.h"
#include "ops/cipher.h"
#include "ops/manifest.h"

/// The backups in a folder: KIND/STAMP.tar.zst[.enc] with a card STAMP.json beside each. A backup
/// is there once its card is.
namespace hvac::ops {

/// One backup of the folder.
struct Backup {
  Card card;
  std::filesystem::path archive;
  std::optional<Error> fault;  ///< Why it cannot be used, as far as is known without reading it.
};

/// How long backups are kept. The newest sound one of each kind is always kept, and whatever a kept
/// increment follows on.
struct BackupRetention {
  std::chrono::days daily{30};
  std::chrono::days weekly{90};
  std::chrono::days full{365};
  std::chrono::hours increments{48};
};

/// Any thread; changes take the folder's lock.
class Catalog {
 public:
  explicit Catalog(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path archive_of(BackupKind kind, TimePoint created, bool encrypted) const;

  /// One backup, restore or prune at a time. Errors: unavailable.
  [[nodiscard]] Result<Descriptor> lock() const;

  /// All backups, oldest first, faulty ones too. Errors: unavailable.
  [[nodiscard]] Result<std::vector<Backup>> list() const;

  /// Makes a finished archive a backup. Errors: unavailable.
  [[nodiscard]] Result<void> add(const std::filesystem::path& archive, const Card& card) const;

  /// Removes what is too old, card first. Returns the ids. Errors: unavailable. Needs the lock.
  [[nodiscard]] Result<std::vector<std::string>> prune(const BackupRetention& retention,
                                                       TimePoint now) const;

  /// Removes what interrupted work left behind: temporary files, and archives of which an
  /// interruption kept the card away get it now. Needs the lock. Errors: unavailable.
  [[nodiscard]] Result<void> tidy(const std::optional<Secret>& secret) const;

 private:
  std::filesystem::path folder_;
};

/// The card of a finished archive.
Card make_card(const Manifest& manifest, const ArchiveFile& archive, bool encrypted);

/// The backup of that id. Errors: not_found, naming the newest there is.
[[nodiscard]] Result<Backup> find_backup(const std::vector<Backup>& backups, const std::string& id);

/// The backups that have to be restored one after the other to get `last`: the whole one first.
/// Errors: corrupt, naming the id, when one is missing or faulty.
[[nodiscard]] Result<std::vector<Backup>> chain_of(const std::vector<Backup>& backups,
                                                   const Backup& last);

/// The newest sound backup not after `at` whose chain is whole. Errors: not_found.
enum class Needs { anything, model };  ///< Of a model: one that could be loaded.
[[nodiscard]] Result<Backup> newest_backup(const std::vector<Backup>& backups,
                                           std::optional<TimePoint> at,
                                           Needs needs = Needs::anything);

/// The manifest in an archive, every member's bytes checked against it.
/// Errors: as `read_archive`; corrupt, naming the file and the member, when one is missing, was
/// changed or is not in the manifest, or there is no manifest.
[[nodiscard]] Result<Manifest> check_archive(const std::filesystem::path& archive,
                                             const std::optional<Secret>& secret);

/// The same for a backup, whose card must fit too.
[[nodiscard]] Result<Manifest> check_backup(const Backup& backup,
                                            const std::optional<Secret>& secret);

}  // namespace hvac::ops
