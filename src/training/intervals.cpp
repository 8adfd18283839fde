#include "training/intervals.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "training/score.h"

namespace hvac::training {
namespace {

using features::Evidence;
using features::kEvidenceCount;
using features::kRegimeCount;
using features::Regime;
using telemetry::kTargetCount;
using twin::Margin;

constexpr double kCoverage = 0.9;
/// Rarer kinds of rows do not tell their own 5 % and 95 % quantiles.
constexpr std::size_t kLeastResiduals = 100;

using Wanted = std::function<bool(const Residual&)>;

std::vector<double> pick(std::span<const Residual> residuals, std::size_t target,
                         std::span<const std::uint8_t> use, const Wanted& wanted) {
  std::vector<double> values;
  for (const Residual& residual : residuals) {
    if (use[residual.row] != 0 && !std::isnan(residual.value[target]) && wanted(residual)) {
      values.push_back(residual.value[target]);
    }
  }
  return values;
}

Margin margin_of(std::vector<double>& values) {
  if (values.empty()) return {};
  const double n = static_cast<double>(values.size());
  const double tail = (1.0 - kCoverage) / 2.0;
  // The finite-sample quantile of split conformal prediction: (n + 1)(1 - tail) / n.
  const double high = std::min((1.0 - tail) * (n + 1.0) / n, 1.0);
  return {std::min(quantile(values, 1.0 - high), 0.0), std::max(quantile(values, high), 0.0)};
}

/// The margin of the first of `choices` that is frequent enough, else of the last.
Margin first_frequent(std::span<const Residual> residuals, std::size_t target,
                      std::span<const std::uint8_t> use, std::span<const Wanted> choices) {
  std::vector<double> values;
  for (const Wanted& wanted : choices) {
    values = pick(residuals, target, use, wanted);
    if (values.size() >= kLeastResiduals) break;
  }
  return margin_of(values);
}

}  // namespace

twin::Intervals fit_intervals(std::span<const Residual> virtual_sensor,
                              std::span<const Residual> tracked,
                              std::span<const std::uint8_t> use) {
  twin::Intervals intervals;
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    for (std::size_t r = 0; r < kRegimeCount; ++r) {
      const auto regime = static_cast<Regime>(r);
      for (std::size_t e = 0; e < kEvidenceCount; ++e) {
        const auto evidence = static_cast<Evidence>(e);
        const std::array<Wanted, 3> choices = {
            [=](const Residual& x) { return x.regime == regime && x.evidence == evidence; },
            [=](const Residual& x) { return x.evidence == evidence; },
            [](const Residual&) { return true; }};
        intervals.virtual_sensor[t][r][e] = first_frequent(virtual_sensor, t, use, choices);
      }
      const std::array<Wanted, 2> choices = {[=](const Residual& x) { return x.regime == regime; },
                                             [](const Residual&) { return true; }};
      intervals.tracking[t][r] = first_frequent(tracked, t, use, choices);
    }
  }
  return intervals;
}

}  // namespace hvac::training
