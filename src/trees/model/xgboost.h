#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "trees/model/ensemble.h"

namespace hvac::trees {

/// The ensemble in an XGBoost JSON model (gbtree or dart, one output; versions 1.6 to 3).
/// Weights of dropped-out trees are already multiplied into the leaves; `base_score` is the
/// margin, so that transformed(base_score + sum of trees) is what XGBoost predicts.
/// Errors: invalid_argument for anything malformed, truncated or hostile, naming the byte of the
///         JSON or the tree and node.
/// Source: XGBoost 1.7, doc/model.schema and src/tree/tree_model.cc.
[[nodiscard]] Result<Ensemble> parse_xgboost(std::string_view text);

/// The ensemble as XGBoost JSON, as XGBoost 1.7 loads it. Thresholds and leaves become float.
/// Errors: invalid_argument when XGBoost has no word for it: zero as missing, a categorical split
///         that sends fractions or NaN its own way, linear leaves, an unknown objective.
[[nodiscard]] Result<std::string> xgboost_text(const Ensemble& ensemble);

}  // namespace hvac::trees
