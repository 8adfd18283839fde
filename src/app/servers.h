#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "access/key_ring.h"
#include "api/access_control.h"
#include "api/http_server.h"
#include "api/replay_guard.h"
#include "api/shared.h"
#include "api/tls.h"
#include "base/result.h"
#include "config/config.h"

namespace CLI {
class App;
}

namespace hvac::app {

/// What the command line says of how the program listens; it goes before the settings.
struct GivenServerOptions {
  std::optional<std::string> bind;
  std::optional<std::uint16_t> port;
  std::optional<std::uint16_t> dashboard_port;
  std::string tls_certificate;
  std::string tls_key;
};

/// How the program listens.
struct ServerOptions {
  GivenServerOptions given;
  api::HttpOptions http;
  /// Of the dashboard; 0: any free one. Nothing: 8501, or a free one when that is taken.
  std::optional<std::uint16_t> dashboard_port;
  std::optional<int> dashboard_listener;  ///< As `api::HttpOptions::listener`.
  api::TlsFiles tls;                      ///< Empty: without TLS.
  double requests_per_s = 0.0;            ///< As `config::Server`.
};

/// Fills in what the command line does not say.
void use_settings(ServerOptions& options, const config::Server& settings);

/// Takes the sockets over that the service manager handed to this program ("api", "dashboard");
/// they go before address and ports. Without any, `options` stay as they are. Errors:
/// invalid_argument when one is no listening TCP socket or they differ in address.
[[nodiscard]] Result<void> use_inherited_sockets(ServerOptions& options);

/// --port, --dashboard-port, --bind and --threads.
void add_server_options(CLI::App& verb, ServerOptions& options);

/// Whether the instance's program may listen as `options` say: wider than loopback it needs API
/// keys. Errors: invalid_argument, saying what is needed.
[[nodiscard]] Result<void> check_server_options(const ServerOptions& options,
                                                const std::filesystem::path& home);

/// Which of the listeners are to run.
struct Listeners {
  bool api = true;
  bool dashboard = true;
};

/// The program's listeners: the API for programs, and the dashboard for people, which has the API
/// under its own origin; and who may use them, by the instance's keys. Any thread.
class Servers {
 public:
  /// Listens and serves at once. What `shared` refers to must outlive this.
  /// Errors: invalid_argument, unavailable when a port is taken.
  [[nodiscard]] static Result<std::unique_ptr<Servers>> start(const ServerOptions& options,
                                                              const std::filesystem::path& home,
                                                              const Listeners& listeners,
                                                              const api::Shared& shared);

  /// Where they serve, "http://127.0.0.1:8000"; empty when that listener does not run.
  std::string api_url() const { return url(api_.get()); }
  std::string dashboard_url() const { return url(dashboard_.get()); }

  /// Takes over what may change while the program runs.
  void configure(const config::Server& settings);

  /// Loads the certificate again if its files have changed. That happens by itself within two
  /// seconds, too.
  void reload();

  /// Accepts nothing new, answers what is under way, and returns when that is done.
  void stop();

 private:
  Servers(const ServerOptions& options, const std::filesystem::path& home,
          const api::Shared& shared);
  Result<void> listen(const ServerOptions& options, const Listeners& listeners);
  std::string url(const api::HttpServer* server) const;

  const std::string bind_;
  access::KeyRing keys_;
  api::AccessControl access_;
  api::ReplayGuard replays_;
  api::Shared shared_;
  std::shared_ptr<api::Tls> tls_;
  std::unique_ptr<api::HttpServer> api_;
  std::unique_ptr<api::HttpServer> dashboard_;
  std::jthread renewal_;  ///< Looks after the certificate.
};

}  // namespace hvac::app
