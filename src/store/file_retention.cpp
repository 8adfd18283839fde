#include "store/file_retention.h"

#include <string>

namespace hvac::store {
namespace {

namespace fs = std::filesystem;

bool is_log(const std::string& name) { return name.find(".log") != std::string::npos; }

bool is_dated_report(const std::string& name) {
  return name.rfind("drift_report_", 0) == 0 && fs::path(name).extension() == ".json";
}

Result<std::int64_t> remove_older(const fs::path& folder, bool (*matches)(const std::string&),
                                  TimePoint limit) {
  const auto oldest = std::chrono::file_clock::from_sys(limit);
  std::int64_t removed = 0;
  std::error_code error;
  for (fs::directory_iterator file(folder, error), end; !error && file != end;
       file.increment(error)) {
    std::error_code problem;
    if (file->symlink_status(problem).type() != fs::file_type::regular || problem) continue;
    if (!matches(file->path().filename().string())) continue;
    if (file->last_write_time(problem) >= oldest || problem) continue;
    fs::remove(file->path(), problem);
    if (problem) {
      return fail(ErrorCode::unavailable,
                  file->path().string() + ": cannot remove: " + problem.message());
    }
    ++removed;
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(ErrorCode::unavailable, folder.string() + ": cannot list: " + error.message());
  }
  return removed;
}

}  // namespace

Result<std::int64_t> enforce_file_retention(const fs::path& home, const FileRetention& policy,
                                            TimePoint now) {
  const auto logs = remove_older(home / "logs", is_log, now - policy.logs);
  if (!logs) return logs;
  const auto reports =
      remove_older(home / "monitoring", is_dated_report, now - policy.drift_reports);
  if (!reports) return reports;
  return *logs + *reports;
}

}  // namespace hvac::store
