#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "api/live_service.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "plant/plant.h"

namespace hvac::app {

/// The simulated plant, live: hands its telemetry on at a chosen speed, from a thread of its own
/// until it is destroyed. Faults are switched from any thread.
class LiveDemo {
 public:
  /// Where a reading goes. After an error the same one comes again, later.
  using Deliver = std::function<Result<void>(const plant::PlantReading&)>;

  /// `start`: simulated time of the beginning. `speed`: simulated seconds per second, above 0.
  LiveDemo(Deliver deliver, TimePoint start, double speed);

  api::DemoControl control();

 private:
  struct Simulation {
    plant::Plant plant;
    std::vector<std::string> faults;  ///< Switched on, by name.
  };
  void run(const std::stop_token& stop);

  const Deliver deliver_;
  const double speed_;
  Guarded<Simulation> simulation_;
  std::jthread thread_;
};

}  // namespace hvac::app
