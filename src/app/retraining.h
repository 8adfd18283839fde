#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/context.h"
#include "base/clock.h"
#include "base/progress.h"
#include "base/result.h"
#include "training/fit.h"

namespace hvac::app {

enum class WhenAccepted { propose, promote, shadow };

struct RetrainingOptions {
  std::vector<std::filesystem::path> new_data;
  bool from_store = true;  ///< Whether the instance's stored samples are learned from, too.
  bool restart = false;    ///< Forgets an interrupted retraining instead of going on with it.
  /// Learns from what was measured from then on (TimePoint::min(): from all of it); without it,
  /// from the last change of the equipment on.
  std::optional<TimePoint> since;
  WhenAccepted then = WhenAccepted::propose;
  std::string reason = "retrained on request";
  training::FitOptions fit;
};

/// What a retraining came to. Kept in HOME/retraining/ID/result.json.
struct RetrainingResult {
  std::string id;  ///< When it began, "20261124T081500Z".
  bool accepted = false;
  std::string version;               ///< Of the new model; empty when it was rejected.
  std::string decision;              ///< In words.
  std::vector<std::string> reasons;  ///< Why it was rejected.
  std::string json;                  ///< Everything, for programs.
  std::string log;                   ///< The guide's retraining log.
  std::filesystem::path log_file;
};

/// Collects telemetry (HOME/data/training.csv from the last retraining, the store, new files),
/// checks and joins it, trains, evaluates, compares with the current model on held-out rows, and
/// registers the new model: proposed, promoted or run in shadow when the gate accepts it. Each step
/// is remembered in HOME/retraining/state.json: called again after an interruption, it goes on with
/// the step that was interrupted. Writes one audit entry, wherever it was interrupted, and
/// HOME/maintenance/retraining_ID.txt; closes the proposals to retrain, which it has answered.
/// `tell` hears of each step in words.
/// Errors: rejected when the data do not suffice (the gate's no is a result, not an error);
///         conflict when another retraining runs or an interrupted one had other data;
///         those of reading, training and writing; interrupted.
[[nodiscard]] Result<RetrainingResult> retrain(const Context& context,
                                               const RetrainingOptions& options,
                                               const Progress& progress,
                                               const std::function<void(std::string_view)>& tell);

}  // namespace hvac::app
