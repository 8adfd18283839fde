#pragma once

#include <boost/json/fwd.hpp>

#include "ops/catalog.h"

namespace hvac::ops {

/// What a list says of a backup.
boost::json::object backup_json(const Backup& backup);

}  // namespace hvac::ops
