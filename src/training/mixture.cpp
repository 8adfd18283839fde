#include "training/mixture.h"

#include <cmath>
#include <vector>

namespace hvac::training {
namespace {

using features::kEvidenceCount;
using features::kRegimeCount;
using telemetry::kTargetCount;

/// Fewer rows do not tell a share from chance.
constexpr std::size_t kLeastRows = 100;
constexpr int kSteps = 20;
/// A share must take so much of the error away, or there is none: recordings are few, and what
/// gains a tenth on some of them loses it on others.
constexpr double kLeastGain = 0.2;

/// What trees and first principles were off by in one row.
struct Pair {
  double trees;
  double physics;
};

double mean_error(std::span<const Pair> pairs, double share) {
  double sum = 0.0;
  for (const Pair& pair : pairs) sum += std::abs(pair.trees + share * (pair.physics - pair.trees));
  return sum / static_cast<double>(pairs.size());
}

double best_share(std::span<const Pair> pairs) {
  if (pairs.size() < kLeastRows) return 0.0;
  double best = 0.0;
  double least = mean_error(pairs, 0.0) * (1.0 - kLeastGain);
  for (int step = 1; step <= kSteps; ++step) {
    const double share = static_cast<double>(step) / kSteps;
    const double error = mean_error(pairs, share);
    if (error < least) {
      least = error;
      best = share;
    }
  }
  return best;
}

}  // namespace

twin::PhysicsShare fit_physics_share(std::span<const Residual> unseen,
                                     std::span<const std::uint8_t> use) {
  twin::PhysicsShare share{};
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    std::array<std::array<std::vector<Pair>, kEvidenceCount>, kRegimeCount> pairs;
    for (const Residual& residual : unseen) {
      if (use[residual.row] == 0) continue;
      if (std::isnan(residual.value[t]) || std::isnan(residual.physics[t])) continue;
      pairs[static_cast<std::size_t>(residual.regime)][static_cast<std::size_t>(residual.evidence)]
          .push_back({residual.value[t], residual.physics[t]});
    }
    for (std::size_t r = 0; r < kRegimeCount; ++r) {
      for (std::size_t e = 0; e < kEvidenceCount; ++e) share[t][r][e] = best_share(pairs[r][e]);
    }
  }
  return share;
}

Residual mixed(const Residual& residual, const twin::PhysicsShare& share) {
  Residual result = residual;
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    if (std::isnan(residual.physics[t])) continue;
    const double part = twin::share_of(share, t, residual.regime, residual.evidence);
    result.value[t] += part * (residual.physics[t] - residual.value[t]);
  }
  return result;
}

}  // namespace hvac::training
