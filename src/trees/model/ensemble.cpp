#include "trees/model/ensemble.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace hvac::trees {
namespace {

tl::unexpected<Error> wrong(std::string what) {
  return fail(ErrorCode::invalid_argument, std::move(what));
}

Result<void> check_split(const Tree& tree, std::size_t node, std::size_t features) {
  const Split& split = tree.splits[node];
  if (split.feature < 0 || static_cast<std::size_t>(split.feature) >= features) {
    return wrong(fmt::format("node {} splits feature {} of {}", node, split.feature, features));
  }
  if (split.categorical) {
    const std::size_t end = std::size_t{split.category_begin} + split.category_words;
    if (end > tree.category_bits.size()) {
      return wrong(fmt::format("node {} has categories up to word {} of {}", node, end,
                               tree.category_bits.size()));
    }
  } else if (std::isnan(split.threshold)) {
    return wrong(fmt::format("node {} has threshold {}", node, split.threshold));
  }
  return {};
}

// Every node and leaf is reached exactly once from the root.
Result<void> check_shape(const Tree& tree) {
  std::vector<char> node_seen(tree.splits.size(), 0);
  std::vector<char> leaf_seen(tree.leaf_values.size(), 0);
  std::vector<std::int32_t> open{tree.splits.empty() ? -1 : 0};
  while (!open.empty()) {
    const std::int32_t at = open.back();
    open.pop_back();
    const bool leaf = at < 0;
    const std::size_t i = static_cast<std::size_t>(leaf ? ~at : at);
    std::vector<char>& seen = leaf ? leaf_seen : node_seen;
    if (i >= seen.size()) {
      return wrong(fmt::format("{} {} of {} is a child", leaf ? "leaf" : "node", i, seen.size()));
    }
    if (std::exchange(seen[i], 1) != 0) {
      return wrong(fmt::format("{} {} is a child twice", leaf ? "leaf" : "node", i));
    }
    if (!leaf) {
      open.push_back(tree.splits[i].left);
      open.push_back(tree.splits[i].right);
    }
  }
  if (std::ranges::count(node_seen, 0) + std::ranges::count(leaf_seen, 0) > 0) {
    return wrong("some nodes cannot be reached from the root");
  }
  return {};
}

Result<void> check_linear(const Tree& tree, std::size_t features) {
  if (!tree.linear.empty() && tree.linear.size() != tree.leaf_values.size()) {
    return wrong(
        fmt::format("{} linear leaves for {} leaves", tree.linear.size(), tree.leaf_values.size()));
  }
  for (std::size_t leaf = 0; leaf < tree.linear.size(); ++leaf) {
    const LinearLeaf& linear = tree.linear[leaf];
    if (linear.features.size() != linear.coefficients.size()) {
      return wrong(fmt::format("leaf {} has {} features for {} coefficients", leaf,
                               linear.features.size(), linear.coefficients.size()));
    }
    for (const std::int32_t feature : linear.features) {
      if (feature < 0 || static_cast<std::size_t>(feature) >= features) {
        return wrong(fmt::format("leaf {} uses feature {} of {}", leaf, feature, features));
      }
    }
    const bool finite =
        std::isfinite(linear.constant) &&
        std::ranges::all_of(linear.coefficients, [](double c) { return std::isfinite(c); });
    if (!finite)
      return wrong(fmt::format("leaf {} is linear with a value that is not finite", leaf));
  }
  return {};
}

}  // namespace

Result<void> check_tree(const Tree& tree, std::size_t features) {
  if (tree.leaf_values.size() != tree.splits.size() + 1) {
    return wrong(
        fmt::format("{} leaves for {} splits", tree.leaf_values.size(), tree.splits.size()));
  }
  if (!tree.leaf_covers.empty() && tree.leaf_covers.size() != tree.leaf_values.size()) {
    return wrong(
        fmt::format("{} covers for {} leaves", tree.leaf_covers.size(), tree.leaf_values.size()));
  }
  for (std::size_t leaf = 0; leaf < tree.leaf_values.size(); ++leaf) {
    if (!std::isfinite(tree.leaf_values[leaf])) {
      return wrong(fmt::format("leaf {} has value {}", leaf, tree.leaf_values[leaf]));
    }
  }
  for (std::size_t node = 0; node < tree.splits.size(); ++node) {
    if (auto ok = check_split(tree, node, features); !ok) return ok;
  }
  if (auto ok = check_linear(tree, features); !ok) return ok;
  return check_shape(tree);
}

Result<void> check_ensemble(const Ensemble& ensemble) {
  if (ensemble.feature_names.empty()) return wrong("there are no features");
  if (!std::isfinite(ensemble.base_score)) {
    return wrong(fmt::format("base score is {}", ensemble.base_score));
  }
  if (ensemble.average && ensemble.base_score != 0.0) {
    return wrong(fmt::format("an average of trees with base score {}", ensemble.base_score));
  }
  for (std::size_t i = 0; i < ensemble.trees.size(); ++i) {
    if (auto ok = check_tree(ensemble.trees[i], ensemble.feature_count()); !ok) {
      return wrong(fmt::format("tree {}: {}", i, ok.error().message));
    }
  }
  return {};
}

Result<void> check_ensembles(std::span<const Ensemble> ensembles) {
  if (ensembles.empty()) return fail(ErrorCode::invalid_argument, "there is no ensemble");
  for (const Ensemble& ensemble : ensembles) {
    if (ensemble.feature_names != ensembles.front().feature_names) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("the ensembles do not share their features: {} and {} of them",
                              ensembles.front().feature_count(), ensemble.feature_count()));
    }
    if (auto ok = check_ensemble(ensemble); !ok) return ok;
  }
  return {};
}

double transformed(Transform transform, double scale, double raw) {
  switch (transform) {
    case Transform::identity:
      return raw;
    case Transform::signed_square:
      return std::copysign(raw * raw, raw);
    case Transform::exponential:
      return std::exp(raw);
    case Transform::sigmoid:
      return 1.0 / (1.0 + std::exp(-scale * raw));
    case Transform::softplus:
      return std::log1p(std::exp(raw));
  }
  return raw;
}

std::size_t depth(const Tree& tree) {
  std::size_t deepest = 0;
  std::vector<std::pair<std::int32_t, std::size_t>> open{{tree.splits.empty() ? -1 : 0, 0}};
  while (!open.empty()) {
    const auto [at, level] = open.back();
    open.pop_back();
    deepest = std::max(deepest, level);
    if (at < 0) continue;
    open.emplace_back(tree.splits[static_cast<std::size_t>(at)].left, level + 1);
    open.emplace_back(tree.splits[static_cast<std::size_t>(at)].right, level + 1);
  }
  return deepest;
}

}  // namespace hvac::trees
