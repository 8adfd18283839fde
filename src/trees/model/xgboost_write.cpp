#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "base/json.h"
#include "trees/model/xgboost.h"
#include "trees/model/xgboost_objective.h"

namespace hvac::trees {
namespace {

constexpr std::int32_t kNoParent = std::numeric_limits<std::int32_t>::max();
constexpr std::uint32_t kCategoryLimit = 1U << 24;

tl::unexpected<Error> cannot(std::string what) {
  return fail(ErrorCode::invalid_argument, "XGBoost JSON: " + std::move(what));
}

constexpr double kLargest = std::numeric_limits<float>::max();

// The shortest text of a float, always with an exponent: XGBoost tells its types by that. What is
// too large (a gain may be) is the largest float.
std::string float_text(double value) {
  value = std::clamp(value, -kLargest, kLargest);
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, static_cast<float>(value),
                                    std::chars_format::scientific);
  return {buffer, result.ptr};
}

// The threshold of float x < t that decides as `split` does.
double less_threshold(const Split& split, Comparison comparison) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kMax = std::numeric_limits<float>::max();
  if (comparison == Comparison::less) return split.threshold;
  if (split.threshold >= static_cast<double>(kMax)) return static_cast<double>(kMax);
  auto below = static_cast<float>(split.threshold);
  if (static_cast<double>(below) > split.threshold) below = std::nextafter(below, -kInfinity);
  return static_cast<double>(std::nextafter(below, kInfinity));
}

// One tree's arrays, as text. XGBoost takes a right child to follow its left one: breadth first.
class TreeWriter {
 public:
  TreeWriter(const Tree& tree, Comparison comparison, double factor)
      : tree_(tree), comparison_(comparison), factor_(factor) {}

  Result<std::string> text(std::size_t index, std::size_t features) {
    order_.push_back(tree_.splits.empty() ? -1 : 0);
    parents_.push_back(kNoParent);
    for (std::size_t node = 0; node < order_.size(); ++node) {
      if (order_[node] < 0) {
        add_leaf(static_cast<std::size_t>(~order_[node]));
      } else if (auto ok = add(tree_.splits[static_cast<std::size_t>(order_[node])], node); !ok) {
        return fail(ok.error());
      }
    }
    return fmt::format(
        R"({{"base_weights":[{}],"categories":[{}],"categories_nodes":[{}],)"
        R"("categories_segments":[{}],"categories_sizes":[{}],"default_left":[{}],"id":{},)"
        R"("left_children":[{}],"loss_changes":[{}],"parents":[{}],"right_children":[{}],)"
        R"("split_conditions":[{}],"split_indices":[{}],"split_type":[{}],"sum_hessian":[{}],)"
        R"("tree_param":{{"num_deleted":"0","num_feature":"{}","num_nodes":"{}",)"
        R"("size_leaf_vector":"0"}}}})",
        fmt::join(weights_, ","), fmt::join(categories_, ","), fmt::join(category_nodes_, ","),
        fmt::join(category_begins_, ","), fmt::join(category_sizes_, ","),
        fmt::join(default_left_, ","), index, fmt::join(left_, ","), fmt::join(gains_, ","),
        fmt::join(parents_, ","), fmt::join(right_, ","), fmt::join(conditions_, ","),
        fmt::join(features_, ","), fmt::join(types_, ","), fmt::join(covers_, ","), features,
        parents_.size());
  }

 private:
  Result<void> add(const Split& split, std::size_t node) {
    if (split.missing == MissingType::zero) return cannot("zero cannot be a missing value");
    bool left_default = split.default_left;
    if (!split.categorical && split.missing == MissingType::none) {
      left_default = 0.0 <= split.threshold;
    }
    std::int32_t left = split.left;
    std::int32_t right = split.right;
    if (split.categorical) {  // XGBoost sends the set to the right.
      std::swap(left, right);
      left_default = !left_default;
      if (auto ok = add_categories(split, node); !ok) return ok;
    }
    left_.push_back(static_cast<std::int32_t>(order_.size()));
    right_.push_back(static_cast<std::int32_t>(order_.size()) + 1);
    for (const std::int32_t child : {left, right}) {
      order_.push_back(child);
      parents_.push_back(static_cast<std::int32_t>(node));
    }
    features_.push_back(split.feature);
    conditions_.push_back(float_text(split.categorical ? 0.0 : less_threshold(split, comparison_)));
    default_left_.push_back(left_default ? 1 : 0);
    types_.push_back(split.categorical ? 1 : 0);
    covers_.push_back(float_text(split.cover));
    gains_.push_back(float_text(split.gain));
    weights_.push_back(float_text(0.0));
    return {};
  }

