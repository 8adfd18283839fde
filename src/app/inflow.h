#pragma once

#include <memory>
#include <optional>

#include "api/live_service.h"
#include "api/station_status.h"
#include "app/context.h"
#include "app/live_demo.h"
#include "app/station.h"
#include "base/result.h"
#include "ingest/mqtt_source.h"
#include "live/fleet.h"
#include "mqtt/publisher.h"
#include "store/store.h"
#include "telemetry/profile.h"

namespace hvac::app {

/// Telemetry in: from a broker and, in a demo, from a simulated cooler, through the broker where
/// there is one. Nothing where this program does not ingest. Its functions may be called from any
/// thread.
class Inflow {
 public:
  /// `fleet` must outlive it. Errors: those of broker_client, MqttSource and Publisher; of the
  /// store.
  [[nodiscard]] static Result<std::unique_ptr<Inflow>> start(
      const Context& context, const StationOptions& options,
      const std::shared_ptr<const telemetry::AssetProfile>& profile, live::Fleet& fleet,
      const store::Store& store);

  /// Null where there is no demo.
  const api::DemoControl* demo() const { return demo_ ? &control_ : nullptr; }

  /// Puts in how the broker's side of it fares.
  void describe(api::StationStatus& status) const;

 private:
  Inflow() = default;
  Result<void> start_demo(const Context& context, const StationOptions& options, live::Fleet& fleet,
                          const store::Store& store);

  std::unique_ptr<ingest::MqttSource> source_;
  std::unique_ptr<mqtt::Publisher> publisher_;
  std::optional<LiveDemo> demo_;
  api::DemoControl control_;
};

}  // namespace hvac::app
