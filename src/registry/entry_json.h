#pragma once

#include <boost/json/fwd.hpp>

#include "registry/registry.h"

namespace hvac::registry {

/// What is known of a version without reading its bundle, for people and programs.
boost::json::object entry_json(const Entry& entry);

}  // namespace hvac::registry
