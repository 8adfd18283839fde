#include "trees/explain/shap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "trees/explain/quadrature.h"
#include "trees/explain/shap_pass.h"
#include "trees/predict/forest.h"
#include "trees/predict/kernel.h"
#include "trees/predict/quick_layout.h"

namespace hvac::trees {
namespace {

constexpr std::size_t kMostSplits = 32766;  // Children are numbered in 16 bits.
constexpr std::size_t kMostThresholds = 65534;
constexpr std::size_t kRegister = 8;  // Doubles in the widest: where each tree's table starts.
constexpr std::size_t kPointSizes[] = {4, 8, 16, shap::kMostPoints};

// A column's thresholds, and the slots of its ranks.
struct RankedColumn {
  Column column;
  std::vector<double> thresholds;
  std::optional<std::uint16_t> nan_left;
  std::optional<std::uint16_t> nan_right;
};

// A quadrature as the pass takes it, and what its sums are weighted with in the end.
struct PointRule {
  explicit PointRule(std::size_t size) : at(size), beside(size), weight(size) {
    const Quadrature rule = gauss_legendre(size);
    std::ranges::copy(rule.at, at.data());
    std::ranges::copy(rule.beside, beside.data());
    for (std::size_t q = 0; q < size; ++q) weight.data()[q] = rule.weight[q] / rule.beside[q];
  }
  AlignedArray<double> at, beside, weight;
};

// Where a tree's arrays begin.
struct TreePlace {
  std::size_t node = 0;
  std::size_t leaf = 0;
  std::size_t repeat = 0;
  std::size_t reciprocal = 0;
  std::size_t plain = 0;
  std::size_t splits = 0;
  std::size_t points = 0;  ///< Index into kPointSizes.
  std::uint32_t output = 0;
};

tl::unexpected<Error> cannot(std::string what) {
  return fail(ErrorCode::invalid_argument, "contributions: " + std::move(what));
}

shap::Pass fastest_pass() {
#if defined(__x86_64__)
  if (cpu_has_avx2()) return shap::pass_avx2;
#endif
  return shap::pass_portable;
}

}  // namespace

struct Explainer::Impl {
  std::size_t features = 0;
  std::vector<OutputRule> rules;
  std::vector<double> expected;  ///< Per output.
  std::vector<RankedColumn> columns;
  std::size_t slots = 0;
  std::vector<shap::Node> nodes;
  std::vector<double> leaves;
  std::vector<shap::Repeat> repeats;
  std::vector<double> shares;           ///< Of the repeats: z above the split.
  AlignedArray<double> reciprocals{0};  ///< Of the repeats, x the points of their tree.
  std::vector<TreePlace> trees;         ///< By output, then by points.
  std::vector<PointRule> point_rules;   ///< As kPointSizes.
  shap::Pass pass = fastest_pass();
};

struct Explainer::Workspace::Memory {
  Memory(std::size_t slots, std::size_t splits, std::size_t values, std::size_t phi_size)
      : ranks(slots),
        products(values),
        sums(values),
        parts(values),
        sides(splits),
        known(splits),
        phi(phi_size) {}

  std::vector<std::uint16_t> ranks;
  AlignedArray<double> products, sums, parts;
  std::vector<std::uint8_t> sides, known;
  AlignedArray<double> phi;
};

namespace {

// Lays a tree out as the pass wants it.
class TreeBuilder {
 public:
  TreeBuilder(const PlainTree& tree, Explainer::Impl& impl)
      : tree_(tree), impl_(impl), info_(tree.splits.size()) {}

  Result<TreePlace> build() {
    const std::size_t splits = tree_.splits.size();
    TreePlace place;
    place.node = impl_.nodes.size();
    place.leaf = impl_.leaves.size();
    place.repeat = impl_.repeats.size();
    place.splits = splits;
    place.output = tree_.output;
    if (splits > kMostSplits) {
      return cannot(fmt::format("a tree has {} leaves, more than {}", splits + 1, kMostSplits + 1));
    }
    if (auto ok = sum_covers(); !ok) return fail(ok.error());
    walk();
    const std::size_t wanted = (most_features_ + 1) / 2;
    while (place.points < std::size(kPointSizes) && kPointSizes[place.points] < wanted) {
      ++place.points;
    }
    if (place.points == std::size(kPointSizes)) {
      return cannot(fmt::format("a path has {} features, more than {}", most_features_,
                                2 * shap::kMostPoints));
    }
    place.plain = number_splits();
    for (const std::int32_t split : order_) write(split, place.plain);
    impl_.leaves.insert(impl_.leaves.end(), tree_.leaves.begin(), tree_.leaves.end());
    return place;
  }

