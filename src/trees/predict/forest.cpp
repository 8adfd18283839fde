#include "trees/predict/forest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "trees/model/lightgbm.h"
#include "trees/predict/reference.h"

namespace hvac::trees {
namespace {

constexpr double kLargestLeaf = 1e30;  // A thousand million of them still sum to a float.
constexpr double kSetThreshold = 0.5;

class Builder {
 public:
  explicit Builder(std::size_t features) { forest_.features = features; }

  void add(const Ensemble& ensemble) {
    for (const Tree& tree : ensemble.trees) add(tree, ensemble.comparison);
    OutputRule rule;
    rule.base = ensemble.base_score;
    if (ensemble.average && !ensemble.trees.empty()) {
      rule.factor = 1.0 / static_cast<double>(ensemble.trees.size());
    }
    rule.transform = ensemble.transform;
    rule.transform_scale = ensemble.transform_scale;
    forest_.outputs.push_back(rule);
  }
  Forest finish() { return std::move(forest_); }

 private:
  void add(const Tree& tree, Comparison comparison) {
    PlainTree& out = forest_.trees.emplace_back();
    out.output = static_cast<std::uint32_t>(forest_.outputs.size());
    out.leaves = tree.leaf_values;
    out.leaf_covers = tree.leaf_covers;
    for (const Split& split : tree.splits) out.splits.push_back(make(tree, split, comparison));
  }

  PlainSplit make(const Tree& tree, const Split& split, Comparison comparison) {
    PlainSplit out;
    out.left = split.left;
    out.right = split.right;
    Column column;
    column.feature = static_cast<std::uint32_t>(split.feature);
    if (split.categorical) {
      column.kind = ColumnKind::category;
      column.comparison = comparison;
      const auto begin = tree.category_bits.begin() + split.category_begin;
      column.set.assign(begin, begin + split.category_words);
      out.threshold = kSetThreshold;
    } else {
      if (split.missing == MissingType::zero) column.kind = ColumnKind::zero_missing;
      out.threshold = comparison == Comparison::less_equal
                          ? split.threshold
                          : less_equal_threshold(static_cast<float>(split.threshold));
    }
    // Where NaN is no missing value it is read as zero.
    out.nan_left = split.categorical || split.missing != MissingType::none
                       ? split.default_left
                       : goes_left(tree, split, comparison, 0.0);
    out.column = index_of(column);
    return out;
  }

  std::uint32_t index_of(const Column& column) {
    const auto key = std::tuple(column.feature, column.kind, column.comparison, column.set);
    const auto [found, added] =
        index_.try_emplace(key, static_cast<std::uint32_t>(forest_.columns.size()));
    if (added) forest_.columns.push_back(column);
    return found->second;
  }

  Forest forest_;
  std::map<std::tuple<std::uint32_t, ColumnKind, Comparison, std::vector<std::uint32_t>>,
           std::uint32_t>
      index_;
};

template <class Real>
Real value_of(const Column& column, const Real* row) {
  const Real value = row[column.feature];
  switch (column.kind) {
    case ColumnKind::value:
      return value;
    case ColumnKind::zero_missing:
      return std::abs(static_cast<double>(value)) <= kZeroThreshold
                 ? std::numeric_limits<Real>::quiet_NaN()
                 : value;
    case ColumnKind::category:
      if (std::isnan(value)) return value;
      return in_set(column.set, column.comparison, static_cast<double>(value)) ? Real{0} : Real{1};
  }
  return value;
}

}  // namespace

std::optional<Forest> make_forest(std::span<const Ensemble> ensembles) {
  Builder builder(ensembles.front().feature_count());
  for (const Ensemble& ensemble : ensembles) {
    for (const Tree& tree : ensemble.trees) {
      if (!tree.linear.empty()) return std::nullopt;
    }
    builder.add(ensemble);
  }
  return builder.finish();
}

void centre_leaves(Forest& forest) {
  for (PlainTree& tree : forest.trees) {
    const auto [low, high] = std::ranges::minmax(tree.leaves);
    const double middle = low + (high - low) / 2.0;
    for (double& leaf : tree.leaves) leaf -= middle;
    OutputRule& rule = forest.outputs[tree.output];
    rule.base += rule.factor * middle;
  }
}

bool fits_float(const Forest& forest) {
  return std::ranges::all_of(forest.trees, [](const PlainTree& tree) {
    return std::ranges::all_of(tree.leaves,
                               [](double value) { return std::abs(value) <= kLargestLeaf; });
  });
}

float round_down(double threshold) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const auto rounded = static_cast<float>(threshold);
  return static_cast<double>(rounded) > threshold ? std::nextafter(rounded, -kInfinity) : rounded;
}

float column_value(const Column& column, const float* row) { return value_of(column, row); }
double column_value(const Column& column, const double* row) { return value_of(column, row); }

double finish(const OutputRule& rule, double sum) {
  return transformed(rule.transform, rule.transform_scale, rule.base + rule.factor * sum);
}

}  // namespace hvac::trees
