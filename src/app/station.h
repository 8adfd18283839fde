#pragma once

#include <set>
#include <string>

#include "app/context.h"
#include "app/servers.h"
#include "config/config.h"

namespace hvac::app {

/// The parts that a running program can consist of.
enum class StationRole {
  api,        ///< HTTP for programs and the command line.
  dashboard,  ///< The pages for people.
  ingest,     ///< Telemetry in, twins, outcomes out.
  monitor,    ///< What is done from time to time: retention, drift, alerts.
};

/// What stands on the command line; config.toml says the rest.
struct StationOptions {
  std::set<StationRole> roles = {StationRole::api, StationRole::dashboard, StationRole::ingest,
                                 StationRole::monitor};
  bool demo = false;
  double speed = 60.0;  ///< Of the demo: simulated seconds per second.
  std::string model = "current";
  config::Config config;  ///< With what the command line says put in.
  ServerOptions servers;
};

/// Runs the program until SIGTERM or SIGINT; SIGHUP loads the model again. Returns the exit code.
int run_station(const Context& context, const StationOptions& options);

}  // namespace hvac::app
