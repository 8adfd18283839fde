#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "features/features.h"
#include "twin/parts.h"
#include "twin/prediction.h"

/// Conformal calibration of the 90 % intervals from residuals of rows that the model did not see.
namespace hvac::training {

/// What a model that had not seen row `row` was off by.
struct Residual {
  std::size_t row;
  features::Regime regime;
  features::Evidence evidence;
  twin::PerTarget<double> value;  ///< measured - predicted; NaN when not measured.
  /// measured - first principles; NaN when not measured or they say nothing.
  twin::PerTarget<double> physics = {std::numeric_limits<double>::quiet_NaN(),
                                     std::numeric_limits<double>::quiet_NaN(),
                                     std::numeric_limits<double>::quiet_NaN()};
};

/// Margins from the residuals of rows whose `use` is 1: `virtual_sensor` of the rows as recorded
/// and with hidden inputs, `tracked` after tracking. A kind of row that is too rare borrows from
/// all rows that know as much. Source: split and cross-conformal prediction (Vovk 2015), per regime
/// and evidence.
twin::Intervals fit_intervals(std::span<const Residual> virtual_sensor,
                              std::span<const Residual> tracked, std::span<const std::uint8_t> use);

}  // namespace hvac::training
