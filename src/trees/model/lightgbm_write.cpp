#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>

#include "base/number.h"
#include "trees/model/lightgbm.h"
#include "trees/model/lightgbm_objective.h"

namespace hvac::trees {
namespace {

template <class Values, class Text>
void line(std::string& out, std::string_view key, const Values& values, Text&& text) {
  out += key;
  out += '=';
  bool first = true;
  for (const auto& value : values) {
    if (!std::exchange(first, false)) out += ' ';
    out += text(value);
  }
  out += '\n';
}

std::string whole_text(double value) { return fmt::format("{:.0f}", value); }

// Numbers per split and per leaf.
struct PerNode {
  std::vector<double> splits;
  std::vector<double> leaves;

  double& at(std::int32_t child) {
    return child >= 0 ? splits[static_cast<std::size_t>(child)]
                      : leaves[static_cast<std::size_t>(~child)];
  }
};

// The splits, each after its parent.
std::vector<std::size_t> downwards(const Tree& tree) {
  std::vector<std::size_t> order;
  if (!tree.splits.empty()) order.push_back(0);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Split& split = tree.splits[order[i]];
    for (const std::int32_t child : {split.left, split.right}) {
      if (child >= 0) order.push_back(static_cast<std::size_t>(child));
    }
  }
  return order;
}

// Covers as whole numbers that fit LightGBM's int: as they are, or scaled to keep their ratios.
PerNode counts(const Tree& tree) {
  constexpr double kLargest = std::numeric_limits<std::int32_t>::max();
  constexpr double kScaledTotal = 1 << 30;
  PerNode out;
  for (const Split& split : tree.splits) out.splits.push_back(split.cover);
  out.leaves = tree.leaf_covers;
  out.leaves.resize(tree.leaf_values.size(), 0.0);
  const auto fits = [](double cover) {
    return cover >= 0.0 && cover <= kLargest && cover == std::floor(cover);
  };
  if (std::ranges::all_of(out.splits, fits) && std::ranges::all_of(out.leaves, fits)) return out;

  // What cannot be a cover counts as none, also in the total: written again, nothing changes.
  for (double& leaf : out.leaves) leaf = std::max(0.0, leaf);
  const double total = std::accumulate(out.leaves.begin(), out.leaves.end(), 0.0);
  const double scale = total > 0.0 ? kScaledTotal / total : 0.0;
  for (double& leaf : out.leaves) leaf = std::max(0.0, std::round(leaf * scale));
  const std::vector<std::size_t> order = downwards(tree);
  for (auto node = order.rbegin(); node != order.rend(); ++node) {
    const Split& split = tree.splits[*node];
    out.splits[*node] = out.at(split.left) + out.at(split.right);
  }
  return out;
}

// What a prediction that stopped at each split would be: the mean of its leaves.
std::vector<double> inner_values(const Tree& tree, PerNode& count) {
  PerNode mean{std::vector<double>(tree.splits.size(), 0.0), tree.leaf_values};
  const std::vector<std::size_t> order = downwards(tree);
  for (auto node = order.rbegin(); node != order.rend(); ++node) {
    const Split& split = tree.splits[*node];
    const double left = count.at(split.left);
    const double right = count.at(split.right);
    if (left + right > 0.0) {
      mean.splits[*node] =
          (left * mean.at(split.left) + right * mean.at(split.right)) / (left + right);
    }
  }
  return std::move(mean.splits);
}

std::int32_t decision_type(const Split& split) {
  return (split.categorical ? 1 : 0) + (split.default_left ? 2 : 0) +
         4 * static_cast<std::int32_t>(split.missing);
}

void write_categories(std::string& out, const Tree& tree) {
  std::vector<std::size_t> bounds{0};
  std::vector<std::uint32_t> bits;
  for (const Split& split : tree.splits) {
    if (!split.categorical) continue;
    const auto begin = tree.category_bits.begin() + split.category_begin;
    bits.insert(bits.end(), begin, begin + split.category_words);
    bounds.push_back(bits.size());
  }
  if (bounds.size() == 1) return;
  const auto text = [](auto value) { return std::to_string(value); };
  line(out, "cat_boundaries", bounds, text);
  line(out, "cat_threshold", bits, text);
}

void write_linear(std::string& out, const Tree& tree) {
  out += tree.linear.empty() ? "is_linear=0\n" : "is_linear=1\n";
  if (tree.linear.empty()) return;
  std::vector<std::int32_t> features;
  std::vector<double> coefficients;
  for (const LinearLeaf& leaf : tree.linear) {
    features.insert(features.end(), leaf.features.begin(), leaf.features.end());
    coefficients.insert(coefficients.end(), leaf.coefficients.begin(), leaf.coefficients.end());
  }
  line(out, "leaf_const", tree.linear, [](const auto& leaf) { return number_text(leaf.constant); });
  line(out, "num_features", tree.linear,
       [](const auto& leaf) { return std::to_string(leaf.features.size()); });
  line(out, "leaf_features", features, [](auto value) { return std::to_string(value); });
  line(out, "leaf_coeff", coefficients, number_text);
}

std::string tree_text(const Tree& tree, Comparison comparison, std::size_t index) {
  PerNode count = counts(tree);
  std::size_t sets = 0;
  const auto threshold = [&](const Split& split) {
    if (split.categorical) return std::to_string(sets++);
    return number_text(comparison == Comparison::less
                           ? less_equal_threshold(static_cast<float>(split.threshold))
                           : split.threshold);
  };
  const auto of_splits = [&](auto member) {
    return [member](const Split& split) { return std::to_string(split.*member); };
  };
  std::string out = fmt::format("Tree={}\n", index);
  out += fmt::format("num_leaves={}\n", tree.leaf_values.size());
  out += fmt::format("num_cat={}\n", std::ranges::count(tree.splits, true, &Split::categorical));
  line(out, "split_feature", tree.splits, of_splits(&Split::feature));
  line(out, "split_gain", tree.splits, [](const Split& split) { return number_text(split.gain); });
  line(out, "threshold", tree.splits, threshold);
  line(out, "decision_type", tree.splits,
       [](const Split& split) { return std::to_string(decision_type(split)); });
  line(out, "left_child", tree.splits, of_splits(&Split::left));
  line(out, "right_child", tree.splits, of_splits(&Split::right));
  line(out, "leaf_value", tree.leaf_values, number_text);
  line(out, "leaf_weight", count.leaves, whole_text);
  line(out, "leaf_count", count.leaves, whole_text);
  line(out, "internal_value", inner_values(tree, count), number_text);
  line(out, "internal_weight", count.splits, whole_text);
  line(out, "internal_count", count.splits, whole_text);
  write_categories(out, tree);
  write_linear(out, tree);
  out += fmt::format("shrinkage={}\n\n\n", number_text(tree.shrinkage));
  return out;
}

// How often each used feature is split, most often first.
std::string importances(const Ensemble& ensemble) {
  std::vector<std::pair<std::size_t, std::size_t>> used(ensemble.feature_count());
  for (std::size_t i = 0; i < used.size(); ++i) used[i].second = i;
  for (const Tree& tree : ensemble.trees) {
    for (const Split& split : tree.splits) ++used[static_cast<std::size_t>(split.feature)].first;
  }
  std::ranges::stable_sort(used, std::greater<>(), &std::pair<std::size_t, std::size_t>::first);
  std::string out;
  for (const auto& [count, feature] : used) {
    if (count > 0) out += fmt::format("{}={}\n", ensemble.feature_names[feature], count);
  }
  return out;
}

Result<void> check_words(const Ensemble& ensemble) {
  for (std::size_t i = 0; i < ensemble.trees.size(); ++i) {
    for (const Split& split : ensemble.trees[i].splits) {
      if (split.categorical && split.default_left) {
        return fail(
            ErrorCode::invalid_argument,
            fmt::format("tree {}: LightGBM cannot send a missing category into the set", i));
      }
    }
  }
  for (const std::string& name : ensemble.feature_names) {
    if (name.empty() || name.find_first_of(" \n\r\t") != std::string::npos) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("feature name \"{}\": LightGBM takes no blanks in it", name));
    }
  }
  return {};
}

}  // namespace

