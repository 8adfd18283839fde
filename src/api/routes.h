#pragma once

#include <span>
#include <string>
#include <vector>

#include "api/route.h"

namespace hvac::api {

/// Everything that can be asked for; documented in docs/api/openapi.yaml. A topic adds a line to
/// the table in routes.cpp.
std::span<const Route> routes();

/// Names of the routes for `Metrics`, the last for whatever is none of them.
std::vector<std::string> route_labels();

}  // namespace hvac::api
