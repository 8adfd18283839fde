#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "alerts/center.h"
#include "api/event_hub.h"
#include "api/station_status.h"
#include "base/guarded.h"
#include "base/result.h"
#include "config/config.h"
#include "live/asset_view.h"
#include "mqtt/publisher.h"
#include "store/store.h"

namespace hvac::app {

/// The alerts of a running program: what the twins find goes in by itself, what the program sees of
/// itself by `look`. Any thread; `look` belongs to one.
class AlertStation {
 public:
  /// `store` and `events` must outlive it; every change of an alert is an event. Errors: those of
  /// alert_options, broker_client and AlertCenter::start.
  [[nodiscard]] static Result<std::unique_ptr<AlertStation>> start(
      const std::filesystem::path& home, const config::Config& config, store::Store& store,
      api::EventHub& events, std::function<void(alerts::Severity, const std::string&)> log);

  alerts::AlertCenter& center() { return *center_; }

  /// What samples meant: for Fleet::listen.
  void observe(std::span<const live::ViewPointer> views);

  /// Takes changed settings; what is wrong with them goes to the log and the former ones stay.
  void configure(const config::Config& config);

  /// Looks at disk, broker, store, model, certificates and how old the telemetry is.
  void look(const std::vector<live::ViewPointer>& assets,
            const std::optional<std::string>& model_fault, const api::StationStatus& status);

 private:
  AlertStation() = default;
  using Steady = std::chrono::steady_clock;
  void report(alerts::AlarmKind kind, bool holds, std::string subject = "", std::string detail = "",
              double value = alerts::kNoValue, double limit = alerts::kNoValue,
              std::string unit = "");
  void look_at_disk();
  void look_at_assets(const std::vector<live::ViewPointer>& assets);
  void look_at_intake(const api::StationStatus& status);
  void look_at_certificates();

  /// When an asset last had something new.
  struct Heard {
    TimePoint sample{};
    Steady::time_point when;
    bool stale = false;
  };

  std::filesystem::path home_;
  std::function<void(alerts::Severity, const std::string&)> log_;
  store::Store* store_ = nullptr;
  Guarded<config::Config> config_;
  std::unique_ptr<mqtt::Publisher> publisher_;
  std::unique_ptr<alerts::AlertCenter> center_;
  std::map<AssetId, Heard> heard_;
  bool assets_known_ = false;  ///< Those of earlier runs are in `heard_`.
  std::optional<Steady::time_point> broker_gone_;
  std::uint64_t refused_ = 0;
};

}  // namespace hvac::app
