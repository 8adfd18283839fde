#pragma once

#include <iosfwd>
#include <span>
#include <string>

namespace hvac::app {

/// The whole program: understands `arguments` (without the program's name), does what they say,
/// and returns the exit code.
int run_program(std::span<const std::string> arguments, std::ostream& out, std::ostream& err);

}  // namespace hvac::app
