#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/number.h"
#include "trees/model/xgboost.h"
#include "trees/model/xgboost_objective.h"

namespace hvac::trees {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxFeatures = 65536;
constexpr double kLargest = 0x1.ffffffp127;  // What is not below it rounds to an infinite float.
constexpr std::int64_t kMaxNodes = 1 << 24;

tl::unexpected<Error> wrong(std::string what) {
  return fail(ErrorCode::invalid_argument, "XGBoost JSON: " + std::move(what));
}

// The value at a path of keys.
Result<const json::value*> at(const json::value& root,
                              std::initializer_list<std::string_view> path) {
  const json::value* value = &root;
  std::string where;
  for (const std::string_view key : path) {
    where += where.empty() ? std::string(key) : "." + std::string(key);
    const json::object* object = value->if_object();
    value = object != nullptr ? object->if_contains(key) : nullptr;
    if (value == nullptr) return wrong(where + " is missing");
  }
  return value;
}

std::optional<double> number(const json::value& value) {
  if (value.is_number()) return value.to_number<double>();
  if (!value.is_string()) return std::nullopt;
  // Parameters are numbers in quotes; XGBoost 3 puts base scores in brackets as well.
  std::string_view text = value.get_string();
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  return parse_number(text);
}

Result<double> number_at(const json::value& root, std::initializer_list<std::string_view> path) {
  const auto value = at(root, path);
  if (!value) return fail(value.error());
  const std::optional<double> read = number(**value);
  if (!read || !std::isfinite(*read)) {
    return wrong(fmt::format("{} is not a number", std::data(path)[path.size() - 1]));
  }
  return *read;
}

double number_or(const json::value& root, std::initializer_list<std::string_view> path,
                 double otherwise) {
  const auto value = at(root, path);
  return value ? number(**value).value_or(otherwise) : otherwise;
}

Result<std::string> text_at(const json::value& root, std::initializer_list<std::string_view> path) {
  const auto value = at(root, path);
  if (!value) return fail(value.error());
  if (!(*value)->is_string()) {
    return wrong(fmt::format("{} is not text", std::data(path)[path.size() - 1]));
  }
  return std::string((*value)->get_string());
}

// An array of numbers, one per node.
Result<std::vector<double>> numbers(const json::value& tree, std::string_view key,
                                    std::optional<std::size_t> size) {
  const auto value = at(tree, {key});
  if (!value) return fail(value.error());
  const json::array* array = (*value)->if_array();
  if (array == nullptr) return wrong(fmt::format("{} is not an array", key));
  if (size && array->size() != *size) {
    return wrong(fmt::format("{} has {} values for {} nodes", key, array->size(), *size));
  }
  std::vector<double> out;
  out.reserve(array->size());
  for (const json::value& item : *array) {
    const bool flag = item.is_bool();
    const std::optional<double> read =
        flag ? std::optional<double>(item.get_bool() ? 1.0 : 0.0) : number(item);
    if (!read || !(std::abs(*read) < kLargest)) {
      return wrong(fmt::format("{}[{}] is not a number that fits a float", key, out.size()));
    }
    out.push_back(*read);
  }
  return out;
}

// The same, as whole numbers from -1 up.
Result<std::vector<std::int32_t>> indices(const json::value& tree, std::string_view key,
                                          std::optional<std::size_t> size) {
  const auto values = numbers(tree, key, size);
  if (!values) return fail(values.error());
  std::vector<std::int32_t> out;
  out.reserve(values->size());
  for (const double value : *values) {
    if (!(value >= -1.0 && value <= std::numeric_limits<std::int32_t>::max()) ||
        value != std::floor(value)) {
      return wrong(fmt::format("{}[{}] is {}, not an index", key, out.size(), value));
    }
    out.push_back(static_cast<std::int32_t>(value));
  }
  return out;
}

// One tree's arrays as the file has them: a node per index, leaves marked by a left child of -1.
struct Nodes {
  std::vector<std::int32_t> left, right, feature;
  std::vector<double> condition, default_left, cover, gain;
  std::vector<std::int32_t> type, categories, category_node, category_begin, category_count;
};

Result<Nodes> read_nodes(const json::value& tree) {
  Nodes nodes;
  auto left = indices(tree, "left_children", std::nullopt);
  if (!left) return fail(left.error());
  nodes.left = std::move(*left);
  const std::size_t n = nodes.left.size();
  if (n == 0) return wrong("a tree has no nodes");

  const auto read_indices = [&](std::string_view key, std::vector<std::int32_t>& to,
                                std::optional<std::size_t> size) -> Result<void> {
    auto values = indices(tree, key, size);
    if (!values) return fail(values.error());
    to = std::move(*values);
    return {};
  };
  const auto read_numbers = [&](std::string_view key, std::vector<double>& to) -> Result<void> {
    auto values = numbers(tree, key, n);
    if (!values) return fail(values.error());
    to = std::move(*values);
    return {};
  };
  for (const auto& ok :
       {read_indices("right_children", nodes.right, n),
        read_indices("split_indices", nodes.feature, n),
        read_numbers("split_conditions", nodes.condition),
        read_numbers("default_left", nodes.default_left), read_numbers("sum_hessian", nodes.cover),
        read_numbers("loss_changes", nodes.gain)}) {
    if (!ok) return fail(ok.error());
  }
  nodes.type.assign(n, 0);
  if (at(tree, {"split_type"})) {
    for (const auto& ok : {read_indices("split_type", nodes.type, n),
                           read_indices("categories", nodes.categories, std::nullopt),
                           read_indices("categories_nodes", nodes.category_node, std::nullopt),
                           read_indices("categories_segments", nodes.category_begin, std::nullopt),
                           read_indices("categories_sizes", nodes.category_count, std::nullopt)}) {
      if (!ok) return fail(ok.error());
    }
  }
  return nodes;
}

// The set of a categorical node as bits appended to `tree`. XGBoost sends the set to the right.
Result<void> read_categories(const Nodes& nodes, std::size_t node, Tree& tree, Split& split) {
  constexpr std::int32_t kLimit = 1 << 24;
  std::size_t segment = 0;
  while (segment < nodes.category_node.size() &&
         static_cast<std::size_t>(nodes.category_node[segment]) != node) {
    ++segment;
  }
  if (segment >= nodes.category_begin.size() || segment >= nodes.category_count.size()) {
    return wrong(fmt::format("node {} has no categories", node));
  }
  const std::int64_t begin = nodes.category_begin[segment];
  const std::int64_t end = begin + nodes.category_count[segment];
  if (begin < 0 || end < begin || end > static_cast<std::int64_t>(nodes.categories.size())) {
    return wrong(fmt::format("node {} has categories {}..{} of {}", node, begin, end,
                             nodes.categories.size()));
  }
  split.categorical = true;
  split.category_begin = static_cast<std::uint32_t>(tree.category_bits.size());
  for (std::int64_t i = begin; i < end; ++i) {
    const std::int32_t category = nodes.categories[static_cast<std::size_t>(i)];
    if (category < 0 || category >= kLimit) {
      return wrong(fmt::format("node {} has category {}", node, category));
    }
    const auto word = static_cast<std::uint32_t>(category) / 32;
    if (word >= split.category_words) {
      split.category_words = word + 1;
      tree.category_bits.resize(split.category_begin + split.category_words, 0);
    }
    tree.category_bits[split.category_begin + word] |= 1U << (category % 32);
  }
  std::swap(split.left, split.right);
  split.default_left = !split.default_left;
  return {};
}

// Numbers the nodes that the root reaches: splits upwards from 0, leaf i as ~i. Deleted nodes stay
// in a pruned tree's arrays and are left out.
Result<std::vector<std::int32_t>> number_nodes(const Nodes& nodes) {
  const std::size_t n = nodes.left.size();
  constexpr std::int32_t kUnseen = std::numeric_limits<std::int32_t>::max();
  std::vector<std::int32_t> number(n, kUnseen);
  std::vector<std::size_t> open{0};
  std::int32_t splits = 0;
  std::int32_t leaves = 0;
  while (!open.empty()) {
    const std::size_t node = open.back();
    open.pop_back();
    if (number[node] != kUnseen) return wrong(fmt::format("node {} is a child twice", node));
    if (nodes.left[node] < 0) {
      number[node] = ~leaves++;
      continue;
    }
    number[node] = splits++;
    for (const std::int32_t child : {nodes.right[node], nodes.left[node]}) {
      if (child < 0 || static_cast<std::size_t>(child) >= n) {
        return wrong(fmt::format("node {} has child {} of {}", node, child, n));
      }
      open.push_back(static_cast<std::size_t>(child));
    }
  }
  return number;
}

double as_float(double value) { return static_cast<double>(static_cast<float>(value)); }

Result<Tree> read_tree(const json::value& value, double weight) {
  const auto nodes = read_nodes(value);
  if (!nodes) return fail(nodes.error());
  const auto number = number_nodes(*nodes);
  if (!number) return fail(number.error());
  Tree tree;
  const std::size_t n = nodes->left.size();
  std::size_t splits = 0;
  std::size_t reached = 0;
  for (const std::int32_t id : *number) {
    splits += id >= 0 && id != std::numeric_limits<std::int32_t>::max() ? 1 : 0;
    reached += id != std::numeric_limits<std::int32_t>::max() ? 1 : 0;
  }
  tree.splits.resize(splits);
  tree.leaf_values.resize(reached - splits);
  tree.leaf_covers.resize(reached - splits);
  for (std::size_t node = 0; node < n; ++node) {
    const std::int32_t id = (*number)[node];
    if (id == std::numeric_limits<std::int32_t>::max()) continue;
    if (id < 0) {
      tree.leaf_values[static_cast<std::size_t>(~id)] = weight * as_float(nodes->condition[node]);
      tree.leaf_covers[static_cast<std::size_t>(~id)] = nodes->cover[node];
      continue;
    }
    Split& split = tree.splits[static_cast<std::size_t>(id)];
    split.feature = nodes->feature[node];
    split.threshold = as_float(nodes->condition[node]);
    split.left = (*number)[static_cast<std::size_t>(nodes->left[node])];
    split.right = (*number)[static_cast<std::size_t>(nodes->right[node])];
    split.default_left = nodes->default_left[node] != 0.0;
    split.gain = nodes->gain[node];
    split.cover = nodes->cover[node];
    if (nodes->type[node] == 1) {
      if (auto ok = read_categories(*nodes, node, tree, split); !ok) return fail(ok.error());
    }
  }
  return tree;
}

Result<void> read_features(const json::value& learner, Ensemble& ensemble) {
  const auto count = number_at(learner, {"learner_model_param", "num_feature"});
  if (!count) return fail(count.error());
  if (*count < 0 || *count > kMaxFeatures || *count != std::floor(*count)) {
    return wrong(fmt::format("num_feature {} is outside 0..{}", *count, kMaxFeatures));
  }
  const auto n = static_cast<std::size_t>(*count);
  const auto names = at(learner, {"feature_names"});
  if (names && (*names)->is_array() && !(*names)->get_array().empty()) {
    for (const json::value& name : (*names)->get_array()) {
      if (!name.is_string()) return wrong("a feature name is not text");
      ensemble.feature_names.emplace_back(name.get_string());
    }
    if (ensemble.feature_names.size() != n) {
      return wrong(
          fmt::format("{} feature names for {} features", ensemble.feature_names.size(), n));
    }
    return {};
  }
  for (std::size_t i = 0; i < n; ++i) ensemble.feature_names.push_back(fmt::format("f{}", i));
  return {};
}

Result<void> read_objective(const json::value& learner, Ensemble& ensemble) {
  for (const std::string_view key : {"num_class", "num_target"}) {
    const double outputs = number_or(learner, {"learner_model_param", key}, 0.0);
    if (outputs > 1.0) return wrong(fmt::format("{} is {}: only one output is read", key, outputs));
  }
  const auto name = text_at(learner, {"objective", "name"});
  if (!name) return fail(name.error());
  const XgboostObjective* objective = find_objective(*name);
  if (objective == nullptr) return wrong("objective " + *name + " is not one this program knows");
  const auto base = number_at(learner, {"learner_model_param", "base_score"});
  if (!base) return fail(base.error());
  ensemble.objective = *name;
  ensemble.transform = objective->transform;
  ensemble.base_score = margin(*objective, *base);
  return {};
}

Result<void> read_trees(const json::value& booster, Ensemble& ensemble) {
  const auto name = text_at(booster, {"name"});
  if (!name) return fail(name.error());
  const bool dart = *name == "dart";
  if (!dart && *name != "gbtree") return wrong("booster " + *name + " has no trees to read");
  const json::value* holder = &booster;
  std::vector<double> weights;
  if (dart) {
    const auto inner = at(booster, {"gbtree"});
    if (!inner) return fail(inner.error());
    holder = *inner;
    auto drop = numbers(booster, "weight_drop", std::nullopt);
    if (!drop) return fail(drop.error());
    weights = std::move(*drop);
  }
  const auto trees = at(*holder, {"model", "trees"});
  if (!trees) return fail(trees.error());
  if (!(*trees)->is_array()) return wrong("trees is not an array");
  const json::array& array = (*trees)->get_array();
  if (dart && weights.size() != array.size()) {
    return wrong(fmt::format("{} weights for {} trees", weights.size(), array.size()));
  }
  std::int64_t nodes = 0;
  for (std::size_t i = 0; i < array.size(); ++i) {
    auto tree = read_tree(array[i], dart ? as_float(weights[i]) : 1.0);
    if (!tree) return wrong(fmt::format("tree {}: {}", i, tree.error().message));
    nodes += static_cast<std::int64_t>(tree->splits.size() + tree->leaf_values.size());
    if (nodes > kMaxNodes) return wrong(fmt::format("more than {} nodes", kMaxNodes));
    ensemble.trees.push_back(std::move(*tree));
  }
  return {};
}

}  // namespace

Result<Ensemble> parse_xgboost(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return wrong(document.error().message);
  const auto learner = at(*document, {"learner"});
  if (!learner) return fail(learner.error());
  const auto booster = at(**learner, {"gradient_booster"});
  if (!booster) return fail(booster.error());

  Ensemble ensemble;
  ensemble.comparison = Comparison::less;
  if (auto ok = read_features(**learner, ensemble); !ok) return fail(ok.error());
  if (auto ok = read_objective(**learner, ensemble); !ok) return fail(ok.error());
  if (auto ok = read_trees(**booster, ensemble); !ok) return fail(ok.error());
  if (auto ok = check_ensemble(ensemble); !ok) return wrong(ok.error().message);
  return ensemble;
}

}  // namespace hvac::trees
