#pragma once

#include <memory>

#include "app/context.h"
#include "base/result.h"
#include "telemetry/profile.h"

namespace hvac::app {

/// The asset profile a command works with: the file of --profile, else the built-in unit cooler.
/// Errors: not_found; invalid_argument, naming the file's line.
[[nodiscard]] Result<std::shared_ptr<const telemetry::AssetProfile>> load_profile(
    const Context& context);

}  // namespace hvac::app
