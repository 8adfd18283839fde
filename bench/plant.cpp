#include "plant/plant.h"

#include <benchmark/benchmark.h>

/// How many times faster than real time one simulated cooler goes on one core, as the counter
/// `times_real_time`, at sampling intervals of 1, 10 and 60 s. The goal is 10,000.
namespace hvac::plant {
namespace {

void plant_steps(benchmark::State& state) {
  PlantOptions options;
  options.interval_s = static_cast<double>(state.range(0));
  Plant plant(options);
  for (auto _ : state) benchmark::DoNotOptimize(plant.step());
  state.counters["times_real_time"] =
      benchmark::Counter(plant.elapsed_s(), benchmark::Counter::kIsRate);
}
BENCHMARK(plant_steps)->Arg(1)->Arg(10)->Arg(60)->ArgName("interval_s");

void history_for_training(benchmark::State& state) {
  PlantOptions options;
  options.interval_s = 60.0;
  constexpr std::size_t kSamples = 12000;
  for (auto _ : state) benchmark::DoNotOptimize(simulated_history(options, kSamples));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kSamples));
}
BENCHMARK(history_for_training)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hvac::plant

BENCHMARK_MAIN();
