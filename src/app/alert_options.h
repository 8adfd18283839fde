#pragma once

#include <filesystem>

#include "alerts/options.h"
#include "base/result.h"
#include "config/config.h"

namespace hvac::app {

/// Sections [alerts] and [mqtt] as the alerts want them. Files that are not named from the root on
/// lie in `home`. Errors: invalid_argument, naming the key.
[[nodiscard]] Result<alerts::Options> alert_options(const config::Config& config,
                                                    const std::filesystem::path& home);

}  // namespace hvac::app
