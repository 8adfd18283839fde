#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/progress.h"
#include "base/result.h"
#include "ops/catalog.h"
#include "ops/instance_files.h"

/// Bringing an instance back to a backup.
namespace hvac::ops {

struct RestoreRequest {
  std::string id{};               ///< Of a backup; empty: the newest (not after `at`).
  std::filesystem::path file{};   ///< An archive from elsewhere instead; empty: none.
  std::optional<TimePoint> at{};  ///< As the instance was then.
  std::set<Component> only{};     ///< Empty: models, config, data, and logs where there are none.
  std::optional<Secret> secret{};
  std::string connection{};  ///< Of the PostgreSQL store to restore to; empty for SQLite.
  std::string by{};          ///< Who, for the audit.
  /// What else must be right about a restored instance folder before it is taken; may be empty.
  std::function<Result<void>(const std::filesystem::path& staged)> check{};
};

struct RestoreReport {
  std::vector<std::string> backups;  ///< Restored one after the other.
  TimePoint created;                 ///< Of the last.
  std::string store;
  PredictionDigest prediction;  ///< As it was when backed up; empty when models were left out.
  store::RecordCounts counts;   ///< What the restored store holds.
  std::int64_t added = 0;       ///< Rows that increments added.
  std::filesystem::path aside;  ///< What was replaced; empty where nothing was.
};

/// Whether what is asked for is there, whole, fits the store and has room, before anything is
/// stopped for it. Changes nothing. Errors: as `restore_backup`.
[[nodiscard]] Result<void> check_restore(const Catalog& catalog, const std::filesystem::path& home,
                                         const RestoreRequest& request, const Progress& progress);

/// Restores into `home`, which the caller has claimed: reads every byte of what is needed, prepares
/// it beside, checks it (store, current model, settings), and puts it in place, all or nothing.
/// Errors: not_found when there is no such backup; corrupt, naming what is wrong; unavailable, also
/// when there is too little space; conflict as `switch_over`; interrupted. Then nothing was
/// changed.
[[nodiscard]] Result<RestoreReport> restore_backup(const Catalog& catalog,
                                                   const std::filesystem::path& home,
                                                   const RestoreRequest& request,
                                                   const Clock& clock, const Progress& progress);

}  // namespace hvac::ops
