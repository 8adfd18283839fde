#pragma once

#include <cstddef>
#include <span>

#include "twin/prediction.h"

namespace hvac::training {

/// How well predictions met what was measured. Errors are predicted minus measured, in the
/// target's unit. NaN where it cannot be said (nothing scored, no interval).
struct Score {
  std::size_t n = 0;  ///< Rows scored: measured and predicted.
  double r2 = 0.0;
  double mae = 0.0;
  double mape = 0.0;  ///< Mean |error / measured|, a fraction; rows measured as 0 left out.
  double rmse = 0.0;
  double p95 = 0.0;  ///< 95 % quantile of |error|.
  double bias = 0.0;
  double coverage90 = 0.0;  ///< Share of rows whose 90 % interval held the measured value.
};

/// Below this many rows a score says nothing and stays NaN.
inline constexpr std::size_t kLeastScored = 10;

/// `measured`, `predicted`: one value per row, NaN = not scored; `intervals`: empty or one per row.
Score score(std::span<const double> measured, std::span<const double> predicted,
            std::span<const twin::Interval> intervals = {});

/// Quantile `q` in [0, 1] of `values` by linear interpolation; NaN when there is none.
/// Reorders `values`.
double quantile(std::span<double> values, double q);

}  // namespace hvac::training
