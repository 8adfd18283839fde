#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "base/progress.h"
#include "base/result.h"

namespace hvac::app {

/// Exit codes of the program, the same for every command.
enum ExitCode : int {
  exit_ok = 0,
  exit_failed = 1,    ///< Failed, unhealthy, problems found, or interrupted.
  exit_usage = 2,     ///< The command line or a value in it is wrong.
  exit_rejected = 3,  ///< A gate said no.
  exit_corrupt = 4,   ///< Stored bytes do not match their checksum or schema.
};

/// What every command is given: the options that stand on all of them and where to write.
struct Context {
  std::filesystem::path home = "hvac-home";  ///< Instance folder, without a package.
  std::filesystem::path profile;  ///< A site's own asset profile; empty: the built-in unit cooler.
  bool json = false;              ///< Machine-readable output on `out`.
  bool yes = false;               ///< Do not ask.
  std::string version;            ///< Of the program.
  std::ostream* out = nullptr;    ///< Results.
  std::ostream* err = nullptr;    ///< Progress, warnings, errors.
};

/// What a command does once the command line is understood. Returns the exit code.
using Action = std::function<int()>;

/// The exit code an error ends the program with.
ExitCode exit_code(ErrorCode code);

/// Says what went wrong on `err` (with --json as {"error":{"code":…,"message":…}} on `out`).
/// Returns the exit code.
int report_error(const Context& context, const Error& error);

/// A progress bar on `err` when that is a terminal, silent otherwise. Asks the work to stop after
/// SIGINT or SIGTERM. One bar at a time.
Progress progress_bar(const Context& context);

/// The time as ISO 8601 UTC with milliseconds, "2026-11-24T08:15:00.000Z".
std::string iso_time_now();

}  // namespace hvac::app
