#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

/// Programs of the system that are run for a moment.
namespace hvac::ops {

struct CommandOptions {
  std::map<std::string, std::string> environment{};  ///< Added to this program's own.
  std::filesystem::path output{};                    ///< Standard output goes there; empty: kept.
  std::chrono::seconds limit{300};
};

struct CommandResult {
  int exit = 0;
  std::string output;  ///< The first megabyte.
  std::string errors;  ///< The same of standard error.
};

/// Runs `words` (found through PATH, no shell, nothing on its standard input) until it ends. Any
/// thread. Errors: not_found when there is no such program; timed_out (it was ended then);
/// unavailable.
[[nodiscard]] Result<CommandResult> run_command(const std::vector<std::string>& words,
                                                const CommandOptions& options = {});

/// Whether PATH holds a program of that name.
bool has_program(const std::string& name);

}  // namespace hvac::ops
