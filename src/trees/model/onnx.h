#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "trees/model/ensemble.h"

namespace hvac::trees {

/// An ensemble and what it predicts.
struct NamedEnsemble {
  std::string name;
  Ensemble ensemble;
};

/// One ONNX graph that predicts all of `models`, in their order: input `features` [rows, features]
/// float, output `predictions` [rows, models] float, one TreeEnsembleRegressor (ai.onnx.ml opset 3)
/// and what transforms its sums. The metadata say `feature_names` and `target_names`, separated by
/// commas. Thresholds are rounded down to float, so that rows of floats fall into the same leaves;
/// NaN goes each split's default way. Passed by ONNX's own checker.
/// Errors: invalid_argument when the models do not share their features or their transform, or
///         have categorical splits, zero as missing or linear leaves: ONNX trees have no such
///         thing.
[[nodiscard]] Result<std::string> onnx_bytes(std::span<const NamedEnsemble> models);

}  // namespace hvac::trees
