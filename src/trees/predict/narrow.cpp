#include "trees/predict/narrow.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "trees/model/lightgbm.h"

namespace hvac::trees {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The floats around a double that is none itself.
struct Around {
  float below;
  float above;
};

Around around(double value) {
  const auto nearest = static_cast<float>(value);
  if (static_cast<double>(nearest) > value) return {std::nextafter(nearest, -kInfinity), nearest};
  return {nearest, std::nextafter(nearest, kInfinity)};
}

}  // namespace

Narrowing::Narrowing(std::span<const Ensemble> ensembles)
    : features_(ensembles.empty() ? 0 : ensembles.front().feature_count()) {
  for (const Ensemble& ensemble : ensembles) {
    for (const Tree& tree : ensemble.trees) {
      for (const Split& split : tree.splits) {
        Feature& feature = features_[static_cast<std::size_t>(split.feature)];
        if (split.categorical) {
          feature.category = true;
          continue;
        }
        feature.thresholds.push_back(ensemble.comparison == Comparison::less
                                         ? less_equal_threshold(static_cast<float>(split.threshold))
                                         : split.threshold);
        if (split.missing == MissingType::zero) {
          feature.thresholds.push_back(kZeroThreshold);
          feature.thresholds.push_back(std::nextafter(-kZeroThreshold, -1.0));
        }
      }
    }
  }
  for (Feature& feature : features_) {
    std::ranges::sort(feature.thresholds);
    const auto unused = std::ranges::unique(feature.thresholds);
    feature.thresholds.erase(unused.begin(), unused.end());
  }
}

float Narrowing::narrow(std::size_t feature, double value) const {
  const auto nearest = static_cast<float>(value);
  if (std::isnan(value) || static_cast<double>(nearest) == value) return nearest;
  const Around floats = around(value);
  const auto& thresholds = features_[feature].thresholds;
  // Value and the float above are on either side of the thresholds in [value, above), value and the
  // float below of those in [below, value).
  const auto here = std::ranges::lower_bound(thresholds, value);
  const bool above_differs = here != thresholds.end() && *here < static_cast<double>(floats.above);
  const bool below_differs =
      here != thresholds.begin() && *std::prev(here) >= static_cast<double>(floats.below);
  if (above_differs != below_differs) return above_differs ? floats.below : floats.above;
  if (!features_[feature].category) return nearest;
  return std::trunc(nearest) == static_cast<float>(std::trunc(value)) ? nearest
         : nearest == floats.above                                    ? floats.below
                                                                      : floats.above;
}

void Narrowing::narrow(std::span<const double> row, std::span<float> out) const {
  for (std::size_t i = 0; i < row.size(); ++i) out[i] = narrow(i, row[i]);
}

}  // namespace hvac::trees