  Result<void> add_categories(const Split& split, std::size_t node) {
    category_nodes_.push_back(node);
    category_begins_.push_back(categories_.size());
    for (std::uint32_t i = 0; i < 32 * split.category_words; ++i) {
      const std::uint32_t word = tree_.category_bits[split.category_begin + i / 32];
      if (((word >> (i % 32)) & 1U) == 0) continue;
      if (i >= kCategoryLimit) return cannot(fmt::format("category {} is too large", i));
      categories_.push_back(i);
    }
    category_sizes_.push_back(categories_.size() - category_begins_.back());
    return {};
  }

  void add_leaf(std::size_t leaf) {
    const std::string value = float_text(factor_ * tree_.leaf_values[leaf]);
    left_.push_back(-1);
    right_.push_back(-1);
    features_.push_back(0);
    conditions_.push_back(value);
    default_left_.push_back(0);
    types_.push_back(0);
    covers_.push_back(float_text(tree_.leaf_covers.empty() ? 0.0 : tree_.leaf_covers[leaf]));
    gains_.push_back(float_text(0.0));
    weights_.push_back(value);
  }

  const Tree& tree_;
  Comparison comparison_;
  double factor_;
  std::vector<std::int32_t> order_;  // Per node: the tree's split, or ~leaf.
  std::vector<std::int32_t> left_, right_, parents_, features_;
  std::vector<int> default_left_, types_;
  std::vector<std::string> conditions_, covers_, gains_, weights_;
  std::vector<std::size_t> category_nodes_, category_begins_, category_sizes_;
  std::vector<std::uint32_t> categories_;
};

// The ensemble's own objective where it is XGBoost's, else one with the same transform.
Result<const XgboostObjective*> objective_of(const Ensemble& ensemble) {
  const XgboostObjective* own = find_objective(ensemble.objective);
  if (own != nullptr && own->transform == ensemble.transform) return own;
  switch (ensemble.transform) {
    case Transform::identity:
      return find_objective("reg:squarederror");
    case Transform::exponential:
      return find_objective("count:poisson");
    case Transform::sigmoid:
      return find_objective("reg:logistic");
    case Transform::signed_square:
    case Transform::softplus:
      break;
  }
  return cannot("it has no objective like " + ensemble.objective);
}

std::string names_text(const Ensemble& ensemble) {
  boost::json::array names;
  for (const std::string& name : ensemble.feature_names) names.emplace_back(name);
  return json_text(names);
}

std::string types_text(const Ensemble& ensemble) {
  boost::json::array types(ensemble.feature_count(), "float");
  for (const Tree& tree : ensemble.trees) {
    for (const Split& split : tree.splits) {
      if (split.categorical) types[static_cast<std::size_t>(split.feature)] = "c";
    }
  }
  return json_text(types);
}

}  // namespace

Result<std::string> xgboost_text(const Ensemble& ensemble) {
  const auto objective = objective_of(ensemble);
  if (!objective) return fail(objective.error());
  const std::size_t n = ensemble.trees.size();
  double factor = ensemble.transform == Transform::sigmoid ? ensemble.transform_scale : 1.0;
  const double base = factor * ensemble.base_score;
  if (ensemble.average && n > 0) factor /= static_cast<double>(n);

  std::vector<std::string> trees;
  for (const Tree& tree : ensemble.trees) {
    if (!tree.linear.empty()) return cannot("leaves cannot be linear");
    if (std::ranges::any_of(tree.leaf_values,
                            [&](double leaf) { return !(std::abs(factor * leaf) <= kLargest); })) {
      return cannot("a leaf value does not fit a float");
    }
    auto text =
        TreeWriter(tree, ensemble.comparison, factor).text(trees.size(), ensemble.feature_count());
    if (!text) return fail(text.error());
    trees.push_back(std::move(*text));
  }
  const XgboostObjective& chosen = **objective;
  const double base_score = base_score_of(chosen, base);
  if (!(std::abs(base_score) <= kLargest)) return cannot("the base score does not fit a float");
  return fmt::format(
      R"({{"learner":{{"attributes":{{}},"feature_names":{},"feature_types":{},)"
      R"("gradient_booster":{{"model":{{"gbtree_model_param":{{"num_parallel_tree":"1",)"
      R"("num_trees":"{}","size_leaf_vector":"0"}},"tree_info":[{}],"trees":[{}]}},)"
      R"("name":"gbtree"}},"learner_model_param":{{"base_score":"{}","boost_from_average":"1",)"
      R"("num_class":"0","num_feature":"{}","num_target":"1"}},"objective":{{"name":"{}"{}}}}},)"
      R"("version":[1,7,4]}})",
      names_text(ensemble), types_text(ensemble), n, fmt::join(std::vector<int>(n, 0), ","),
      fmt::join(trees, ","), float_text(base_score), ensemble.feature_count(), chosen.name,
      chosen.parameters);
}

}  // namespace hvac::trees
