#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "api/live_service.h"
#include "base/asset_id.h"
#include "base/guarded.h"
#include "live/fleet.h"
#include "plant/plant.h"

namespace hvac::app {

/// The simulated plant, live: its telemetry goes into the fleet as a real cooler's would, at a
/// chosen speed, from a thread of its own until it is destroyed. Faults are switched from any
/// thread.
class LiveDemo {
 public:
  /// `speed`: simulated seconds per second, above 0. `fleet` must outlive this.
  LiveDemo(live::Fleet& fleet, AssetId asset, double speed);

  api::DemoControl control();

 private:
  struct Simulation {
    plant::Plant plant;
    std::vector<std::string> faults;  ///< Switched on, by name.
  };
  void run(const std::stop_token& stop);

  live::Fleet& fleet_;
  AssetId asset_;
  double speed_;
  Guarded<Simulation> simulation_;
  std::jthread thread_;
};

}  // namespace hvac::app
