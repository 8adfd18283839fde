#pragma once

#include <cstdint>
#include <string>

#include "app/context.h"

namespace hvac::app {

/// Where a command finds the program: `given` by the user, or else where the program of the
/// instance says that it serves, or else at `port` of this machine.
std::string program_url(const Context& context, const std::string& given, std::int64_t port = 8000);

}  // namespace hvac::app