 private:
  static constexpr std::int32_t kNoSplit = -1;

  // What is known of a split from the path to it.
  struct Info {
    double cover = 0.0;
    double share_above = 1.0;      // z of its feature.
    std::int32_t same = kNoSplit;  // The next split above on its feature ...
    std::uint8_t side = 0;         // ... and the child of that on the path.
    bool repeats = false;          // It or a split above it has such a split.
    std::uint16_t number = 0;
  };
  struct Open {
    std::int32_t at;
    std::size_t depth;
  };

  const PlainSplit& split(std::int32_t at) const {
    return tree_.splits[static_cast<std::size_t>(at)];
  }
  Info& info(std::int32_t at) { return info_[static_cast<std::size_t>(at)]; }
  std::uint32_t feature(std::int32_t at) const {
    return impl_.columns[split(at).column].column.feature;
  }
  double cover(std::int32_t at) {
    if (at >= 0) return info(at).cover;
    return tree_.leaf_covers.empty() ? 0.0 : tree_.leaf_covers[static_cast<std::size_t>(~at)];
  }
  double left_share(std::int32_t at) {
    return info(at).cover > 0.0 ? cover(split(at).left) / info(at).cover : 0.5;
  }

  // Parents before children.
  Result<void> sum_covers() {
    if (!tree_.splits.empty()) order_.push_back(0);
    for (std::size_t i = 0; i < order_.size(); ++i) {
      for (const std::int32_t child : {split(order_[i]).left, split(order_[i]).right}) {
        if (child >= 0) order_.push_back(child);
      }
    }
    for (auto at = order_.rbegin(); at != order_.rend(); ++at) {
      info(*at).cover = cover(split(*at).left) + cover(split(*at).right);
    }
    if (!order_.empty() && !(info(0).cover > 0.0 && std::isfinite(info(0).cover))) {
      return cannot("the model does not say how many training rows reached its leaves");
    }
    return {};
  }

  // Down every path: the splits above on the same feature, and how many features it has.
  void walk() {
    std::vector<std::int32_t> path;
    std::vector<Open> open;
    if (!order_.empty()) open.push_back({0, 0});
    while (!open.empty()) {
      const auto [at, depth] = open.back();
      open.pop_back();
      path.resize(depth);
      if (at < 0) {
        count_features(path);
        continue;
      }
      inherit(at, path);
      path.push_back(at);
      open.push_back({split(at).right, depth + 1});
      open.push_back({split(at).left, depth + 1});
    }
  }

  void inherit(std::int32_t at, const std::vector<std::int32_t>& path) {
    Info& here = info(at);
    if (!path.empty()) here.repeats = info(path.back()).repeats;
    for (std::size_t i = path.size(); i-- > 0;) {
      if (feature(path[i]) != feature(at)) continue;
      const std::int32_t next = i + 1 < path.size() ? path[i + 1] : at;
      const bool left = split(path[i]).left == next;
      here.same = path[i];
      here.side = left ? 0 : 1;
      const double share = left ? left_share(path[i]) : 1.0 - left_share(path[i]);
      here.share_above = info(path[i]).share_above * share;
      here.repeats = true;
      return;
    }
  }

  void count_features(const std::vector<std::int32_t>& path) {
    std::set<std::uint32_t> features;
    for (const std::int32_t at : path) features.insert(feature(at));
    most_features_ = std::max(most_features_, features.size());
  }

  // Those that need no Repeat first, parents before children still. Returns how many.
  std::size_t number_splits() {
    const auto rest =
        std::ranges::stable_partition(order_, [&](std::int32_t at) { return !info(at).repeats; });
    for (std::size_t i = 0; i < order_.size(); ++i) {
      info(order_[i]).number = static_cast<std::uint16_t>(i);
    }
    return order_.size() - rest.size();
  }

