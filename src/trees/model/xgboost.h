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

/// The ensemble as XGBoost JSON, as XGBoost 1.7 loads it: every row of finite floats falls into the
/// same leaves. Leaf values become float; an average is multiplied into them.
/// Errors: invalid_argument when XGBoost has no word for it: zero as missing, linear leaves, an
///         objective whose transform it does not know.
[[nodiscard]] Result<std::string> xgboost_text(const Ensemble& ensemble);

}  // namespace hvac::trees
