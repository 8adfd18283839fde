#pragma once

#include <span>

#include "trees/model/ensemble.h"

namespace hvac::trees {

/// The ensemble's prediction by a plain walk in double: the meaning every engine must equal.
/// `row`: one value per feature, NaN = missing.
[[nodiscard]] double predict_reference(const Ensemble& ensemble, std::span<const double> row);

}  // namespace hvac::trees
