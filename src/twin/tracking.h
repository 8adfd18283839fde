#pragma once

#include <array>
#include <cstddef>

#include "telemetry/sample.h"
#include "twin/parts.h"
#include "twin/prediction.h"

/// Tracking: what a cooler's measured targets say about the model's slow bias and its interval.
/// A step after the model, never a feature.
namespace hvac::twin {

/// Measured targets must be at least this many rows old before they count: what the sensor says
/// now must not correct the prediction it is compared with.
inline constexpr std::size_t kTrackingDelayRows = 5;

/// One target, corrected by what was measured before.
struct Tracked {
  double value;
  Interval interval90;
  double bias;  ///< What was added to the model's value.
};

/// Follows one cooler. A value; one thread; never allocates.
class Tracker {
 public:
  /// The prediction of this row corrected by targets measured at least kTrackingDelayRows ago;
  /// then remembers this row's measured targets (where they are good) for later rows.
  /// Rows come in order. `intervals` is the predicting model's calibration.
  PerTarget<Tracked> push(const Intervals& intervals, const Prediction& prediction,
                          const telemetry::Sample& sample);

  template <class Self, class Archive>
  static void archive(Self& self, Archive& archive) {
    archive(self.slow_, self.pending_, self.rows_);
  }

 private:
  /// Of one target in one regime.
  struct Slow {
    double weighted_sum = 0.0;
    double weight = 0.0;
    double log_scale = 0.0;  ///< Adaptive conformal: the interval's margins grow by exp of it.

    template <class Self, class Archive>
    static void archive(Self& self, Archive& archive) {
      archive(self.weighted_sum, self.weight, self.log_scale);
    }
  };
  /// What a row said, kept until it is old enough.
  struct Pending {
    features::Regime regime = features::Regime::unknown;
    PerTarget<double> residual;  ///< measured - model; NaN when not measured.
    PerTarget<bool> inside;      ///< Whether the tracked interval held the measured value.

    template <class Self, class Archive>
    static void archive(Self& self, Archive& archive) {
      archive(self.regime, self.residual, self.inside);
    }
  };

  void learn(const Pending& row);

  PerTarget<std::array<Slow, features::kRegimeCount>> slow_{};
  std::array<Pending, kTrackingDelayRows> pending_{};
  std::size_t rows_ = 0;
};

}  // namespace hvac::twin
