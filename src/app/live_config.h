#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "config/config.h"

namespace hvac::app {

/// The settings of a running program: what changes in config.toml takes effect while it runs, or is
/// refused as a whole. `current` may be called from any thread, the rest from one.
class LiveConfig {
 public:
  /// `first`: the settings it began with. `report` is told in words what was taken and refused.
  LiveConfig(std::filesystem::path file, config::Config first,
             std::function<void(const std::string&)> report);

  config::Config current() const {
    return config_.with([](const config::Config& config) { return config; });
  }

  /// Called with the new settings whenever they changed.
  using Apply = std::function<void(const config::Config&)>;
  void on_change(Apply apply) { applies_.push_back(std::move(apply)); }

  /// Reads the file again if it has changed.
  void check();

 private:
  const std::filesystem::path file_;
  const std::function<void(const std::string&)> report_;
  Guarded<config::Config> config_;
  std::vector<Apply> applies_;
  config::Config read_;  ///< What the file said, without the command line.
  std::filesystem::file_time_type seen_{};
};

}  // namespace hvac::app
