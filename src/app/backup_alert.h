#pragma once

#include <filesystem>

#include "base/result.h"

namespace hvac::app {

/// Leaves word for the running program whether a backup of `home` was made: the alert
/// backup_failed, or its end. Errors: unavailable.
[[nodiscard]] Result<void> tell_of_backup(const std::filesystem::path& home,
                                          const Result<void>& done);

}  // namespace hvac::app
