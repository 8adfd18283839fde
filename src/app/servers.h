#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "api/http_server.h"
#include "api/shared.h"
#include "base/result.h"

namespace CLI {
class App;
}

namespace hvac::app {

/// How the program listens. What is not given on the command line comes from the caller.
struct ServerOptions {
  api::HttpOptions http;
  /// Of the dashboard; 0: any free one. Nothing: 8501, or a free one when that is taken.
  std::optional<std::uint16_t> dashboard_port;
  std::optional<int> dashboard_listener;  ///< As `api::HttpOptions::listener`.
};

/// Takes the sockets over that the service manager handed to this program ("api", "dashboard");
/// they go before address and ports. Without any, `options` stay as they are. Errors:
/// invalid_argument when one is no listening TCP socket or they differ in address.
[[nodiscard]] Result<void> use_inherited_sockets(ServerOptions& options);

/// --port, --dashboard-port, --bind and --threads.
void add_server_options(CLI::App& verb, ServerOptions& options);

/// Whether the program may listen as `options` say. Errors: invalid_argument, saying what is
/// needed.
[[nodiscard]] Result<void> check_server_options(const ServerOptions& options);

/// Which of the listeners are to run.
struct Listeners {
  bool api = true;
  bool dashboard = true;
};

/// The program's listeners: the API for programs, and the dashboard for people, which has the API
/// under its own origin. Any thread.
class Servers {
 public:
  /// Listens and serves at once. `shared` must outlive this.
  /// Errors: invalid_argument, unavailable when a port is taken.
  [[nodiscard]] static Result<std::unique_ptr<Servers>> start(const ServerOptions& options,
                                                              const Listeners& listeners,
                                                              const api::Shared& shared);

  /// Where they serve, "http://127.0.0.1:8000"; empty when that listener does not run.
  std::string api_url() const { return url(api_.get()); }
  std::string dashboard_url() const { return url(dashboard_.get()); }

  /// Accepts nothing new, answers what is under way, and returns when that is done.
  void stop();

 private:
  explicit Servers(std::string bind) : bind_(std::move(bind)) {}
  std::string url(const api::HttpServer* server) const;

  const std::string bind_;
  std::unique_ptr<api::HttpServer> api_;
  std::unique_ptr<api::HttpServer> dashboard_;
};

}  // namespace hvac::app