  void write(std::int32_t at, std::size_t plain) {
    const PlainSplit& from = split(at);
    const RankedColumn& column = impl_.columns[from.column];
    const auto number = [&](std::int32_t child) {
      return child >= 0 ? info(child).number
                        : static_cast<std::uint16_t>(tree_.splits.size() +
                                                     static_cast<std::size_t>(~child));
    };
    shap::Node node{};
    node.left_share = left_share(at);
    node.slot = from.nan_left ? *column.nan_left : *column.nan_right;
    node.rank = static_cast<std::uint16_t>(
        std::ranges::lower_bound(column.thresholds, from.threshold) - column.thresholds.begin());
    node.children[0] = number(from.left);
    node.children[1] = number(from.right);
    node.feature = static_cast<std::uint16_t>(feature(at));
    impl_.nodes.push_back(node);
    const Info& here = info(at);
    if (here.number < plain) return;
    impl_.shares.push_back(here.share_above);
    impl_.repeats.push_back(here.same == kNoSplit
                                ? shap::Repeat{0, 0, 1}
                                : shap::Repeat{info(here.same).number, here.side, 0});
  }

  const PlainTree& tree_;
  Explainer::Impl& impl_;
  std::vector<Info> info_;           // Per split.
  std::vector<std::int32_t> order_;  // The splits in the order of the pass.
  std::size_t most_features_ = 0;
};

Result<void> rank_columns(const Forest& forest, Explainer::Impl& impl) {
  for (const Column& column : forest.columns) {
    impl.columns.push_back({column, {}, std::nullopt, std::nullopt});
  }
  for (const PlainTree& tree : forest.trees) {
    for (const PlainSplit& split : tree.splits) {
      RankedColumn& column = impl.columns[split.column];
      column.thresholds.push_back(split.threshold);
      auto& slot = split.nan_left ? column.nan_left : column.nan_right;
      if (!slot) slot = static_cast<std::uint16_t>(impl.slots++);
    }
  }
  for (RankedColumn& column : impl.columns) {
    std::ranges::sort(column.thresholds);
    const auto unused = std::ranges::unique(column.thresholds);
    column.thresholds.erase(unused.begin(), unused.end());
    if (column.thresholds.size() > kMostThresholds) {
      return cannot(fmt::format("feature {} has {} thresholds, more than {}", column.column.feature,
                                column.thresholds.size(), kMostThresholds));
    }
  }
  if (impl.slots >= shap::kNanRight || impl.features >= shap::kNanRight) {
    return cannot(fmt::format("{} features are too many", impl.features));
  }
  return {};
}

double expected_leaf(const PlainTree& tree) {
  if (tree.splits.empty()) return tree.leaves.front();
  double sum = 0.0;
  double covers = 0.0;
  for (std::size_t leaf = 0; leaf < tree.leaves.size(); ++leaf) {
    sum += tree.leaf_covers[leaf] * tree.leaves[leaf];
    covers += tree.leaf_covers[leaf];
  }
  return sum / covers;
}

// 1 / f at every point for each split that inherits one, f = z (1 - t) + t.
void tabulate_reciprocals(Explainer::Impl& impl) {
  std::size_t size = 0;
  for (TreePlace& place : impl.trees) {
    size = (size + kRegister - 1) / kRegister * kRegister;
    place.reciprocal = size;
    size += (place.splits - place.plain) * kPointSizes[place.points];
  }
  impl.reciprocals = AlignedArray<double>(size);
  for (const TreePlace& place : impl.trees) {
    const PointRule& rule = impl.point_rules[place.points];
    double* out = impl.reciprocals.data() + place.reciprocal;
    for (std::size_t i = 0; i < place.splits - place.plain; ++i) {
      const double share = impl.shares[place.repeat + i];
      for (std::size_t q = 0; q < kPointSizes[place.points]; ++q) {
        *out++ = 1.0 / (share * rule.beside.data()[q] + rule.at.data()[q]);
      }
    }
  }
}

// The rank of every column's value, in the slots of either way that NaN may go.
void rank_row(const Explainer::Impl& impl, std::span<const double> row, std::uint16_t* ranks) {
  for (const RankedColumn& column : impl.columns) {
    const double value = column_value(column.column, row.data());
    const bool missing = std::isnan(value);
    const auto below = static_cast<std::uint16_t>(
        missing ? 0
                : std::ranges::lower_bound(column.thresholds, value) - column.thresholds.begin());
    if (column.nan_left) ranks[*column.nan_left] = below;
    if (column.nan_right) ranks[*column.nan_right] = missing ? shap::kNanRight : below;
  }
}

}  // namespace

Explainer::Workspace::Workspace(std::unique_ptr<Memory> memory) : memory_(std::move(memory)) {}
Explainer::Workspace::~Workspace() = default;
Explainer::Workspace::Workspace(Workspace&&) noexcept = default;
Explainer::Workspace& Explainer::Workspace::operator=(Workspace&&) noexcept = default;

Explainer::Explainer(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Explainer::~Explainer() = default;
Explainer::Explainer(Explainer&&) noexcept = default;
Explainer& Explainer::operator=(Explainer&&) noexcept = default;

Result<Explainer> Explainer::make(std::span<const Ensemble> ensembles) {
  if (auto ok = check_ensembles(ensembles); !ok) return fail(ok.error());
  const auto forest = make_forest(ensembles);
  if (!forest) return cannot("trees with linear leaves have none");
  auto impl = std::make_unique<Impl>();
  impl->features = forest->features;
  impl->rules = forest->outputs;
  for (const OutputRule& rule : impl->rules) impl->expected.push_back(rule.base);
  if (auto ok = rank_columns(*forest, *impl); !ok) return fail(ok.error());
  for (const PlainTree& tree : forest->trees) {
    const auto place = TreeBuilder(tree, *impl).build();
    if (!place) return fail(place.error());
    impl->trees.push_back(*place);
    impl->expected[tree.output] += impl->rules[tree.output].factor * expected_leaf(tree);
  }
  std::ranges::stable_sort(impl->trees, {}, [](const TreePlace& place) {
    return std::pair(place.output, place.points);
  });
  for (const std::size_t size : kPointSizes) impl->point_rules.emplace_back(size);
  tabulate_reciprocals(*impl);
  return Explainer(std::move(impl));
}

Explainer::Workspace Explainer::workspace() const {
  std::size_t splits = 0;
  std::size_t values = 0;
  std::size_t points = 0;
  for (const TreePlace& place : impl_->trees) {
    splits = std::max(splits, place.splits);
    points = std::max(points, kPointSizes[place.points]);
    values = std::max(values, (2 * place.splits + 1) * kPointSizes[place.points]);
  }
  return Workspace(
      std::make_unique<Workspace::Memory>(impl_->slots, splits, values, impl_->features * points));
}

void Explainer::explain(std::span<const double> row, Workspace& workspace,
                        std::span<double> out) const {
  Workspace::Memory& memory = *workspace.memory_;
  rank_row(*impl_, row, memory.ranks.data());
  const shap::Scratch scratch{memory.products.data(), memory.sums.data(), memory.parts.data(),
                              memory.sides.data(), memory.known.data()};
  std::fill(out.begin(), out.end(), 0.0);
  auto tree = impl_->trees.begin();
  while (tree != impl_->trees.end()) {
    const TreePlace first = *tree;
    const PointRule& rule = impl_->point_rules[first.points];
    const shap::Points points{rule.at.data(), rule.beside.data(), rule.at.size()};
    std::fill_n(memory.phi.data(), impl_->features * points.size, 0.0);
    for (;
         tree != impl_->trees.end() && tree->output == first.output && tree->points == first.points;
         ++tree) {
      impl_->pass({impl_->nodes.data() + tree->node, tree->plain, tree->splits,
                   impl_->repeats.data() + tree->repeat,
                   impl_->reciprocals.data() + tree->reciprocal, impl_->leaves.data() + tree->leaf},
                  points, memory.ranks.data(), scratch, memory.phi.data());
    }
    double* values = out.data() + first.output * (impl_->features + 1);
    for (std::size_t feature = 0; feature < impl_->features; ++feature) {
      double sum = 0.0;
      for (std::size_t q = 0; q < points.size; ++q) {
        sum += rule.weight.data()[q] * memory.phi.data()[feature * points.size + q];
      }
      values[feature] += impl_->rules[first.output].factor * sum;
    }
  }
  for (std::size_t output = 0; output < outputs(); ++output) {
    out[output * (impl_->features + 1) + impl_->features] = impl_->expected[output];
  }
}

std::size_t Explainer::features() const { return impl_->features; }
std::size_t Explainer::outputs() const { return impl_->rules.size(); }

}  // namespace hvac::trees
