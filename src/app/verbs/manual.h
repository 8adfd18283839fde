#pragma once

#include <string>

namespace CLI {
class App;
}

namespace hvac::app {

/// The manual page hvac-twin(1) in the man(7) language: every command and option of `root` with the
/// words of their own help, and what the help has no place for (files, environment).
std::string manual_page(const CLI::App& root, const std::string& version);

}  // namespace hvac::app
