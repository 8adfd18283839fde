#pragma once

#include <cstdint>
#include <string>
#include <vector>

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

/// An inner node. Children >= 0 are nodes, negative ones are leaf ~child.
struct Split {
  std::int32_t feature = 0;
  double threshold = 0.0;
  std::int32_t left = -1;
  std::int32_t right = -1;
  MissingType missing = MissingType::nan;
  bool default_left = true;
  bool categorical =
      false;  ///< Then `threshold` is ignored and `categories` decides: left when in the set.
  std::uint32_t category_begin = 0;  ///< First 32-bit word of its set in Tree::category_bits ...
  std::uint32_t category_words = 0;  ///< ... and how many.
  double gain = 0.0;                 ///< Kept for writers; no effect on predictions.
  double cover = 0.0;  ///< Training weight (or count) that reached the node; TreeSHAP needs it.
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

/// Sum of trees plus `base_score`: one number per row. A value.
struct Ensemble {
  std::vector<std::string> feature_names;
  std::vector<std::string> feature_infos;  ///< LightGBM's range text per feature, kept for writers.
  std::vector<Tree> trees;
  double base_score = 0.0;
  Comparison comparison = Comparison::less_equal;
  bool average = false;   ///< Divide the sum of trees by their number (random forest).
  std::string objective;  ///< As the writer named it, e.g. "regression".

  std::size_t feature_count() const { return feature_names.size(); }
};

}  // namespace hvac::trees
