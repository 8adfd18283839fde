#include "app/live_demo.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace hvac::app {
namespace {

plant::PlantOptions demo_plant() {
  plant::PlantOptions options;
  options.seed = 20251118;
  options.start =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return options;
}

}  // namespace

LiveDemo::LiveDemo(live::Fleet& fleet, AssetId asset, double speed)
    : fleet_(fleet),
      asset_(std::move(asset)),
      speed_(speed),
      simulation_(Simulation{plant::Plant(demo_plant()), {}}),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void LiveDemo::run(const std::stop_token& stop) {
  const auto begin = std::chrono::steady_clock::now();
  std::mutex mutex;
  std::condition_variable_any wake;
  while (!stop.stop_requested()) {
    auto [reading, elapsed_s] = simulation_.with([](Simulation& simulation) {
      plant::PlantReading next = simulation.plant.step();
      return std::pair(std::move(next), simulation.plant.elapsed_s());
    });
    const auto due = begin + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                 std::chrono::duration<double>(elapsed_s / speed_));
    std::unique_lock lock(mutex);
    wake.wait_until(lock, stop, due, [] { return false; });
    if (stop.stop_requested()) return;
    fleet_.push(asset_, reading.time, reading.values);
  }
}

api::DemoControl LiveDemo::control() {
  api::DemoControl control;
  control.start = [this](std::string_view name) -> Result<void> {
    auto fault = plant::fault_named(name, 0.0);
    if (!fault) return fail(fault.error());
    simulation_.with([&](Simulation& simulation) {
      if (std::ranges::find(simulation.faults, name) != simulation.faults.end()) return;
      simulation.plant.inject(std::move(*fault));
      simulation.faults.emplace_back(name);
    });
    return {};
  };
  control.stop = [this](std::string_view name) -> Result<void> {
    return simulation_.with([&](Simulation& simulation) -> Result<void> {
      if (!simulation.plant.clear(name)) {
        return fail(ErrorCode::not_found, "the fault " + std::string(name) + " is not switched on");
      }
      std::erase(simulation.faults, name);
      return {};
    });
  };
  control.active = [this] {
    return simulation_.with([](const Simulation& simulation) { return simulation.faults; });
  };
  return control;
}

}  // namespace hvac::app
