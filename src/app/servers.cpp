#include "app/servers.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <thread>

#include "api/dashboard.h"
#include "api/service.h"
#include "app/service_manager.h"

namespace hvac::app {
namespace {

constexpr std::uint16_t kDashboardPort = 8501;
constexpr unsigned kMostThreads = 4;  // Unless more are asked for.

Result<std::unique_ptr<api::HttpServer>> start_dashboard(const ServerOptions& options,
                                                         const api::Shared& shared) {
  const auto make = [&] {
    return std::make_unique<api::Dashboard>(shared, api::dashboard_pages());
  };
  api::HttpOptions http = options.http;
  http.port = options.dashboard_port.value_or(kDashboardPort);
  http.threads = 1;
  http.listener = options.dashboard_listener;
  auto server = api::HttpServer::start(http, make);
  const bool taken = !server && server.error().code == ErrorCode::unavailable;
  if (options.dashboard_port || !taken) return server;
  shared.log.add(api::RequestLog::Level::warning,
                 server.error().message + ": the dashboard takes a free port instead");
  http.port = 0;
  return api::HttpServer::start(http, make);
}

}  // namespace

void add_server_options(CLI::App& verb, ServerOptions& options) {
  options.http.threads = std::clamp(std::thread::hardware_concurrency(), 1u, kMostThreads);
  verb.add_option("--port", options.http.port, "TCP port of the API; 0: any free one")
      ->capture_default_str();
  verb.add_option("--dashboard-port", options.dashboard_port,
                  "TCP port of the dashboard; 0: any free one (default: 8501, or a free one when "
                  "that is taken)");
  verb.add_option("--bind", options.http.bind, "Address to listen on")->capture_default_str();
  verb.add_option("--threads", options.http.threads, "Threads that serve the API")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
}

Result<void> use_inherited_sockets(ServerOptions& options) {
  const auto sockets = take_inherited_sockets();
  if (!sockets) return fail(sockets.error());
  const InheritedSocket* api = find_socket(*sockets, "api");
  const InheritedSocket* dashboard = find_socket(*sockets, "dashboard");
  if (api != nullptr && dashboard != nullptr && api->address != dashboard->address) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the service manager's sockets listen on {} (api) and {} (dashboard): "
                            "it must be one address",
                            api->address, dashboard->address));
  }
  if (api != nullptr) {
    options.http.bind = api->address;
    options.http.port = api->port;
    options.http.listener = api->descriptor;
  }
  if (dashboard != nullptr) {
    options.http.bind = dashboard->address;
    options.dashboard_port = dashboard->port;
    options.dashboard_listener = dashboard->descriptor;
  }
  return {};
}

Result<void> check_server_options(const ServerOptions& options) {
  const std::string& bind = options.http.bind;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(bind, error);
  if (error) return fail(ErrorCode::invalid_argument, "--bind " + bind + " is no IP address");
  if (!address.is_loopback()) {
    return fail(ErrorCode::invalid_argument,
                "--bind " + bind +
                    " is refused: others could reach it, that needs API keys and there are none; "
                    "it may listen on 127.0.0.1 or ::1");
  }
  return {};
}

Result<std::unique_ptr<Servers>> Servers::start(const ServerOptions& options,
                                                const Listeners& listeners,
                                                const api::Shared& shared) {
  std::unique_ptr<Servers> servers(new Servers(options.http.bind));
  if (listeners.api) {
    auto started = api::HttpServer::start(options.http,
                                          [&] { return std::make_unique<api::Service>(shared); });
    if (!started) return fail(started.error());
    servers->api_ = std::move(*started);
  }
  if (listeners.dashboard) {
    auto started = start_dashboard(options, shared);
    if (!started) return fail(started.error());
    servers->dashboard_ = std::move(*started);
  }
  return servers;
}

std::string Servers::url(const api::HttpServer* server) const {
  if (server == nullptr) return {};
  const bool six = bind_.find(':') != std::string::npos;
  return fmt::format("http://{}:{}", six ? "[" + bind_ + "]" : bind_, server->port());
}

void Servers::stop() {
  for (const auto* server : {&api_, &dashboard_}) {
    if (*server) (*server)->drain();
  }
  for (const auto* server : {&api_, &dashboard_}) {
    if (*server) (*server)->wait();
  }
}

}  // namespace hvac::app
