#pragma once

#include <filesystem>
#include <optional>

/// What this process and its machine use. Any thread.
namespace hvac::api {

struct ProcessUse {
  double resident_bytes;
  double virtual_bytes;
  double cpu_s;  ///< User and system, since the start.
  double open_files;
  double most_open_files;
  double threads;
  double started_s;  ///< Since 1970.
};
ProcessUse process_use();

struct DiskSpace {
  double free_bytes;
  double all_bytes;
  double free_share;  ///< 0..1
};
/// Of the file system that holds `path`; nothing when it cannot be asked.
std::optional<DiskSpace> disk_space(const std::filesystem::path& path);

}  // namespace hvac::api
