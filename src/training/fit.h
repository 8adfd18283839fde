#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "telemetry/sample.h"
#include "training/calibration.h"
#include "trees/learn/learner.h"
#include "twin/parts.h"

namespace hvac::training {

/// How a model is learned. The defaults are what docs/accuracy.md reports.
struct FitOptions {
  std::uint64_t seed = 1;
  twin::Baseline baseline = twin::Baseline::inlet_and_physics;
  trees::LearnOptions trees = {.rounds = 120,
                               .max_leaves = 31,
                               .learning_rate = 0.1,
                               .row_sample = 0.8,
                               .feature_sample = 0.5,
                               .min_child_weight = 8.0,
                               .l2 = 2.0};
};

struct Fitted {
  twin::ModelParts parts;   ///< All but the intervals and the card.
  Calibration calibration;  ///< How the physics among them was found.
};

/// A model's parts but its intervals and card: physics calibrated on, trees and training
/// domain learned from the rows whose `train` is 1. Rows are in order; the others lend the history
/// of their inputs only. Same arguments, same parts, bit for bit; runs on the calling thread.
/// Errors: rejected when too few rows have a target; interrupted.
[[nodiscard]] Result<Fitted> fit(std::span<const telemetry::Sample> samples,
                                 std::span<const std::uint8_t> train, const FitOptions& options,
                                 const Progress& progress);

/// The features that the trees may use.
std::vector<std::string> tree_features();

}  // namespace hvac::training
