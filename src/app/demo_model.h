#pragma once

#include <memory>

#include "app/context.h"
#include "registry/registry.h"
#include "telemetry/profile.h"

namespace hvac::app {

/// Makes sure that there is a current model: with none yet, trains one on simulated telemetry,
/// whose origin "simulated" then stands on every answer.
/// Errors: interrupted; those of training and of the registry.
[[nodiscard]] Result<void> ensure_demo_model(
    const Context& context, registry::Registry& models,
    const std::shared_ptr<const telemetry::AssetProfile>& profile);

}  // namespace hvac::app
