#include "app/live_demo.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace hvac::app {
namespace {

constexpr std::chrono::seconds kRetry{1};

plant::PlantOptions demo_plant(TimePoint start) {
  plant::PlantOptions options;
  options.seed = 20251118;
  options.start = start;
  return options;
}

}  // namespace

LiveDemo::LiveDemo(Deliver deliver, TimePoint start, double speed)
    : deliver_(std::move(deliver)),
      speed_(speed),
      simulation_(Simulation{plant::Plant(demo_plant(start)), {}}),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void LiveDemo::run(const std::stop_token& stop) {
  const auto begin = std::chrono::steady_clock::now();
  std::mutex mutex;
  std::condition_variable_any wake;
  const auto wait_until = [&](std::chrono::steady_clock::time_point due) {
    std::unique_lock lock(mutex);
    wake.wait_until(lock, stop, due, [] { return false; });
    return !stop.stop_requested();
  };
  while (!stop.stop_requested()) {
    auto [reading, elapsed_s] = simulation_.with([](Simulation& simulation) {
      plant::PlantReading next = simulation.plant.step();
      return std::pair(std::move(next), simulation.plant.elapsed_s());
    });
    const auto due = begin + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                 std::chrono::duration<double>(elapsed_s / speed_));
    if (!wait_until(due)) return;
    while (!deliver_(reading)) {
      if (!wait_until(std::chrono::steady_clock::now() + kRetry)) return;
    }
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
