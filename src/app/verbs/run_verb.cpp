#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/servers.h"
#include "app/station.h"
#include "app/verbs/verbs.h"
#include "config/config.h"

namespace hvac::app {
namespace {

const std::map<std::string, StationRole> kRoles = {{"api", StationRole::api},
                                                   {"dashboard", StationRole::dashboard},
                                                   {"ingest", StationRole::ingest},
                                                   {"monitor", StationRole::monitor}};

/// The command line; what is not on it comes from config.toml.
struct Options {
  StationOptions station;
  std::vector<std::string> roles;
  std::optional<std::string> store;
  std::optional<std::string> mqtt;
  std::optional<std::string> mqtt_password_file;
  std::optional<std::string> mqtt_ca;
  std::optional<std::string> mqtt_certificate;
  std::optional<std::string> mqtt_key;
  std::optional<std::string> mqtt_client_id;
  std::optional<std::string> mqtt_group;
};

void put_in(std::string& setting, const std::optional<std::string>& said) {
  if (said) setting = *said;
}

void complete(StationOptions& station, const Options& options) {
  config::Config& config = station.config;
  put_in(config.store.url, options.store);
  put_in(config.mqtt.url, options.mqtt);
  put_in(config.mqtt.password_file, options.mqtt_password_file);
  put_in(config.mqtt.ca_file, options.mqtt_ca);
  put_in(config.mqtt.certificate_file, options.mqtt_certificate);
  put_in(config.mqtt.key_file, options.mqtt_key);
  put_in(config.mqtt.client_id, options.mqtt_client_id);
  put_in(config.mqtt.share_group, options.mqtt_group);
  use_settings(station.servers, config.server);
}

int run(const Context& context, Options& options) {
  auto config = config::read_config(config::config_file(context.home));
  if (!config) return report_error(context, config.error());
  StationOptions& station = options.station;
  station.config = std::move(*config);
  complete(station, options);
  if (!options.roles.empty()) station.roles.clear();
  for (const std::string& role : options.roles) station.roles.insert(kRoles.at(role));
  if (auto taken = use_inherited_sockets(station.servers); !taken) {
    return report_error(context, taken.error());
  }
  if (auto allowed = check_server_options(station.servers, context.home); !allowed) {
    return report_error(context, allowed.error());
  }
  return run_station(context, station);
}

void add_broker_options(CLI::App& verb, Options& options) {
  verb.add_option(
      "--mqtt", options.mqtt,
      "Broker to take telemetry from, mqtt[s]://[user[:password]@]host[:port]: hvac/sensors/data "
      "and hvac/ASSET/sensors");
  const auto add_file = [&](const char* name, std::optional<std::string>& file, const char* help) {
    verb.add_option(name, file, help)->check(CLI::ExistingFile);
  };
  add_file("--mqtt-password-file", options.mqtt_password_file,
           "File whose first line is the password");
  add_file("--mqtt-ca", options.mqtt_ca,
           "PEM file of the authority that signed the broker's certificate (mqtts)");
  add_file("--mqtt-cert", options.mqtt_certificate, "PEM file of this program's own certificate");
  add_file("--mqtt-key", options.mqtt_key, "PEM file of its key");
  verb.add_option(
      "--mqtt-client-id", options.mqtt_client_id,
      "Begins this program's names at the broker (default: made of machine and --home)");
  verb.add_option("--mqtt-group", options.mqtt_group,
                  "Divide the messages with the other programs of this group");
}

}  // namespace

void add_run(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand("run", "Run the twin and serve it over HTTP until SIGTERM");
  auto options = std::make_shared<Options>();
  StationOptions& station = options->station;
  verb->add_flag("--demo", station.demo,
                 "A simulated cooler, live; with no model yet, train one on its simulated history "
                 "first and say so on every answer");
  verb->add_option("--speed", station.speed,
                   "Of the demo's simulated cooler: simulated seconds per second")
      ->check(CLI::Range(0.1, 10000.0))
      ->capture_default_str();
  verb->add_option("--role", options->roles,
                   "Parts to run, comma-separated: api, dashboard, ingest, monitor (default: all)")
      ->delimiter(',')
      ->check(CLI::IsMember(kRoles).description(""))
      ->type_name("ROLE");
  verb->add_option("--store", options->store,
                   "Where telemetry is kept: a SQLite file (default: HOME/data/telemetry.db) or "
                   "postgresql://[user[:password]@]host[:port]/database");
  add_broker_options(*verb, *options);
  verb->add_option("--model", station.model,
                   "A version, a bundle's folder, or current (then promotions take effect at once)")
      ->capture_default_str();
  add_server_options(*verb, station.servers);
  verb->footer("What is not said here comes from HOME/config.toml (config show).");
  verb->callback([&context, &action, options] {
    action = [&context, options] { return run(context, *options); };
  });
}

}  // namespace hvac::app
