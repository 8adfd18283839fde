#include "training/domain_fit.h"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "training/score.h"

namespace hvac::training {
namespace {

using twin::TrainingDomain;

constexpr std::size_t kJointCount = TrainingDomain::kJoint.size();
using Matrix = std::array<double, kJointCount * kJointCount>;
using Vector = std::array<double, kJointCount>;

/// Gauss-Jordan; `m` is symmetric positive definite.
Matrix inverse(Matrix m) {
  Matrix result{};
  for (std::size_t i = 0; i < kJointCount; ++i) result[i * kJointCount + i] = 1.0;
  for (std::size_t i = 0; i < kJointCount; ++i) {
    const double pivot = m[i * kJointCount + i];
    for (std::size_t j = 0; j < kJointCount; ++j) {
      m[i * kJointCount + j] /= pivot;
      result[i * kJointCount + j] /= pivot;
    }
    for (std::size_t k = 0; k < kJointCount; ++k) {
      const double factor = m[k * kJointCount + i];
      if (k == i || factor == 0.0) continue;
      for (std::size_t j = 0; j < kJointCount; ++j) {
        m[k * kJointCount + j] -= factor * m[i * kJointCount + j];
        result[k * kJointCount + j] -= factor * result[i * kJointCount + j];
      }
    }
  }
  return result;
}

void fit_joint(std::span<const features::FeatureRow> rows, TrainingDomain& domain) {
  std::vector<Vector> known;
  for (const features::FeatureRow& row : rows) {
    Vector values{};
    bool whole = true;
    for (std::size_t i = 0; i < kJointCount; ++i) {
      values[i] = static_cast<double>(row.values[TrainingDomain::kJoint[i]]);
      whole = whole && !std::isnan(values[i]);
    }
    if (whole) known.push_back(values);
  }
  domain.mean = {};
  domain.precision = {};
  if (known.size() <= kJointCount) return;  // Distance 0: nothing is known of the joint spread.

  const auto n = static_cast<double>(known.size());
  for (const Vector& values : known) {
    for (std::size_t i = 0; i < kJointCount; ++i) domain.mean[i] += values[i] / n;
  }
  Matrix covariance{};
  for (const Vector& values : known) {
    for (std::size_t i = 0; i < kJointCount; ++i) {
      for (std::size_t j = 0; j < kJointCount; ++j) {
        covariance[i * kJointCount + j] +=
            (values[i] - domain.mean[i]) * (values[j] - domain.mean[j]) / n;
      }
    }
  }
  constexpr double kLeastVariance = 1e-4;  // Of a sensor that never moved.
  for (std::size_t i = 0; i < kJointCount; ++i) covariance[i * kJointCount + i] += kLeastVariance;
  domain.precision = inverse(covariance);

  std::vector<double> squares;
  for (const Vector& values : known) {
    double square = 0.0;
    for (std::size_t i = 0; i < kJointCount; ++i) {
      for (std::size_t j = 0; j < kJointCount; ++j) {
        square += (values[i] - domain.mean[i]) * domain.precision[i * kJointCount + j] *
                  (values[j] - domain.mean[j]);
      }
    }
    squares.push_back(square);
  }
  const double edge = quantile(squares, 0.995);
  if (edge <= 0.0) return;
  for (double& value : domain.precision) value /= edge;
}

}  // namespace

TrainingDomain fit_domain(std::span<const features::FeatureRow> rows) {
  TrainingDomain domain{};
  for (std::size_t f = 0; f < features::kFeatureCount; ++f) {
    std::vector<double> values;
    for (const features::FeatureRow& row : rows) {
      if (!std::isnan(row.values[f])) values.push_back(static_cast<double>(row.values[f]));
    }
    // NaN for a feature that was never there.
    const double low = quantile(values, 0.005);
    domain.ranges[f] = {low, quantile(values, 0.995)};
  }
  fit_joint(rows, domain);
  return domain;
}

}  // namespace hvac::training
