#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "trees/model/ensemble.h"

/// Ensembles brought to one plain form that every fast engine starts from. Internal to predict/.
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

/// Right when column > threshold; NaN goes left or right as `nan_left` says.
struct FloatSplit {
  float threshold = 0.0F;
  std::uint32_t column = 0;
  std::int32_t left = -1;  ///< As in Split: node, or ~leaf.
  std::int32_t right = -1;
  bool nan_left = true;
};

struct FloatTree {
  std::vector<FloatSplit> splits;
  std::vector<float> leaves;
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
  std::vector<FloatTree> trees;  ///< By output.
  std::vector<OutputRule> outputs;
};

/// `ensembles` as a forest, or nothing when one has linear leaves or leaves too large for float.
/// They pass check_ensemble and have the same features.
[[nodiscard]] std::optional<Forest> make_forest(std::span<const Ensemble> ensembles);

/// The value of `column` for a row of features.
[[nodiscard]] float column_value(const Column& column, const float* row);

/// The prediction that `sum` of leaves stands for.
[[nodiscard]] double finish(const OutputRule& rule, float sum);

}  // namespace hvac::trees
