#pragma once

#include "app/context.h"
#include "base/result.h"
#include "training/gate.h"

namespace hvac::app {

/// The gate's limits of the instance's settings. Errors: as config::read_config.
[[nodiscard]] Result<training::GateLimits> gate_limits(const Context& context);

}  // namespace hvac::app
