#include "api/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace hvac::api {
namespace {

double open_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  return error ? 0.0 : static_cast<double>(std::distance(begin(entries), end(entries)));
}

double most_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

/// When the machine was started [s since 1970].
double boot_time_s() {
  std::ifstream stat("/proc/stat");
  std::string word;
  double value = 0.0;
  while (stat >> word) {
    if (word == "btime" && stat >> value) return value;
  }
  return 0.0;
}

}  // namespace

// Source: proc(5), /proc/self/stat, fields 14, 15, 20, 22, 23 and 24.
ProcessUse process_use() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(')');
  std::istringstream rest(name_end == std::string::npos ? "" : line.substr(name_end + 1));
  constexpr int kFirst = 3;
  constexpr int kLast = 24;
  double field[kLast + 1] = {};
  std::string state;
  rest >> state;
  for (int i = kFirst + 1; i <= kLast; ++i) rest >> field[i];
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  static const double boot_s = boot_time_s();
  return {.resident_bytes = field[24] * page,
          .virtual_bytes = field[23],
          .cpu_s = (field[14] + field[15]) / ticks,
          .open_files = open_descriptors(),
          .most_open_files = most_descriptors(),
          .threads = field[20],
          .started_s = boot_s + field[22] / ticks};
}

std::optional<DiskSpace> disk_space(const std::filesystem::path& path) {
  std::error_code error;
  const auto space = std::filesystem::space(path, error);
  if (error || space.capacity == 0) return std::nullopt;
  const auto available = static_cast<double>(space.available);
  const auto capacity = static_cast<double>(space.capacity);
  return DiskSpace{available, capacity, available / capacity};
}

}  // namespace hvac::api
