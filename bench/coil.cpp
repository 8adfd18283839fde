#include "physics/coil.h"

#include <benchmark/benchmark.h>

#include <cmath>
#include <random>
#include <vector>

#include "physics/cooler.h"
#include "physics/moist_air.h"

/// Coil and cooler evaluations per second, over inputs that never repeat within a cache line; the
/// peer in the same run is one saturation pressure by the ASHRAE formula.
namespace hvac::physics {
namespace {

enum Regime { kDry, kBetween, kWet };

std::vector<CoilInlet> inlets(Regime regime) {
  std::mt19937_64 random{1};
  std::uniform_real_distribution<double> part{0.0, 1.0};
  std::vector<CoilInlet> list;
  for (int i = 0; i < 1024; ++i) {
    const double air_c = 20.0 + 12.0 * part(random);
    const double humidity = regime == kDry       ? 0.1 + 0.1 * part(random)
                            : regime == kBetween ? 0.45 + 0.1 * part(random)
                                                 : 0.8 + 0.15 * part(random);
    list.push_back(
        {.air_temp = Celsius{air_c},
         .air_humidity_ratio = KgPerKg{humidity * saturated_air(air_c, kSeaLevelPa).humidity_ratio},
         .air_flow = KgPerSecond{0.2 + 0.2 * part(random)},
         .water_temp = Celsius{5.0 + 3.0 * part(random)},
         .water_flow = KgPerSecond{0.05 + 0.1 * part(random)},
         .pressure = Pascal{kSeaLevelPa}});
  }
  return list;
}

void coil_evaluations(benchmark::State& state) {
  const auto list = inlets(static_cast<Regime>(state.range(0)));
  const CoilConductance hA{WattPerKelvin{300.0}, WattPerKelvin{500.0}};
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(coil(hA, list[i++ % list.size()]));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(coil_evaluations)->Arg(kDry)->Arg(kBetween)->Arg(kWet)->ArgName("dry0_between1_wet2");

void cooler_steady_state(benchmark::State& state) {
  const auto list = inlets(static_cast<Regime>(state.range(0)));
  std::vector<CoolerInputs> inputs;
  for (const CoilInlet& in : list) {
    CoolerInputs c;
    c.air_inlet_c = in.air_temp.value;
    c.relative_humidity = state.range(0) == kDry ? 0.15 : state.range(0) == kBetween ? 0.5 : 0.9;
    c.water_inlet_c = in.water_temp.value;
    c.water_flow_kg_s = in.water_flow.value;
    c.loop_drop_pa = 88000.0;
    c.fan_speed = 764.0;
    c.fan = FanState::on;
    inputs.push_back(c);
  }
  const CoolerParameters cooler;
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(steady_state(cooler, inputs[i++ % inputs.size()]));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(cooler_steady_state)->Arg(kDry)->Arg(kBetween)->Arg(kWet)->ArgName("dry0_between1_wet2");

void saturation_formula(benchmark::State& state) {
  double t = 5.0;
  for (auto _ : state) {
    t = t < 60.0 ? t + 0.37 : 5.0;
    benchmark::DoNotOptimize(saturation_pressure_pa(t));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(saturation_formula);

}  // namespace
}  // namespace hvac::physics

BENCHMARK_MAIN();
