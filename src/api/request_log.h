#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/result.h"

namespace hvac::api {

struct LogLimits {
  std::size_t pending_bytes = 8 * 1024 * 1024;  ///< Waiting for the disk; more is dropped, counted.
  std::size_t file_bytes = 32 * 1024 * 1024;    ///< Then a new file is begun ...
  std::chrono::hours file_age{24};              ///< ... and after so long.
  unsigned kept_files = 7;                      ///< Older ones: api.log.1 is the youngest.
  std::chrono::milliseconds flush{200};
};

/// A log file written by a thread of its own, rotated by size and age. Adding a line never waits
/// for the disk and does not allocate in the long run. Any thread.
class RequestLog {
 public:
  /// Errors: unavailable when the file cannot be opened.
  [[nodiscard]] static Result<std::unique_ptr<RequestLog>> open(std::filesystem::path file,
                                                                LogLimits limits = {},
                                                                Clock clock = system_clock());
  /// Writes what is waiting.
  ~RequestLog();
  RequestLog(const RequestLog&) = delete;
  RequestLog& operator=(const RequestLog&) = delete;

  enum class Level { info, warning, error };

  /// Adds "TIME LEVEL line". `line` has no line end.
  void add(Level level, std::string_view line);

  /// Lines lost because the disk was too slow.
  std::uint64_t dropped() const;

  /// Returns when everything added before is in the file.
  void flush();

 private:
  RequestLog(std::filesystem::path file, LogLimits limits, Clock clock, int descriptor,
             std::size_t size, TimePoint begun);
  void work();
  void write(const std::string& block);
  void rotate();

  const std::filesystem::path file_;
  const LogLimits limits_;
  const Clock clock_;

  mutable std::mutex mutex_;  ///< Guards what follows.
  std::condition_variable wake_;
  std::condition_variable written_;
  std::string pending_;
  std::uint64_t dropped_ = 0;
  bool writing_ = false;
  bool stop_ = false;
  std::chrono::sys_seconds stamp_second_{};
  char stamp_[21] = {};  ///< "2026-11-24T08:15:00." of that second.

  int descriptor_;  ///< From here on the writing thread's own.
  std::size_t size_;
  TimePoint begun_;
  std::thread thread_;
};

}  // namespace hvac::api
