#pragma once

#include <string>

#include "app/context.h"
#include "base/result.h"
#include "registry/registry.h"

namespace hvac::app {

/// The registry of the instance.
registry::Registry registry_of(const Context& context);

/// The version that an argument means: "v3" or "current".
/// Errors: not_found when there is no current one; invalid_argument.
[[nodiscard]] Result<registry::Version> find_version(const registry::Registry& models,
                                                     const std::string& text);

/// The same once every byte of it is checked and it makes a model. Errors: also corrupt, not_found.
[[nodiscard]] Result<registry::Version> find_sound_version(const registry::Registry& models,
                                                           const std::string& text);

/// "current", "pinned", ... what a version is beside being there.
std::string standing(const registry::Entry& entry);

}  // namespace hvac::app
