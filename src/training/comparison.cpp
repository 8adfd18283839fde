#include "training/comparison.h"

#include <limits>

namespace hvac::training {

using telemetry::kTargetCount;
using telemetry::Sample;
using telemetry::TargetTag;

double tail_of(const BootstrapOptions& options) {
  // R2 and MAPE over all rows, and two populations, of each target.
  constexpr double kTests = kTargetCount * 4.0;
  return (1.0 - options.confidence) / kTests;
}

Comparison compare_models(std::span<const Sample> samples, std::span<const Judged> before,
                          std::span<const Judged> after, std::span<const std::uint8_t> scored,
                          const BootstrapOptions& options) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const twin::TargetPrediction nothing{kNan, {kNan, kNan}, kNan};
  const Populations now = compare(samples, after, scored);
  const Populations then = before.empty() ? Populations{} : compare(samples, before, scored);
  Comparison comparison{};
  for (std::size_t p = 0; p < kPopulationCount; ++p) {
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      const auto target = static_cast<TargetTag>(t);
      PairedBlocks blocks(target, options.block_rows);
      for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto measured = samples[i].target(target);
        const twin::Prediction& prediction = after[i].prediction;
        if (scored[i] == 0 || !measured ||
            !belongs(prediction.regime, static_cast<Population>(p))) {
          continue;
        }
        blocks.add(samples[i].recording, *measured,
                   before.empty() ? nothing : before[i].prediction.targets[t],
                   prediction.targets[t]);
      }
      comparison[p][t] = {then[p][t].virtual_sensor, now[p][t].virtual_sensor, now[p][t].physics,
                          blocks.count(), blocks.estimate(options, tail_of(options))};
    }
  }
  return comparison;
}

}  // namespace hvac::training
