#include "trees/predict/quick_layout.h"

#include <array>
#include <limits>
#include <utility>

namespace hvac::trees {
namespace {

using namespace quick;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::uint32_t kFirstLeaf = 0x80000000U;
constexpr std::uint8_t kNever = 255;  // No rank is above it, NaN's neither.

// A split as the scorer sees it: the leaves its first child has, and when they are cleared.
struct QuickSplit {
  std::uint32_t column;
  std::uint8_t threshold;  // Rank: the row goes right when its own is above.
  bool nan_left;
  bool inverted;  // The first child is the right one: cleared when the row goes left.
  std::uint32_t first_leaves;
};

struct QuickTree {
  std::uint32_t output;
  std::vector<QuickSplit> splits;
  std::array<float, kLeaves> leaves{};

  std::size_t steps() const {
    std::array<std::size_t, kPlanes> used{};
    for (const QuickSplit& split : splits) {
      for (std::size_t plane = 0; plane < kPlanes; ++plane) {
        used[plane] += byte(split.first_leaves, plane) != 0 ? 1 : 0;
      }
    }
    return std::ranges::max(used);
  }
  static std::uint8_t byte(std::uint32_t leaves, std::size_t plane) {
    return static_cast<std::uint8_t>(leaves >> (8 * plane));
  }
};

// The trees of some outputs, and the thresholds of each column that they use.
class Selection {
 public:
  Selection(const Forest& forest, std::vector<std::size_t> outputs) : outputs_(std::move(outputs)) {
    thresholds_.resize(forest.columns.size());
    index_.assign(forest.columns.size(), kUnused);
    for (const PlainTree& tree : forest.trees) {
      const auto found = std::ranges::find(outputs_, tree.output);
      if (found == outputs_.end()) continue;
      trees_.push_back(&tree);
      for (const PlainSplit& split : tree.splits) {
        thresholds_[split.column].push_back(round_down(split.threshold));
      }
    }
    for (std::size_t column = 0; column < thresholds_.size(); ++column) {
      auto& sorted = thresholds_[column];
      std::ranges::sort(sorted);
      sorted.erase(std::ranges::unique(sorted).begin(), sorted.end());
      if (sorted.empty()) continue;
      index_[column] = static_cast<std::uint32_t>(used_.size());
      used_.push_back(column);
    }
  }

  bool fits() const {
    return used_.size() <= kColumns && outputs_.size() <= kOutputs &&
           std::ranges::all_of(thresholds_,
                               [](const auto& all) { return all.size() <= kThresholds; }) &&
           std::ranges::all_of(trees_,
                               [](const auto* tree) { return tree->leaves.size() <= kLeaves; });
  }

  std::vector<QuickTree> trees() const {
    std::vector<QuickTree> out;
    for (const PlainTree* tree : trees_) out.push_back(quick_tree(*tree));
    return out;
  }
  const std::vector<std::size_t>& outputs() const { return outputs_; }
  const std::vector<std::size_t>& used() const { return used_; }
  const std::vector<float>& thresholds(std::size_t column) const { return thresholds_[column]; }

 private:
  static constexpr std::uint32_t kUnused = ~0U;

  static std::size_t leaf_count(const PlainTree& tree, std::int32_t at) {
    if (at < 0) return 1;
    const PlainSplit& split = tree.splits[static_cast<std::size_t>(at)];
    return leaf_count(tree, split.left) + leaf_count(tree, split.right);
  }

  // Numbers the leaves below `at`; returns them as a mask. At most 32 leaves deep.
  std::uint32_t visit(const PlainTree& tree, std::int32_t at, QuickTree& out,
                      std::size_t& next_leaf) const {
    if (at < 0) {
      out.leaves[next_leaf] = static_cast<float>(tree.leaves[static_cast<std::size_t>(~at)]);
      return kFirstLeaf >> next_leaf++;
    }
    const PlainSplit& split = tree.splits[static_cast<std::size_t>(at)];
    QuickSplit quick{};
    const auto& sorted = thresholds_[split.column];
    quick.column = index_[split.column];
    quick.threshold = static_cast<std::uint8_t>(
        std::ranges::lower_bound(sorted, round_down(split.threshold)) - sorted.begin());
    quick.nan_left = split.nan_left;
    quick.inverted = leaf_count(tree, split.right) < leaf_count(tree, split.left);
    quick.first_leaves = visit(tree, quick.inverted ? split.right : split.left, out, next_leaf);
    const std::uint32_t others =
        visit(tree, quick.inverted ? split.left : split.right, out, next_leaf);
    out.splits.push_back(quick);
    return quick.first_leaves | others;
  }

