#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "training/audit.h"
#include "training/dataset.h"
#include "training/fit.h"
#include "training/intervals.h"
#include "training/score.h"
#include "twin/model.h"
#include "twin/tracking.h"

/// Honest accuracy: only measured, valid, de-duplicated targets are scored, on recordings that the
/// model did not see, beside what costs nothing to predict.
namespace hvac::training {

/// Which rows a score is of, by what the cooler was doing.
enum class Population : std::uint8_t { fan_on, fan_off, all };
inline constexpr std::size_t kPopulationCount = 3;
std::string_view name(Population population);
/// Whether a row of that regime is one of the population.
bool belongs(features::Regime regime, Population population);

/// One target's scores by who predicts it.
struct TargetScores {
  Score virtual_sensor;  ///< The model; no measured target ever.
  Score tracking;        ///< The model and a slow bias from targets at least 5 rows old.
  Score persistence;     ///< The value measured one row before, within the recording.
  Score physics;         ///< First principles with fitted parameters.
};
using Populations = std::array<twin::PerTarget<TargetScores>, kPopulationCount>;

/// What a model said of one row.
struct Judged {
  twin::Prediction prediction;
  twin::PerTarget<twin::Tracked> tracked;
};

/// What the model says of each sample, in order, with history and tracking.
std::vector<Judged> judge(const twin::Model& model, std::span<const telemetry::Sample> samples);

/// Scores of the rows whose `scored` is 1.
Populations compare(std::span<const telemetry::Sample> samples, std::span<const Judged> judged,
                    std::span<const std::uint8_t> scored);

/// A training method's accuracy by protocol, with what a model trained on everything needs of it.
struct Assessment {
  Populations grouped;     ///< 5 folds grouped by recording.
  Populations last_block;  ///< Trained on the first 85 %, scored on the last 15 %, with an embargo.
  LeakageAudit audit;
  twin::PhysicsShare physics_share;  ///< From all folds' residuals,
  twin::Intervals intervals;         ///< as are these.
  std::string held_out;              ///< For ModelParts, from the grouped folds.
};

inline constexpr std::size_t kFolds = 5;
inline constexpr double kLastBlock = 0.15;

/// Trains and scores by every protocol, on two threads. Same data and options, same assessment.
/// Errors: those of `fit`; rejected when the data have fewer than kFolds pieces; interrupted.
[[nodiscard]] Result<Assessment> assess(const Dataset& data, const FitOptions& options,
                                        const Progress& progress);

}  // namespace hvac::training
