#pragma once

#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "training/dataset.h"
#include "training/evaluate.h"
#include "trees/model/ensemble.h"
#include "twin/parts.h"

namespace hvac::training {

/// Trees learned elsewhere, one ensemble per target in the order of TargetTag, each saying its
/// target's whole value.
struct ForeignTrees {
  std::vector<trees::Ensemble> ensembles;
  std::vector<std::string> features;  ///< Of the schema, in the order of the trees' features.
  std::string model_type;             ///< "lightgbm" or "xgboost".
};

struct Adopted {
  twin::ModelParts parts;
  Populations populations;  ///< On the data that were given.
};

/// A model of foreign trees: physics, intervals and training domain come from `data`, on which it
/// is scored as well. Whether the trees had seen these data nobody knows; the card says so. Errors:
/// invalid_argument when trees and features do not fit together or a feature is not in the
///         schema; those of the calibration; interrupted.
[[nodiscard]] Result<Adopted> adopt(ForeignTrees trees, const Dataset& data, std::string created,
                                    const Progress& progress);

}  // namespace hvac::training
