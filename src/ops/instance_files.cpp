#include "ops/instance_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>

namespace hvac::ops {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 6> kLeftAlone = {"backups",  "run",       ".restore",
                                                        "replaced", "incidents", "quarantine"};
constexpr std::array<std::string_view, 3> kData = {"data", "monitoring", "maintenance"};

std::string_view top_of(std::string_view path) { return path.substr(0, path.find('/')); }

// "x.tmp123.4", as AtomicFile and the store name what is not finished yet.
bool is_temporary(std::string_view name) {
  const std::size_t at = name.rfind(".tmp");
  if (at == std::string_view::npos || at + 4 == name.size()) return false;
  return name.substr(at + 4).find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_database(std::string_view path) {
  return path == kDatabase || path.starts_with(std::string(kDatabase) + "-");
}

}  // namespace

std::string_view name(Component component) {
  constexpr std::array<std::string_view, 4> kNames = {"models", "config", "data", "logs"};
  return kNames[static_cast<std::size_t>(component)];
}

Component component_of(std::string_view path) {
  const std::string_view top = top_of(path);
  if (top == "models") return Component::models;
  if (top == "logs") return Component::logs;
  if (std::find(kData.begin(), kData.end(), top) != kData.end()) return Component::data;
  return Component::config;
}

bool is_left_alone(std::string_view path) {
  const std::string_view top = top_of(path);
  if (std::find(kLeftAlone.begin(), kLeftAlone.end(), top) != kLeftAlone.end()) return true;
  if (path == "data/buffer" || path.starts_with("data/buffer/")) return true;
  const std::string_view last = path.substr(path.rfind('/') + 1);
  return last == ".lock" || last.ends_with(".lock") || last == ".staging" || is_temporary(last);
}

Result<std::vector<InstanceFile>> list_files(const fs::path& home) {
  std::vector<InstanceFile> files;
  std::error_code error;
  fs::recursive_directory_iterator it(home, error), end;
  if (error) {
    return fail(error == std::errc::no_such_file_or_directory ? ErrorCode::not_found
                                                              : ErrorCode::unavailable,
                home.string() + ": cannot list: " + error.message());
  }
  for (; it != end; it.increment(error)) {
    const std::string path = it->path().lexically_relative(home).generic_string();
    struct stat info{};
    if (::lstat(it->path().c_str(), &info) != 0) continue;  // Gone meanwhile.
    if (is_left_alone(path)) {
      if (S_ISDIR(info.st_mode)) it.disable_recursion_pending();
      continue;
    }
    if (!S_ISREG(info.st_mode) || is_database(path)) continue;
    files.push_back({path, static_cast<std::uint64_t>(info.st_size),
                     info.st_mtim.tv_sec * 1'000'000'000LL + info.st_mtim.tv_nsec,
                     info.st_mode & 07777U});
  }
  if (error) return fail(ErrorCode::unavailable, home.string() + ": " + error.message());
  std::sort(files.begin(), files.end(),
            [](const InstanceFile& a, const InstanceFile& b) { return a.path < b.path; });
  return files;
}

}  // namespace hvac::ops
