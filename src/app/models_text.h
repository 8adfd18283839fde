#pragma once

#include <boost/json/fwd.hpp>
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

boost::json::object entry_json(const registry::Entry& entry);

/// "current", "pinned", ... what a version is beside being there.
std::string standing(const registry::Entry& entry);

}  // namespace hvac::app
