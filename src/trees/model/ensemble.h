#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

/// Decision-tree ensembles as values. Knows no HVAC words.
namespace hvac::trees {

/// What a split does with a missing value.
enum class MissingType : std::uint8_t {
  none,  ///< NaN is read as 0.
  zero,  ///< NaN and |x| <= 1e-35 are missing.
  nan,   ///< NaN is missing.
};

enum class Comparison : std::uint8_t {
  less_equal,  ///< Left when x <= threshold, in double (LightGBM).
  less,        ///< Left when float(x) < float(threshold) (XGBoost).
};

/// What is done to the sum of trees to get the prediction.
enum class Transform : std::uint8_t {
  identity,
  signed_square,  ///< sign(x) x^2 (LightGBM "regression sqrt").
  exponential,    ///< exp(x) (Poisson, gamma, Tweedie).
  sigmoid,        ///< 1 / (1 + exp(-scale x)) (binary, logistic).
  softplus,       ///< log(1 + exp(x)) (LightGBM cross_entropy_lambda).
};

/// Values with |x| at most this are zero to MissingType::zero (LightGBM's kZeroThreshold).
inline constexpr double kZeroThreshold = 1e-35F;

/// An inner node. Children >= 0 are nodes, negative ones are leaf ~child.
struct Split {
  std::int32_t feature = 0;
  double threshold = 0.0;  ///< Infinite only where `less_equal` parts missing from present values.
  std::int32_t left = -1;
  std::int32_t right = -1;
  MissingType missing = MissingType::nan;
  bool default_left = true;
  bool categorical = false;          ///< Then `threshold` is ignored: left when the integer part of
                                     ///< the value is in the set; NaN goes the default way.
  std::uint32_t category_begin = 0;  ///< First 32-bit word of its set in Tree::category_bits ...
  std::uint32_t category_words = 0;  ///< ... and how many.
  double gain = 0.0;                 ///< Kept for writers; no effect on predictions.
  double cover = 0.0;                ///< Training weight or count that reached the node (TreeSHAP).
};

/// Linear part of a leaf (LightGBM linear_tree): value = constant + sum coefficient * x, used
/// only when all its features are present, else Leaf::value.
struct LinearLeaf {
  double constant = 0.0;
  std::vector<std::int32_t> features;
  std::vector<double> coefficients;
};

struct Tree {
  std::vector<Split> splits;  ///< Root is 0; empty when the tree is one leaf.
  std::vector<double> leaf_values;
  std::vector<double> leaf_covers;
  std::vector<std::uint32_t> category_bits;
  std::vector<LinearLeaf> linear;  ///< Empty, or one per leaf.
  double shrinkage = 1.0;          ///< Kept for writers; already applied to the values.
};

/// transform(base_score + sum of trees): one number per row. A value.
struct Ensemble {
  std::vector<std::string> feature_names;
  std::vector<std::string> feature_infos;  ///< LightGBM's range text per feature, kept for writers.
  std::vector<Tree> trees;
  double base_score = 0.0;
  Comparison comparison = Comparison::less_equal;
  bool average = false;  ///< Divide the sum of trees by their number (random forest); then
                         ///< base_score is 0.
  Transform transform = Transform::identity;
  double transform_scale = 1.0;  ///< Of Transform::sigmoid.
  std::string objective;         ///< As the writer named it, e.g. "regression".

  std::size_t feature_count() const { return feature_names.size(); }
};

/// Whether `tree` is one, over `features` features: each node is reached once from the root, no
/// cycle, indices are inside their arrays, thresholds are numbers, leaf values are finite.
/// Errors: invalid_argument, naming the node and what is wrong with it.
[[nodiscard]] Result<void> check_tree(const Tree& tree, std::size_t features);

/// The same of every tree of `ensemble`, and of what belongs to all. Readers give ensembles that
/// pass. Errors: invalid_argument, naming the tree as well.
[[nodiscard]] Result<void> check_ensemble(const Ensemble& ensemble);

/// Whether there are `ensembles`, all over the same features, and each passes check_ensemble.
/// Errors: invalid_argument.
[[nodiscard]] Result<void> check_ensembles(std::span<const Ensemble> ensembles);

/// The prediction that the sum of trees `raw` (base score included) stands for.
[[nodiscard]] double transformed(Transform transform, double scale, double raw);

/// Levels of splits above the deepest leaf: 0 for a tree of one leaf. `tree` passes the check.
[[nodiscard]] std::size_t depth(const Tree& tree);

}  // namespace hvac::trees
