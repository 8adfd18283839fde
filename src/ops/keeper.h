#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ops/backup.h"
#include "ops/catalog.h"

/// Backups that are made by themselves, and copies of them elsewhere.
namespace hvac::ops {

struct KeeperOptions {
  std::filesystem::path key_file;  ///< Encrypts; empty: not encrypted.
  BackupRetention retention;
  std::string remote;  ///< rclone remote for copies, "offsite:hvac"; empty: none.
};

/// One turn of keeping an instance backed up: a daily backup when the newest whole one is a day old
/// (or increments can go on from none), a weekly one when that is a week old, else an increment.
/// Old ones are removed and copied elsewhere with each whole one. Called twice a minute, it loses
/// less than a minute. Errors: as `create_backup` and `copy_offsite`.
[[nodiscard]] Result<void> keep_backed_up(const Catalog& catalog, const BackupSource& source,
                                          const KeeperOptions& options, const Clock& clock);

/// Copies what the remote lacks. Errors: not_found without rclone; unavailable with its words.
[[nodiscard]] Result<void> copy_offsite(const Catalog& catalog, const std::string& remote);

/// Copies what the catalogue lacks from the remote. Errors: as above.
[[nodiscard]] Result<void> fetch_offsite(const Catalog& catalog, const std::string& remote);

}  // namespace hvac::ops
