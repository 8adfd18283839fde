#pragma once

#include <array>
#include <cstddef>

#include "features/features.h"
#include "twin/prediction.h"

namespace hvac::twin {

/// Where the training data lie: the range of each feature, and the joint spread of the conditions
/// that every request must state. A value.
struct TrainingDomain {
  struct Range {
    double low = 0.0;   ///< 0.5 % quantile; NaN when the feature was never there.
    double high = 0.0;  ///< 99.5 % quantile.
  };
  static constexpr std::array kJoint = {
      features::column(telemetry::InputTag::UCAIT), features::column(telemetry::InputTag::UCWIT),
      features::column(telemetry::InputTag::UCAIH), features::column(telemetry::InputTag::AMBT)};

  std::array<Range, features::kFeatureCount> ranges{};
  std::array<double, kJoint.size()> mean{};
  /// Inverse covariance, row-major, scaled so that 99.5 % of the training data lie within 1.
  std::array<double, kJoint.size() * kJoint.size()> precision{};
};

/// Distance of `row` from the training data: the largest of each raw input's distance from the
/// middle of its range in half ranges, and the Mahalanobis distance of the joint conditions.
Domain measure(const TrainingDomain& domain, const features::FeatureRow& row);

}  // namespace hvac::twin
