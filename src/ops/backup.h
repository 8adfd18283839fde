#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/progress.h"
#include "base/result.h"
#include "ops/catalog.h"
#include "ops/cipher.h"
#include "ops/manifest.h"
#include "store/store.h"

/// Making backups of an instance while it runs.
namespace hvac::ops {

/// What is backed up.
struct BackupSource {
  std::filesystem::path home;
  store::Store* store = nullptr;  ///< None: there is no store yet.
  std::string connection;         ///< Of a PostgreSQL store; empty for SQLite.
  std::string program;            ///< Version.
};

struct BackupOptions {
  BackupKind kind = BackupKind::full;
  std::optional<Secret> secret{};  ///< Encrypts.
};

struct BackupReport {
  Card card;
  std::filesystem::path archive;
  bool unchanged = false;            ///< An increment for which there was nothing: none was made.
  std::optional<Error> model_fault;  ///< The current model cannot be loaded; it was taken as it is.
};

/// Makes a backup, whole or not at all; the instance may be in use. An increment follows on the
/// newest backup.
/// Errors: conflict for an increment when there is nothing it could follow on, saying what to do;
/// unavailable when the disk is full or fails; corrupt when the store is; invalid_argument as
/// `read_archive`; interrupted.
[[nodiscard]] Result<BackupReport> create_backup(const Catalog& catalog, const BackupSource& source,
                                                 const BackupOptions& options, const Clock& clock,
                                                 const Progress& progress);

/// Until when nothing would be lost: the time of the newest backup, or of a later increment for
/// which there was nothing. Nothing when there is no usable backup.
std::optional<TimePoint> covered_until(const Catalog& catalog, const std::vector<Backup>& backups);

}  // namespace hvac::ops
