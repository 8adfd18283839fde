#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/servers.h"
#include "base/result.h"
#include "config/config.h"

namespace hvac::app {

/// The listeners of a running program, which obey incident mode: while it lasts they listen on this
/// computer only, whatever the settings say. One thread.
class Front {
 public:
  using Report = std::function<void(const std::string& what)>;

  /// `shared` must outlive this; `report` is told when the listeners change.
  /// Errors: as Servers::start.
  [[nodiscard]] static Result<std::unique_ptr<Front>> open(const std::filesystem::path& home,
                                                           const ServerOptions& options,
                                                           const Listeners& listeners,
                                                           const api::Shared& shared,
                                                           Report report);

  /// Looks whether an incident began or ended. Returns whether the listeners were changed.
  bool check();

  const Servers& servers() const { return *servers_; }
  /// As Servers::configure, Servers::reload and Servers::stop.
  void configure(const config::Server& settings);
  void reload();
  void stop();

 private:
  Front(const std::filesystem::path& home, const ServerOptions& options, const Listeners& listeners,
        const api::Shared& shared, Report report);
  Result<void> listen(bool isolated);

  const std::filesystem::path home_;
  const ServerOptions options_;
  const Listeners listeners_;
  const api::Shared& shared_;
  const Report report_;
  std::unique_ptr<Servers> servers_;
  std::optional<config::Server> settings_;  ///< As last configured: for listeners begun anew.
  std::optional<std::uint16_t> port_;       ///< Where it listens, once it does.
  std::optional<std::uint16_t> dashboard_port_;
  bool isolated_ = false;
};

}  // namespace hvac::app
