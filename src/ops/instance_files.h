#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// Which files of an instance folder belong to what.
namespace hvac::ops {

/// The parts of an instance that can be restored by themselves.
enum class Component : std::uint8_t {
  models,
  config,  ///< Settings, profiles, keys, certificates.
  data,    ///< The store, drift reports, maintenance logs.
  logs,
};
std::string_view name(Component component);

/// Of a path relative to the instance folder.
Component component_of(std::string_view path);

inline constexpr char kDatabase[] = "data/telemetry.db";
inline constexpr char kPackageLists[] = "run/packages";  ///< Fetched where the system's are old.

/// Whether a path is never backed up nor replaced: backups, notes of running programs, what was
/// put aside, evidence, readings that wait to be stored, locks and temporary files.
bool is_left_alone(std::string_view path);

/// A file of the instance.
struct InstanceFile {
  std::string path;  ///< Relative to the folder, with '/'.
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;  ///< Since 1970.
  std::uint32_t mode = 0;
};

/// Everything that a backup takes as it is, in order of path: all but what is left alone and the
/// database, which is copied by its own means. Links and special files are not followed.
/// Errors: not_found when there is no such folder; unavailable.
[[nodiscard]] Result<std::vector<InstanceFile>> list_files(const std::filesystem::path& home);

}  // namespace hvac::ops
