#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "trees/model/ensemble.h"

namespace hvac::trees {

/// Sets `ensemble`'s objective and transform from the words after `objective=`.
/// Errors: invalid_argument for objectives with several outputs and unknown ones.
/// Source: LightGBM 4.6, src/objective: ToString and ConvertOutput of each class.
[[nodiscard]] Result<void> read_lightgbm_objective(std::string_view words, Ensemble& ensemble);

/// LightGBM's words for an objective whose output is transformed as `ensemble`'s is.
[[nodiscard]] std::string lightgbm_objective(const Ensemble& ensemble);

}  // namespace hvac::trees
