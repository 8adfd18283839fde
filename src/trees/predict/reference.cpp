#include "trees/predict/reference.h"

#include <cmath>

namespace hvac::trees {
namespace {

constexpr double kCategoryLimit = 2147483647.0;       // LightGBM reads a category as int.
constexpr double kXgboostCategoryLimit = 16777216.0;  // Largest integer a float counts to.

template <class Real>
std::size_t leaf_of(const Tree& tree, Comparison comparison, std::span<const Real> row) {
  std::int32_t at = tree.splits.empty() ? -1 : 0;
  while (at >= 0) {
    const Split& split = tree.splits[static_cast<std::size_t>(at)];
    const auto value = static_cast<double>(row[static_cast<std::size_t>(split.feature)]);
    at = goes_left(tree, split, comparison, value) ? split.left : split.right;
  }
  return static_cast<std::size_t>(~at);
}

// The leaf's value, or its linear model where the row has all the features of that.
template <class Real>
double output(const Tree& tree, std::size_t leaf, std::span<const Real> row) {
  if (tree.linear.empty()) return tree.leaf_values[leaf];
  const LinearLeaf& linear = tree.linear[leaf];
  double sum = linear.constant;
  for (std::size_t i = 0; i < linear.features.size(); ++i) {
    const auto value = static_cast<double>(row[static_cast<std::size_t>(linear.features[i])]);
    if (std::isnan(value)) return tree.leaf_values[leaf];
    sum += linear.coefficients[i] * value;
  }
  return sum;
}

template <class Real>
double predict(const Ensemble& ensemble, std::span<const Real> row) {
  double sum = ensemble.base_score;
  for (const Tree& tree : ensemble.trees) {
    sum += output(tree, leaf_of(tree, ensemble.comparison, row), row);
  }
  if (ensemble.average && !ensemble.trees.empty()) {
    sum /= static_cast<double>(ensemble.trees.size());
  }
  return transformed(ensemble.transform, ensemble.transform_scale, sum);
}

}  // namespace

// LightGBM truncates towards zero, so that -0.5 is category 0; XGBoost takes no negative value.
bool in_set(std::span<const std::uint32_t> bits, Comparison comparison, double value) {
  const bool valid = comparison == Comparison::less_equal
                         ? value > -1.0 && value <= kCategoryLimit
                         : value >= 0.0 && value < kXgboostCategoryLimit;
  if (!valid) return false;
  const auto category = static_cast<std::uint32_t>(value);
  const std::uint32_t word = category / 32;
  return word < bits.size() && ((bits[word] >> (category % 32)) & 1U) != 0;
}

bool goes_left(const Tree& tree, const Split& split, Comparison comparison, double value) {
  if (split.categorical) {
    const std::span<const std::uint32_t> bits(tree.category_bits);
    return std::isnan(value) ? split.default_left
                             : in_set(bits.subspan(split.category_begin, split.category_words),
                                      comparison, value);
  }
  if (std::isnan(value)) {
    if (split.missing == MissingType::nan) return split.default_left;
    value = 0.0;
  }
  if (split.missing == MissingType::zero && std::abs(value) <= kZeroThreshold) {
    return split.default_left;
  }
  return comparison == Comparison::less_equal
             ? value <= split.threshold
             : static_cast<float>(value) < static_cast<float>(split.threshold);
}

std::size_t find_leaf(const Tree& tree, Comparison comparison, std::span<const double> row) {
  return leaf_of(tree, comparison, row);
}

std::size_t find_leaf(const Tree& tree, Comparison comparison, std::span<const float> row) {
  return leaf_of(tree, comparison, row);
}

double predict_reference(const Ensemble& ensemble, std::span<const double> row) {
  return predict(ensemble, row);
}

double predict_reference(const Ensemble& ensemble, std::span<const float> row) {
  return predict(ensemble, row);
}

}  // namespace hvac::trees
