#include "twin/domain.h"

#include <cmath>

namespace hvac::twin {
namespace {

/// Raw inputs and the fan's consensus speed are judged; what is derived from them would count
/// twice.
constexpr bool judged(std::size_t feature) {
  return feature < telemetry::kInputCount ||
         feature == features::column(features::Derived::fan_speed);
}

/// Distance of the joint conditions, and which of them contributes most; none when one is missing.
Domain joint_distance(const TrainingDomain& domain, const features::FeatureRow& row) {
  constexpr std::size_t n = TrainingDomain::kJoint.size();
  std::array<double, n> delta{};
  for (std::size_t i = 0; i < n; ++i) {
    delta[i] = static_cast<double>(row.values[TrainingDomain::kJoint[i]]) - domain.mean[i];
    if (std::isnan(delta[i])) return {0.0, -1};
  }
  double square = 0.0;
  double largest = 0.0;
  Domain joint{0.0, -1};
  for (std::size_t i = 0; i < n; ++i) {
    double part = 0.0;
    for (std::size_t j = 0; j < n; ++j) part += delta[i] * domain.precision[i * n + j] * delta[j];
    square += part;
    if (part > largest) {
      largest = part;
      joint.worst_feature = static_cast<int>(TrainingDomain::kJoint[i]);
    }
  }
  joint.distance = std::sqrt(std::max(square, 0.0));
  return joint;
}

}  // namespace

Domain measure(const TrainingDomain& domain, const features::FeatureRow& row) {
  Domain result{0.0, -1};
  for (std::size_t i = 0; i < features::kFeatureCount; ++i) {
    if (!judged(i)) continue;
    const auto [low, high] = domain.ranges[i];
    const double value = static_cast<double>(row.values[i]);
    if (std::isnan(value) || std::isnan(low)) continue;
    // A feature that never moved in training is at its edge as soon as it moves at all.
    constexpr double kLeastHalfRange = 1e-6;
    const double half = std::max((high - low) / 2.0, kLeastHalfRange);
    const double distance = std::abs(value - (low + high) / 2.0) / half;
    if (distance > result.distance) result = {distance, static_cast<int>(i)};
  }
  const Domain joint = joint_distance(domain, row);
  return joint.distance > result.distance ? joint : result;
}

}  // namespace hvac::twin