  QuickTree quick_tree(const PlainTree& tree) const {
    QuickTree out;
    out.output =
        static_cast<std::uint32_t>(std::ranges::find(outputs_, tree.output) - outputs_.begin());
    std::size_t next_leaf = 0;
    visit(tree, tree.splits.empty() ? -1 : 0, out, next_leaf);
    return out;
  }

  std::vector<std::size_t> outputs_;
  std::vector<const PlainTree*> trees_;
  std::vector<std::vector<float>> thresholds_;  // Per column of the forest, rising.
  std::vector<std::size_t> used_;               // Columns with thresholds.
  std::vector<std::uint32_t> index_;            // Column of the forest -> among the used.
};

struct Ranking {
  std::vector<RankColumn> columns;
  AlignedArray<float> tables;
};

Ranking make_ranking(const Selection& selection, const Forest& forest, bool own_columns) {
  std::vector<RankColumn> columns;
  std::size_t size = 0;
  for (std::size_t i = 0; i < selection.used().size(); ++i) {
    const std::size_t column = selection.used()[i];
    columns.push_back({own_columns ? static_cast<std::uint32_t>(i) : forest.columns[column].feature,
                       static_cast<std::uint32_t>(size)});
    size += kPivots * (2 + selection.thresholds(column).size() / kPivots);
  }
  size += kPivots * (1 + kPivots);  // What a NaN may read.
  Ranking ranking{std::move(columns), AlignedArray<float>(size)};
  std::fill_n(ranking.tables.data(), size, kInfinity);
  for (std::size_t i = 0; i < selection.used().size(); ++i) {
    const auto& thresholds = selection.thresholds(selection.used()[i]);
    float* table = ranking.tables.data() + ranking.columns[i].table;
    std::ranges::copy(thresholds, table + kPivots);
    for (std::size_t last = kPivots - 1; last < thresholds.size(); last += kPivots) {
      table[last / kPivots] = thresholds[last];
    }
  }
  return ranking;
}

void write_step(const QuickSplit& split, std::uint8_t bits, std::uint8_t* lane) {
  lane[0] = static_cast<std::uint8_t>(split.column + (split.nan_left ? 0U : kNanRightBit) +
                                      (split.inverted ? kInvertBit : 0U));
  lane[kVector] = split.threshold;
  lane[2 * kVector] = bits;
}

// Sixteen trees of one output at a time, the longest first. `trees` is sorted so.
void lay_out_groups(const std::vector<QuickTree>& trees, QuickLayout& layout) {
  std::vector<std::size_t> first;
  for (std::size_t i = 0; i < trees.size();) {
    first.push_back(i);
    const auto steps = static_cast<std::uint32_t>(trees[i].steps() + 1) & ~1U;
    layout.groups.push_back({steps, trees[i].output});
    const std::uint32_t output = trees[i].output;
    for (std::size_t lane = 0; lane < kGroupTrees && i < trees.size(); ++lane) {
      if (trees[i].output != output) break;
      ++i;
    }
  }
  first.push_back(trees.size());
  std::size_t steps = 0;
  for (const Group& group : layout.groups) steps += group.steps;
  layout.steps = AlignedArray<std::uint8_t>(steps * kStepBytes);
  layout.group_leaves = AlignedArray<float>(layout.groups.size() * kGroupTrees * kLeaves);

  std::uint8_t* data = layout.steps.data();
  for (std::size_t group = 0; group < layout.groups.size(); ++group) {
    for (std::uint32_t i = 0; i < layout.groups[group].steps; ++i) {
      std::fill_n(data + i * kStepBytes + kVector, kVector, kNever);
    }
    for (std::size_t i = first[group]; i < first[group + 1]; ++i) {
      const std::size_t tree = i - first[group];
      std::ranges::copy(trees[i].leaves,
                        layout.group_leaves.data() + (group * kGroupTrees + tree) * kLeaves);
      std::array<std::size_t, kPlanes> used{};
      for (const QuickSplit& split : trees[i].splits) {
        for (std::size_t plane = 0; plane < kPlanes; ++plane) {
          const std::uint8_t bits = QuickTree::byte(split.first_leaves, plane);
          if (bits == 0) continue;
          write_step(split, bits, data + kStepBytes * used[plane]++ + kPlanes * tree + plane);
        }
      }
    }
    data += layout.groups[group].steps * kStepBytes;
  }
}

std::uint32_t slot_of(const QuickSplit& split, std::vector<BatchSlot>& slots) {
  const BatchSlot wanted{split.column, static_cast<std::uint8_t>(split.nan_left ? 0 : 255),
                         static_cast<std::uint8_t>(split.inverted ? 255 : 0)};
  const auto found = std::ranges::find_if(slots, [&](const BatchSlot& slot) {
    return slot.column == wanted.column && slot.nan == wanted.nan && slot.invert == wanted.invert;
  });
  const auto index = static_cast<std::uint32_t>(found - slots.begin());
  if (found == slots.end()) slots.push_back(wanted);
  return index * static_cast<std::uint32_t>(kVector);
}

void lay_out_batch(const std::vector<QuickTree>& trees, QuickLayout& layout) {
  constexpr std::uint32_t kEachByte = 0x01010101;
  constexpr BatchSplit kNothing{kNever * kEachByte, 255 * kEachByte, 0};
  layout.tree_leaves = AlignedArray<float>(trees.size() * kLeaves);
  for (std::size_t i = 0; i < trees.size(); ++i) {
    const QuickTree& tree = trees[i];
    std::ranges::copy(tree.leaves, layout.tree_leaves.data() + i * kLeaves);
    const std::size_t begin = layout.batch_steps.size();
    const auto steps = static_cast<std::uint32_t>(tree.steps());
    layout.trees.push_back({steps, tree.output});
    layout.batch_steps.resize(begin + steps, {{kNothing, kNothing, kNothing, kNothing}});
    std::array<std::size_t, kPlanes> used{};
    for (const QuickSplit& split : tree.splits) {
      for (std::size_t plane = 0; plane < kPlanes; ++plane) {
        const std::uint8_t bits = QuickTree::byte(split.first_leaves, plane);
        if (bits == 0) continue;
        BatchSplit& out = layout.batch_steps[begin + used[plane]++].planes[plane];
        out.threshold = kEachByte * (split.inverted ? 254U - split.threshold : split.threshold);
        out.keep = kEachByte * static_cast<std::uint8_t>(~bits);
        out.slot = slot_of(split, layout.slots);
      }
    }
  }
}

QuickLayout lay_out(const Selection& selection, const Forest& forest) {
  bool plain = true;
  std::vector<Column> columns;
  for (const std::size_t column : selection.used()) {
    columns.push_back(forest.columns[column]);
    plain = plain && forest.columns[column].kind == ColumnKind::value;
  }
  Ranking ranking = make_ranking(selection, forest, !plain);
  QuickLayout layout{.columns = std::move(columns),
                     .plain = plain,
                     .outputs = selection.outputs(),
                     .rank_columns = std::move(ranking.columns),
                     .tables = std::move(ranking.tables),
                     .groups = {},
                     .steps = AlignedArray<std::uint8_t>(0),
                     .group_leaves = AlignedArray<float>(0),
                     .slots = {},
                     .trees = {},
                     .batch_steps = {},
                     .tree_leaves = AlignedArray<float>(0)};
  std::vector<QuickTree> trees = selection.trees();
  std::ranges::stable_sort(trees, [](const QuickTree& a, const QuickTree& b) {
    return std::pair(a.output, b.steps()) < std::pair(b.output, a.steps());
  });
  lay_out_groups(trees, layout);
  lay_out_batch(trees, layout);
  return layout;
}

}  // namespace

quick::View QuickLayout::view() const {
  return {rank_columns.data(), rank_columns.size(), tables.data(),       groups.data(),
          groups.size(),       steps.data(),        group_leaves.data(), slots.data(),
          slots.size(),        trees.data(),        trees.size(),        batch_steps.data(),
          tree_leaves.data(),  outputs.size()};
}

std::vector<QuickLayout> make_quick_layouts(const Forest& forest) {
  std::vector<QuickLayout> layouts;
  std::vector<std::size_t> all(forest.outputs.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  if (const Selection together(forest, all); together.fits()) {
    layouts.push_back(lay_out(together, forest));
    return layouts;
  }
  for (const std::size_t output : all) {
    const Selection alone(forest, {output});
    if (!alone.fits()) return {};
    layouts.push_back(lay_out(alone, forest));
  }
  return layouts;
}

}  // namespace hvac::trees
