#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "trees/model/ensemble.h"

namespace hvac::trees {

/// The ensemble's prediction by a plain walk in double: the meaning every engine must equal.
/// `row`: one value per feature, NaN = missing. `ensemble` passes check_ensemble.
[[nodiscard]] double predict_reference(const Ensemble& ensemble, std::span<const double> row);
[[nodiscard]] double predict_reference(const Ensemble& ensemble, std::span<const float> row);

/// Whether a row whose value of the split's feature is `value` goes left at `split` of `tree`.
[[nodiscard]] bool goes_left(const Tree& tree, const Split& split, Comparison comparison,
                             double value);

/// Whether the category `value` is in the set of `bits`, as the writer with that comparison reads
/// it: fractions are cut off, what is no category is in no set.
[[nodiscard]] bool in_set(std::span<const std::uint32_t> bits, Comparison comparison, double value);

/// The leaf of `tree` that `row` falls into.
[[nodiscard]] std::size_t find_leaf(const Tree& tree, Comparison comparison,
                                    std::span<const double> row);
[[nodiscard]] std::size_t find_leaf(const Tree& tree, Comparison comparison,
                                    std::span<const float> row);

}  // namespace hvac::trees
