#include "twin/tracking.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hvac::twin {
namespace {

using telemetry::kTargetCount;

/// The bias forgets half of what it knows in this many measured rows.
constexpr double kHalfLifeRows = 8.0;
/// Rows of "no bias" that every cooler starts with: one odd value moves little.
constexpr double kPriorRows = 0.3;
/// A single residual counts at most this much: degC, degC, m3/h.
constexpr PerTarget<double> kGreatestResidual = {3.0, 2.0, 100.0};

/// Step of the adaptive interval [log margin per row]. Source: Gibbs & Candes, "Adaptive conformal
/// inference under distribution shift" (2021), here on the margin's logarithm.
constexpr double kAdaptiveStep = 0.03;
constexpr double kMissRate = 0.1;
constexpr double kLogScaleLimit = 2.3;  ///< Margins never shrink or grow more than tenfold.

}  // namespace

void Tracker::learn(const Pending& row) {
  static const double kForget = std::exp2(-1.0 / kHalfLifeRows);
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    if (std::isnan(row.residual[t])) continue;
    Slow& slow = slow_[t][static_cast<std::size_t>(row.regime)];
    const double limit = kGreatestResidual[t];
    slow.weighted_sum = slow.weighted_sum * kForget + std::clamp(row.residual[t], -limit, limit);
    slow.weight = slow.weight * kForget + 1.0;
    const double step = kAdaptiveStep * ((row.inside[t] ? 0.0 : 1.0) - kMissRate);
    slow.log_scale = std::clamp(slow.log_scale + step, -kLogScaleLimit, kLogScaleLimit);
  }
}

PerTarget<Tracked> Tracker::push(const Intervals& intervals, const Prediction& prediction,
                                 const telemetry::Sample& sample) {
  Pending& slot = pending_[rows_ % kTrackingDelayRows];
  if (rows_ >= kTrackingDelayRows) learn(slot);
  ++rows_;

  slot.regime = prediction.regime;
  const auto regime = static_cast<std::size_t>(prediction.regime);
  PerTarget<Tracked> tracked;
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const Slow& slow = slow_[t][regime];
    const double bias = slow.weighted_sum / (slow.weight + kPriorRows);
    const double value = prediction.targets[t].value + bias;
    const double scale = std::exp(slow.log_scale);
    const Margin margin = intervals.tracking[t][regime];
    tracked[t] = {value, {value + scale * margin.low, value + scale * margin.high}, bias};

    const auto measured = sample.target(static_cast<telemetry::TargetTag>(t));
    slot.residual[t] = measured ? *measured - prediction.targets[t].value
                                : std::numeric_limits<double>::quiet_NaN();
    slot.inside[t] = measured && tracked[t].interval90.low <= *measured &&
                     *measured <= tracked[t].interval90.high;
  }
  return tracked;
}

}  // namespace hvac::twin
