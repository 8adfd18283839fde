#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "trees/model/ensemble.h"

/// Ensembles brought to one plain form that the fast engines and explanations start from. Internal
/// to trees/.
namespace hvac::trees {

/// What a column of an engine's row is made from.
enum class ColumnKind : std::uint8_t {
  value,         ///< The feature itself.
  zero_missing,  ///< The feature, NaN where |x| <= kZeroThreshold.
  category,      ///< 0 in the set, 1 outside, NaN where the feature is.
};

struct Column {
  ColumnKind kind = ColumnKind::value;
  std::uint32_t feature = 0;
  std::vector<std::uint32_t> set;                  ///< Only for `category`: its bits.
  Comparison comparison = Comparison::less_equal;  ///< Only for `category`: who reads it.

  friend bool operator==(const Column&, const Column&) = default;
};

/// Left when column <= threshold, in double; NaN goes left or right as `nan_left` says.
struct PlainSplit {
  double threshold = 0.0;
  std::uint32_t column = 0;
  std::int32_t left = -1;  ///< As in Split: node, or ~leaf.
  std::int32_t right = -1;
  bool nan_left = true;
};

struct PlainTree {
  std::vector<PlainSplit> splits;
  std::vector<double> leaves;
  std::vector<double> leaf_covers;  ///< As in Tree.
  std::uint32_t output = 0;
};

/// How the sum of an output's leaves becomes its prediction.
struct OutputRule {
  double base = 0.0;
  double factor = 1.0;  ///< Of the sum of leaves: 1 / trees for an average.
  Transform transform = Transform::identity;
  double transform_scale = 1.0;
};

struct Forest {
  std::size_t features = 0;
  std::vector<Column> columns;
  std::vector<PlainTree> trees;  ///< By output.
  std::vector<OutputRule> outputs;
};

/// `ensembles` as a forest, or nothing when one has linear leaves. They pass check_ensemble and
/// have the same features.
[[nodiscard]] std::optional<Forest> make_forest(std::span<const Ensemble> ensembles);

/// Moves the middle of each tree's leaves into its output's base, which is a double: what floats
/// then sum is small, and so is their error.
void centre_leaves(Forest& forest);

/// Whether floats can hold the leaves and their sums.
[[nodiscard]] bool fits_float(const Forest& forest);

/// The largest float not above `threshold`: x <= threshold means the same for every float x.
[[nodiscard]] float round_down(double threshold);

/// The value of `column` for a row of features.
[[nodiscard]] float column_value(const Column& column, const float* row);
[[nodiscard]] double column_value(const Column& column, const double* row);

/// The prediction that `sum` of leaves stands for.
[[nodiscard]] double finish(const OutputRule& rule, double sum);

}  // namespace hvac::trees
