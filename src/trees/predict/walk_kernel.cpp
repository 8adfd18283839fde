#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "trees/predict/kernel.h"

namespace hvac::trees {
namespace {

constexpr std::size_t kLanes = 8;  // Trees walked at once: their cache misses overlap.
constexpr std::size_t kSlotBits = 12;
constexpr std::size_t kMaxSlots = std::size_t{1} << kSlotBits;
constexpr std::size_t kMaxNodes = std::size_t{1} << (32 - kSlotBits);
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The right child follows the left one; a leaf is its own left child and never goes right.
struct Node {
  float threshold;
  std::uint32_t link;  // Left child, and the slot of the row to compare.

  std::uint32_t left() const { return link >> kSlotBits; }
  std::uint32_t slot() const { return link & (kMaxSlots - 1); }
};

// A column in up to three forms: NaN as -inf goes left at every node, as +inf right; and for
// thresholds of +inf, which only NaN is to the right of, 0 for every value and 1 for NaN.
enum class Form : std::uint8_t { nan_left, nan_right, only_nan };
struct Slot {
  std::uint32_t column;
  Form form;

  friend bool operator==(const Slot&, const Slot&) = default;
};
constexpr float kOnlyNanThreshold = 0.5F;

struct Group {
  std::array<std::uint32_t, kLanes> roots;
  std::uint32_t depth;
  std::uint32_t output;
};

std::size_t levels(const PlainTree& tree, std::int32_t at) {
  std::size_t deepest = 0;
  std::vector<std::pair<std::int32_t, std::size_t>> open{{at, 0}};
  while (!open.empty()) {
    const auto [node, level] = open.back();
    open.pop_back();
    deepest = std::max(deepest, level);
    if (node < 0) continue;
    open.emplace_back(tree.splits[static_cast<std::size_t>(node)].left, level + 1);
    open.emplace_back(tree.splits[static_cast<std::size_t>(node)].right, level + 1);
  }
  return deepest;
}

class WalkKernel final : public Kernel {
 public:
  explicit WalkKernel(const Forest& forest)
      : columns_(forest.columns), rules_(forest.outputs), features_(forest.features) {
    std::vector<std::pair<std::size_t, const PlainTree*>> trees;
    for (const PlainTree& tree : forest.trees) {
      trees.emplace_back(levels(tree, tree.splits.empty() ? -1 : 0), &tree);
    }
    // Trees of one output and about one depth walk together.
    std::ranges::stable_sort(
        trees, {}, [](const auto& entry) { return std::pair(entry.second->output, entry.first); });
    for (std::size_t i = 0; i < trees.size();) {
      Group& group = groups_.emplace_back();
      group.output = trees[i].second->output;
      group.depth = 0;
      for (std::uint32_t& root : group.roots) {
        const bool more = i < trees.size() && trees[i].second->output == group.output;
        root = more ? add(*trees[i].second) : add(PlainTree{{}, {0.0}, {}, group.output});
        if (more) group.depth = static_cast<std::uint32_t>(trees[i++].first);
      }
    }
  }

  void predict(const float* row, double* out) const override {
    std::array<float, kMaxSlots> slots;
    fill(row, slots.data());
    auto group = groups_.begin();
    for (std::size_t output = 0; output < rules_.size(); ++output) {
      float sum = 0.0F;
      for (; group != groups_.end() && group->output == output; ++group) {
        sum += walk(*group, slots.data());
      }
      out[output] = finish(rules_[output], static_cast<double>(sum));
    }
  }

  void predict_batch(const float* rows, std::size_t n, double* out) const override {
    for (std::size_t i = 0; i < n; ++i) predict(rows + i * features_, out + i * rules_.size());
  }

 private:
  // Appends the tree breadth first, so that siblings are neighbours. Returns its root.
  std::uint32_t add(const PlainTree& tree) {
    const auto root = static_cast<std::uint32_t>(nodes_.size());
    std::vector<std::int32_t> order{tree.splits.empty() ? -1 : 0};
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto self = static_cast<std::uint32_t>(nodes_.size());
      if (order[i] < 0) {
        nodes_.push_back({kInfinity, self << kSlotBits});
        values_.push_back(static_cast<float>(tree.leaves[static_cast<std::size_t>(~order[i])]));
        continue;
      }
      const PlainSplit& split = tree.splits[static_cast<std::size_t>(order[i])];
      const auto left = root + static_cast<std::uint32_t>(order.size());
      const float threshold = round_down(split.threshold);
      const Form form = split.nan_left           ? Form::nan_left
                        : threshold == kInfinity ? Form::only_nan
                                                 : Form::nan_right;
      nodes_.push_back({form == Form::only_nan ? kOnlyNanThreshold : threshold,
                        left << kSlotBits | index_of({split.column, form})});
      values_.push_back(0.0F);
      order.push_back(split.left);
      order.push_back(split.right);
    }
    return root;
  }

  std::uint32_t index_of(const Slot& slot) {
    const auto found = std::ranges::find(slots_, slot);
    if (found == slots_.end()) {
      slots_.push_back(slot);
      return static_cast<std::uint32_t>(slots_.size() - 1);
    }
    return static_cast<std::uint32_t>(found - slots_.begin());
  }

  void fill(const float* row, float* slots) const {
    for (const Slot& slot : slots_) {
      const Column& column = columns_[slot.column];
      const float value =
          column.kind == ColumnKind::value ? row[column.feature] : column_value(column, row);
      const bool missing = std::isnan(value);
      if (slot.form == Form::only_nan) {
        *slots++ = missing ? 1.0F : 0.0F;
      } else if (missing) {
        *slots++ = slot.form == Form::nan_left ? -kInfinity : kInfinity;
      } else {
        *slots++ = value;
      }
    }
  }

  float walk(const Group& group, const float* slots) const {
    const Node* nodes = nodes_.data();
    std::array<std::uint32_t, kLanes> at = group.roots;
    for (std::uint32_t level = 0; level < group.depth; ++level) {
#pragma GCC unroll 8
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const Node node = nodes[at[lane]];
        at[lane] = node.left() + static_cast<std::uint32_t>(slots[node.slot()] > node.threshold);
      }
    }
    float sum = 0.0F;
    for (const std::uint32_t lane : at) sum += values_[lane];
    return sum;
  }

  std::vector<Column> columns_;
  std::vector<OutputRule> rules_;
  std::size_t features_;
  std::vector<Slot> slots_;
  std::vector<Node> nodes_;
  std::vector<float> values_;  // Of the nodes that are leaves.
  std::vector<Group> groups_;  // By output.
};

}  // namespace

std::unique_ptr<const Kernel> make_walk_kernel(const Forest& forest) {
  std::size_t nodes = 0;
  for (const PlainTree& tree : forest.trees) nodes += tree.splits.size() + tree.leaves.size();
  nodes += kLanes * forest.outputs.size();  // The last group of an output may need filling up.
  if (nodes > kMaxNodes || 3 * forest.columns.size() > kMaxSlots) return nullptr;
  return std::make_unique<WalkKernel>(forest);
}

}  // namespace hvac::trees
