#pragma once

#include <string_view>

#include "trees/model/ensemble.h"

namespace hvac::trees {

/// An XGBoost objective with one output: what its margin becomes.
struct XgboostObjective {
  std::string_view name;
  std::string_view parameters;  ///< What XGBoost wants to read after its name, as JSON members.
  Transform transform;
  Transform base;  ///< `base_score` in the file is this transform of the margin.
};

/// Nothing when `name` is unknown or has more than one output.
const XgboostObjective* find_objective(std::string_view name);

/// The margin that `base_score` of a file stands for, as XGBoost computes it (in float) ...
double margin(const XgboostObjective& objective, double base_score);
/// ... and back.
double base_score_of(const XgboostObjective& objective, double margin);

}  // namespace hvac::trees
