#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>
#include <random>

#include "drift/compare.h"
#include "drift/noise.h"
#include "drift/synthetic.h"

// A drift report of a million rows of 32 tags, reading apart, beside one pass over the same memory
// that only sums it up. `from_scratch` makes the reference of a million rows too.
namespace hvac::drift {
namespace {

constexpr std::size_t kRows = 1'000'000;
constexpr std::size_t kTags = 32;

const Rows& rows(std::uint64_t seed) {
  static const Rows first = autoregression(kRows, kTags, 0.9, 1);
  static const Rows second = autoregression(kRows, kTags, 0.9, 2);
  return seed == 1 ? first : second;
}

void sum_up(benchmark::State& state) {
  const Rows& current = rows(2);
  for (auto _ : state) {
    double sum = 0.0;
    for (const std::vector<double>& column : current.columns) {
      for (const double value : column) sum += value;
    }
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(sum_up)->Unit(benchmark::kMillisecond);

void report(benchmark::State& state) {
  const auto reference = std::make_shared<const Reference>(*make_reference(rows(1)));
  const Rows& current = rows(2);
  for (auto _ : state) {
    Window window(reference);
    window.add(current);
    benchmark::DoNotOptimize(compare(window, {}).overall);
  }
}
BENCHMARK(report)->Unit(benchmark::kMillisecond);

void from_scratch(benchmark::State& state) {
  const Rows& current = rows(2);
  for (auto _ : state) {
    Window window(std::make_shared<const Reference>(*make_reference(rows(1))));
    window.add(current);
    benchmark::DoNotOptimize(compare(window, {}).overall);
  }
}
BENCHMARK(from_scratch)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hvac::drift

BENCHMARK_MAIN();