double less_equal_threshold(float threshold) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float below = std::nextafter(threshold, -kInfinity);
  // Halfway to the float below; below -FLT_MAX as far as the next one would be.
  const double step = std::isinf(below)
                          ? static_cast<double>(std::nextafter(threshold, kInfinity)) -
                                static_cast<double>(threshold)
                          : static_cast<double>(threshold) - static_cast<double>(below);
  const double middle = static_cast<double>(threshold) - step / 2.0;
  return static_cast<float>(middle) < threshold
             ? middle
             : std::nextafter(middle, -std::numeric_limits<double>::infinity());
}

Result<std::string> lightgbm_text(const Ensemble& ensemble) {
  if (auto ok = check_words(ensemble); !ok) return fail(ok.error());
  std::vector<std::string> texts;
  if (ensemble.base_score != 0.0) {
    Tree base;
    base.leaf_values = {ensemble.base_score};
    base.leaf_covers = {0.0};
    texts.push_back(tree_text(base, ensemble.comparison, texts.size()));
  }
  for (const Tree& tree : ensemble.trees) {
    texts.push_back(tree_text(tree, ensemble.comparison, texts.size()));
  }
  const auto same = [](const std::string& text) -> const std::string& { return text; };
  std::string out = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\n";
  out +=
      fmt::format("max_feature_idx={}\n", static_cast<std::int64_t>(ensemble.feature_count()) - 1);
  out += "objective=" + lightgbm_objective(ensemble) + "\n";
  if (ensemble.average) out += "average_output\n";
  line(out, "feature_names", ensemble.feature_names, same);
  line(out, "feature_infos",
       ensemble.feature_infos.size() == ensemble.feature_count()
           ? ensemble.feature_infos
           : std::vector<std::string>(ensemble.feature_count(), "none"),
       same);
  line(out, "tree_sizes", texts,
       [](const std::string& text) { return std::to_string(text.size()); });
  out += '\n';
  for (const std::string& text : texts) out += text;
  out += "end of trees\n\nfeature_importances:\n" + importances(ensemble);
  out += "\nparameters:\n\nend of parameters\n";
  return out;
}

}  // namespace hvac::trees
