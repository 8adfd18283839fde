#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "trees/model/ensemble.h"

namespace hvac::trees {

/// The ensemble in a LightGBM text model (format v4), one output.
/// Errors: invalid_argument as "line N: reason" for anything malformed, truncated or hostile.
/// Source: LightGBM 4.6, src/boosting/gbdt_model_text.cpp and include/LightGBM/tree.h.
[[nodiscard]] Result<Ensemble> parse_lightgbm(std::string_view text);

/// The ensemble as LightGBM text v4. Reading it back gives an equal ensemble, and writing that
/// the same bytes. XGBoost comparisons (`less`) become `less_equal` with the next smaller
/// threshold.
[[nodiscard]] std::string lightgbm_text(const Ensemble& ensemble);

}  // namespace hvac::trees
