#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "alerts/alarm.h"

namespace hvac::alerts {

/// What other processes left in `folder` (see leave_condition). It is removed; what
/// cannot be read is told to `log` and removed too.
std::vector<Condition> take_conditions(
    const std::filesystem::path& folder,
    const std::function<void(Severity, const std::string&)>& log);

}  // namespace hvac::alerts
