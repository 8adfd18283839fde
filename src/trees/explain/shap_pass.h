#pragma once

#include <cstddef>
#include <cstdint>

/// One tree's share of a row's contributions, as plain data for code that is compiled for one CPU.
/// Internal to explain/.
///
/// A feature's Shapley value is an integral over t in [0, 1] of a polynomial: at a leaf of value v
/// whose path splits the features j, with z_j the share of training rows that took j's branches of
/// the path and o_j whether this row takes them all (1 or 0),
///   phi_j = v (o_j - z_j) Integral Product_{i != j} (z_i (1 - t) + o_i t) dt,
/// because Integral t^k (1-t)^(d-1-k) dt = k! (d-1-k)! / d! is the weight of k features known
/// before j. Gauss-Legendre quadrature with half as many points as a path has features is exact. At
/// each point the products along all paths are made once down the tree (P) and the leaves' sums
/// once up (H); siblings share: with g the part of P that goes left,
///   P_left = g P, P_right = P - g P, H = H_right + g (H_left - H_right), and with hot the child
/// that the row goes to and cold the other
///   phi_j (1 - t) += P_cold (H_hot - H_cold) / f
/// where f = z (1 - t) + o t is j's factor above the split (1 when it is the first on j) and
/// nothing is added when o = 0.
/// Source: Lundberg et al., "Consistent Individualized Feature Attribution for Tree Ensembles"
/// (arXiv:1802.03888) for the values; the factorisation is derived above.
namespace hvac::trees::shap {

inline constexpr std::uint16_t kNanRight = 65535;  ///< Rank that is above every threshold's.

/// A split. Children count on from the splits: child s + i is leaf i of a tree of s splits. A
/// split's children come after it, and those with no split on their feature above them, nor any
/// such split above them, come first: they need no Repeat.
struct Node {
  double left_share;          ///< Of the training rows here, those that went left.
  std::uint16_t slot;         ///< Of the row's ranks ...
  std::uint16_t rank;         ///< ... left when that one is not above this.
  std::uint16_t children[2];  ///< Left, right.
  std::uint16_t feature;
};

/// What a split inherits from the next one above it on the same feature.
struct Repeat {
  std::uint16_t node;  ///< That split ...
  std::uint8_t side;   ///< ... and the child of it that leads here.
  std::uint8_t first;  ///< 1 where there is no such split.
};

struct Tree {
  const Node* nodes;
  std::size_t plain;  ///< Splits that need no Repeat.
  std::size_t splits;
  const Repeat* repeats;      ///< Of the other splits.
  const double* reciprocals;  ///< Of the other splits, x points: 1 / f for o = 1 above them.
  const double* leaves;       ///< splits + 1.
};

/// The points of the quadrature, `size` of them: 4, 8, 16 or kMostPoints.
inline constexpr std::size_t kMostPoints = 64;
struct Points {
  const double* at;      ///< t
  const double* beside;  ///< 1 - t
  std::size_t size;
};

/// Memory of the pass for trees of up to `splits` splits.
struct Scratch {
  double* products;     ///< P per node and leaf: (2 splits + 1) x points.
  double* sums;         ///< H, as many.
  double* parts;        ///< g per split, and o / f: 2 splits x points.
  std::uint8_t* sides;  ///< Per split: which child the row goes to.
  std::uint8_t* known;  ///< Per split: o above it.
};

/// Adds the tree's share to `phi` (feature x points).
using Pass = void (*)(const Tree& tree, const Points& points, const std::uint16_t* ranks,
                      const Scratch& scratch, double* phi);

void pass_portable(const Tree& tree, const Points& points, const std::uint16_t* ranks,
                   const Scratch& scratch, double* phi);
void pass_avx2(const Tree& tree, const Points& points, const std::uint16_t* ranks,
               const Scratch& scratch, double* phi);

}  // namespace hvac::trees::shap
