#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "trees/model/ensemble.h"

namespace hvac::trees {

/// The ensemble in a LightGBM text model (format v4, and v3, which it extends), one output. The
/// covers are LightGBM's counts, which its own contributions are computed from.
/// Errors: invalid_argument as "line N: reason" for anything malformed, truncated or hostile.
/// Source: LightGBM 4.6, src/boosting/gbdt_model_text.cpp and include/LightGBM/tree.h.
[[nodiscard]] Result<Ensemble> parse_lightgbm(std::string_view text);

/// The ensemble as LightGBM text v4. Reading it back predicts the same, bit for bit, and writing
/// that gives the same bytes. XGBoost's comparison `less` becomes `less_equal` with the largest
/// threshold that decides alike; a base score becomes a first tree of one leaf; covers become
/// whole numbers (scaled where they are not).
/// Errors: invalid_argument for a categorical split that sends NaN left: LightGBM cannot say that.
[[nodiscard]] Result<std::string> lightgbm_text(const Ensemble& ensemble);

/// The threshold t of `x <= t` in double that decides for every double x as XGBoost's
/// float(x) < `threshold` does.
[[nodiscard]] double less_equal_threshold(float threshold);

}  // namespace hvac::trees
