#pragma once

#include <string>

namespace hvac::app {

/// Who runs the program, as "user@machine", for the histories.
std::string operator_name();

}  // namespace hvac::app
