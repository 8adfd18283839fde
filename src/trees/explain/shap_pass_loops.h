#pragma once

#include "trees/explain/shap_pass.h"

/// The loops of the pass, included once for each CPU they are compiled for. Everything here has
/// internal linkage, so that no CPU's code ends up in another's.
namespace hvac::trees::shap {
namespace {

// Four doubles as one value: a register where the CPU has such. (Eight take longer: fewer trees
// have so many points.)
constexpr std::size_t kWidth = 4;
using Lanes [[gnu::vector_size(kWidth * sizeof(double)), gnu::may_alias]] = double;

inline Lanes* lanes(double* values) { return reinterpret_cast<Lanes*>(values); }
inline const Lanes* lanes(const double* values) { return reinterpret_cast<const Lanes*>(values); }

// Which child the row goes to, without a branch: half of them would be guessed wrong.
inline std::uint8_t side_of(const Node& node, const std::uint16_t* ranks) {
  return static_cast<std::uint8_t>(ranks[node.slot] > node.rank);
}

// What is known of the left child, and how the difference of the children counts, by the side the
// row goes to. Tables, and children at places that do not depend on the row: a store whose place is
// known late holds up every load after it.
constexpr double kLeftKnown[] = {1.0, 0.0};
constexpr double kSign[] = {1.0, -1.0};

// Shares out what reaches a split to its children: the left one's part is
//   (left_share z (1 - t) + o_left t) / f = left_share + (o_left - left_share) o t / f,
// `known` being o t / f.
template <std::size_t V>
inline void pass_on(const Node& node, std::uint8_t side, const Lanes* known, const Lanes* here,
                    Lanes* parts, Lanes* products) {
  Lanes* left = products + std::size_t{node.children[0]} * V;
  Lanes* right = products + std::size_t{node.children[1]} * V;
  const double gained = kLeftKnown[side] - node.left_share;
  for (std::size_t v = 0; v < V; ++v) {
    const Lanes all = here[v];
    const Lanes part = gained * known[v] + node.left_share;
    const Lanes taken = part * all;
    parts[v] = part;
    left[v] = taken;
    right[v] = all - taken;
  }
}

// Down the tree: where the row goes, and the products of the paths. V registers of points. What it
// is given by value stays in registers: nothing that is stored could change it.
template <std::size_t V>
inline void go_down(Tree tree, Points points, const std::uint16_t* __restrict ranks,
                    Scratch scratch) {
  Lanes* __restrict products = lanes(scratch.products);
  Lanes* __restrict parts = lanes(scratch.parts);
  const Lanes* __restrict at = lanes(points.at);
  std::uint8_t* __restrict sides = scratch.sides;
  std::uint8_t* __restrict known_above = scratch.known;
  for (std::size_t v = 0; v < V; ++v) products[v] = Lanes{} + 1.0;
  for (std::size_t u = 0; u < tree.plain; ++u) {
    const Node& node = tree.nodes[u];
    const std::uint8_t side = side_of(node, ranks);
    sides[u] = side;
    known_above[u] = 1;
    pass_on<V>(node, side, at, products + u * V, parts + 2 * u * V, products);
  }
  const Lanes* __restrict reciprocal = lanes(tree.reciprocals);
  for (std::size_t u = tree.plain; u < tree.splits; ++u, reciprocal += V) {
    const Node& node = tree.nodes[u];
    const Repeat& above = tree.repeats[u - tree.plain];
    const std::uint8_t side = side_of(node, ranks);
    const bool same_way = sides[above.node] == above.side;
    const auto known = static_cast<std::uint8_t>(
        above.first | (known_above[above.node] & static_cast<std::uint8_t>(same_way)));
    sides[u] = side;
    known_above[u] = known;
    const double one = known;
    Lanes* part = parts + 2 * u * V;
    Lanes known_part[V];
    for (std::size_t v = 0; v < V; ++v) {
      const Lanes factor = one * reciprocal[v];
      known_part[v] = at[v] * factor;
      part[V + v] = factor;
    }
    pass_on<V>(node, side, known_part, products + u * V, part, products);
  }
}

// Up the tree: the sums of the leaves, and what each split adds to its feature.
template <std::size_t V>
inline void go_up(Tree tree, Scratch scratch, double* values) {
  const Lanes* __restrict products = lanes(scratch.products);
  const Lanes* __restrict parts = lanes(scratch.parts);
  const std::uint8_t* __restrict sides = scratch.sides;
  Lanes* __restrict sums = lanes(scratch.sums);
  Lanes* __restrict phi = lanes(values);
  for (std::size_t leaf = 0; leaf <= tree.splits; ++leaf) {
    const double value = tree.leaves[leaf];
    for (std::size_t v = 0; v < V; ++v) {
      sums[(tree.splits + leaf) * V + v] = Lanes{} + value;
    }
  }
  // The sum at a split; returns what it adds to its feature where that is first split on.
  const auto join = [&](std::size_t u, std::size_t v) {
    const Node& node = tree.nodes[u];
    const std::uint8_t side = sides[u];
    const std::size_t left = std::size_t{node.children[0]} * V + v;
    const std::size_t right = std::size_t{node.children[1]} * V + v;
    const std::size_t cold = std::size_t{node.children[1 - side]} * V + v;
    const Lanes difference = sums[left] - sums[right];
    sums[u * V + v] = sums[right] + parts[2 * u * V + v] * difference;
    return kSign[side] * products[cold] * difference;
  };
  for (std::size_t u = tree.splits; u-- > tree.plain;) {
    Lanes* out = phi + std::size_t{tree.nodes[u].feature} * V;
    for (std::size_t v = 0; v < V; ++v) out[v] += join(u, v) * parts[(2 * u + 1) * V + v];
  }
  for (std::size_t u = tree.plain; u-- > 0;) {
    Lanes* out = phi + std::size_t{tree.nodes[u].feature} * V;
    for (std::size_t v = 0; v < V; ++v) out[v] += join(u, v);
  }
}

template <std::size_t V>
inline void run(const Tree& tree, const Points& points, const std::uint16_t* ranks,
                const Scratch& scratch, double* phi) {
  go_down<V>(tree, points, ranks, scratch);
  go_up<V>(tree, scratch, phi);
}

inline void run_any(const Tree& tree, const Points& points, const std::uint16_t* ranks,
                    const Scratch& scratch, double* phi) {
  switch (points.size) {
    case 4:
      return run<1>(tree, points, ranks, scratch, phi);
    case 8:
      return run<2>(tree, points, ranks, scratch, phi);
    case 16:
      return run<4>(tree, points, ranks, scratch, phi);
    default:
      return run<kMostPoints / kWidth>(tree, points, ranks, scratch, phi);
  }
}

}  // namespace
}  // namespace hvac::trees::shap
