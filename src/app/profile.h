#pragma once

#include <memory>

#include "app/context.h"
#include "base/result.h"
#include "telemetry/profile.h"

namespace hvac::app {

/// The asset profile that --profile names, or the built-in unit cooler.
/// Errors: not_found, unavailable; invalid_argument, as "FILE:LINE: what is wrong".
[[nodiscard]] Result<std::shared_ptr<const telemetry::AssetProfile>> load_profile(
    const Context& context);

}  // namespace hvac::app
