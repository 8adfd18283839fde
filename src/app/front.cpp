#include "app/front.h"

#include <cstdlib>
#include <utility>

#include "ops/incident.h"

namespace hvac::app {
namespace {

// Of "http://127.0.0.1:8000"; nothing when it has none.
std::optional<std::uint16_t> port_of(const std::string& url) {
  const std::size_t colon = url.rfind(':');
  if (url.empty() || colon == std::string::npos) return std::nullopt;
  return static_cast<std::uint16_t>(std::strtoul(url.c_str() + colon + 1, nullptr, 10));
}

}  // namespace

Front::Front(const std::filesystem::path& home, const ServerOptions& options,
             const Listeners& listeners, const api::Shared& shared, Report report)
    : home_(home),
      options_(options),
      listeners_(listeners),
      shared_(shared),
      report_(std::move(report)) {}

Result<std::unique_ptr<Front>> Front::open(const std::filesystem::path& home,
                                           const ServerOptions& options, const Listeners& listeners,
                                           const api::Shared& shared, Report report) {
  std::unique_ptr<Front> front(new Front(home, options, listeners, shared, std::move(report)));
  if (auto started = front->listen(ops::incident_is_active(home)); !started) {
    return fail(started.error());
  }
  return front;
}

Result<void> Front::listen(bool isolated) {
  ServerOptions options = options_;
  if (isolated) {
    options.http.bind = "127.0.0.1";
    options.http.listener.reset();  // What the service manager handed over may be wider.
    options.dashboard_listener.reset();
  }
  // Where any free port would do, the one that people know by now.
  if (port_) options.http.port = *port_;
  if (dashboard_port_) options.dashboard_port = dashboard_port_;
  auto started = Servers::start(options, home_, listeners_, shared_);
  if (!started) return fail(started.error());
  servers_ = std::move(*started);
  if (settings_) servers_->configure(*settings_);
  isolated_ = isolated;
  port_ = port_of(servers_->api_url());
  dashboard_port_ = port_of(servers_->dashboard_url());
  return {};
}

bool Front::check() {
  const bool wanted = ops::incident_is_active(home_);
  if (wanted == isolated_ && servers_) return false;
  if (servers_) {
    servers_->stop();
    servers_.reset();
  }
  // Isolated or not at all: what cannot listen now is tried again with the next look.
  if (auto started = listen(wanted); !started) {
    report_("cannot listen: " + started.error().message);
    return false;
  }
  report_(wanted ? "an incident was declared: listening on this computer only"
                 : "the incident is over: listening as the settings say");
  return true;
}

void Front::configure(const config::Server& settings) {
  settings_ = settings;
  if (servers_) servers_->configure(settings);
}

void Front::reload() {
  if (servers_) servers_->reload();
}

void Front::stop() {
  if (servers_) servers_->stop();
}

}  // namespace hvac::app
