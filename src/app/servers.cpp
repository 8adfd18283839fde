#include "app/servers.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "api/dashboard.h"
#include "api/service.h"
#include "app/service_manager.h"

namespace hvac::app {
namespace {

constexpr std::uint16_t kDashboardPort = 8501;
constexpr unsigned kMostThreads = 4;  // Unless more are asked for.

constexpr double kRequestsPerSecond = 1000.0;      // Of one client, where others can connect.
constexpr double kBurstSeconds = 2.0;              // So much of it may come at once.
constexpr std::chrono::seconds kRenewalPeriod{1};  // How often the certificate is looked at.

bool is_loopback(const std::string& bind) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(bind, error);
  return !error && address.is_loopback();
}

api::Rate request_rate(double requests_per_s, const std::string& bind) {
  if (requests_per_s <= 0.0) requests_per_s = is_loopback(bind) ? 0.0 : kRequestsPerSecond;
  return {requests_per_s, std::max(1.0, kBurstSeconds * requests_per_s)};
}

api::AccessOptions access_options(const ServerOptions& options) {
  using Keyless = api::AccessOptions::Keyless;
  api::AccessOptions access;
  access.keyless = is_loopback(options.http.bind) ? Keyless::local_admin : Keyless::nobody;
  access.requests = request_rate(options.requests_per_s, options.http.bind);
  return access;
}

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

void use_settings(ServerOptions& options, const config::Server& settings) {
  const GivenServerOptions& given = options.given;
  options.http.bind = given.bind.value_or(settings.bind);
  options.http.port = given.port.value_or(static_cast<std::uint16_t>(settings.port));
  options.dashboard_port = given.dashboard_port;
  if (!given.dashboard_port && settings.dashboard_port != kDashboardPort) {
    options.dashboard_port = static_cast<std::uint16_t>(settings.dashboard_port);
  }
  const bool tls_given = !given.tls_certificate.empty();
  options.tls.certificate = tls_given ? given.tls_certificate : settings.tls_certificate;
  options.tls.key = tls_given ? given.tls_key : settings.tls_key;
  options.requests_per_s = settings.requests_per_s;
}

void add_server_options(CLI::App& verb, ServerOptions& options) {
  options.http.threads = std::clamp(std::thread::hardware_concurrency(), 1u, kMostThreads);
  GivenServerOptions& given = options.given;
  verb.add_option("--port", given.port,
                  "TCP port of the API; 0: any free one (default: server.port of the settings)");
  verb.add_option("--dashboard-port", given.dashboard_port,
                  "TCP port of the dashboard; 0: any free one (default: that of the settings, or a "
                  "free one when 8501 is taken)");
  verb.add_option("--bind", given.bind,
                  "Address to listen on; wider than 127.0.0.1 or ::1 needs API keys (default: "
                  "server.bind of the settings)");
  CLI::Option* certificate =
      verb.add_option("--tls-cert", given.tls_certificate,
                      "PEM file of a certificate: serve HTTPS (default: that of the settings)")
          ->check(CLI::ExistingFile);
  CLI::Option* key = verb.add_option("--tls-key", given.tls_key, "PEM file of its key")
                         ->check(CLI::ExistingFile)
                         ->needs(certificate);
  certificate->needs(key);
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

Result<void> check_server_options(const ServerOptions& options, const std::filesystem::path& home) {
  const std::string& bind = options.http.bind;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(bind, error);
  if (error) return fail(ErrorCode::invalid_argument, "--bind " + bind + " is no IP address");
  const auto keys = access::read_keys(home);
  if (!keys) return fail(keys.error());
  if (!address.is_loopback() && keys->empty()) {
    return fail(ErrorCode::invalid_argument,
                "--bind " + bind +
                    " is refused: others could reach it, that needs API keys and there are none; "
                    "make one with `hvac-twin keys create`, or listen on 127.0.0.1 or ::1");
  }
  return {};
}

Servers::Servers(const ServerOptions& options, const std::filesystem::path& home,
                 const api::Shared& shared)
    : bind_(options.http.bind),
      keys_(home),
      access_(keys_, access_options(options)),
      shared_(shared) {
  shared_.access = &access_;
  shared_.replays = &replays_;
}

Result<std::unique_ptr<Servers>> Servers::start(const ServerOptions& options,
                                                const std::filesystem::path& home,
                                                const Listeners& listeners,
                                                const api::Shared& shared) {
  std::unique_ptr<Servers> servers(new Servers(options, home, shared));
  if (auto listening = servers->listen(options, listeners); !listening) {
    return fail(listening.error());
  }
  return servers;
}

Result<void> Servers::listen(const ServerOptions& options, const Listeners& listeners) {
  ServerOptions secured = options;
  if (!options.tls.certificate.empty()) {
    auto loaded = api::Tls::load(options.tls);
    if (!loaded) return fail(loaded.error());
    tls_ = std::move(*loaded);
    secured.http.tls = tls_;
  }
  if (listeners.api) {
    auto started = api::HttpServer::start(secured.http,
                                          [&] { return std::make_unique<api::Service>(shared_); });
    if (!started) return fail(started.error());
    api_ = std::move(*started);
  }
  if (listeners.dashboard) {
    auto started = start_dashboard(secured, shared_);
    if (!started) return fail(started.error());
    dashboard_ = std::move(*started);
  }
  if (tls_ == nullptr) return {};
  renewal_ = std::jthread([this](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    while (!stopped.wait_for(lock, stop, kRenewalPeriod, [] { return false; }) &&
           !stop.stop_requested()) {
      reload();
    }
  });
  return {};
}

void Servers::configure(const config::Server& settings) {
  access_.limit_requests(request_rate(settings.requests_per_s, bind_));
}

void Servers::reload() {
  if (tls_ == nullptr) return;
  using Level = api::RequestLog::Level;
  const auto renewed = tls_->refresh();
  if (!renewed) {
    shared_.log.add(Level::error, "the certificate stays as it was: " + renewed.error().message);
  } else if (*renewed) {
    shared_.log.add(Level::info, "serving the renewed certificate");
  }
}

std::string Servers::url(const api::HttpServer* server) const {
  if (server == nullptr) return {};
  const bool six = bind_.find(':') != std::string::npos;
  return fmt::format("{}://{}:{}", tls_ ? "https" : "http", six ? "[" + bind_ + "]" : bind_,
                     server->port());
}

void Servers::stop() {
  renewal_ = {};
  for (const auto* server : {&api_, &dashboard_}) {
    if (*server) (*server)->drain();
  }
  for (const auto* server : {&api_, &dashboard_}) {
    if (*server) (*server)->wait();
  }
}

}  // namespace hvac::app
