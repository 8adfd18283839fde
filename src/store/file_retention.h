#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>

#include "base/clock.h"
#include "base/result.h"

namespace hvac::store {

/// How long the files of an instance are kept.
struct FileRetention {
  std::chrono::days logs{30};           ///< HOME/logs/*.log*
  std::chrono::days drift_reports{90};  ///< HOME/monitoring/drift_report_*.json: the dated copies.
};

/// Removes the files of the instance folder `home` that were last written too long before `now`.
/// Leaves other files, folders and links alone. Returns how many went.
/// Errors: unavailable, naming the file that cannot be removed.
[[nodiscard]] Result<std::int64_t> enforce_file_retention(const std::filesystem::path& home,
                                                          const FileRetention& policy,
                                                          TimePoint now);

}  // namespace hvac::store
