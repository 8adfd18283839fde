#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "trees/model/ensemble.h"

/// Gradient-boosted trees learned by XGBoost (hist, lossguide) from one binned matrix.
namespace hvac::trees {

/// A feature matrix whose values are reduced to a few levels per feature, once, for all targets:
/// every ensemble learned from it takes its thresholds from the same fewer than `max_bin` values
/// per feature. A value; reading it from several threads is safe.
struct BinnedMatrix {
  std::vector<std::string> feature_names;
  std::size_t rows = 0;
  std::vector<float> values;  ///< rows x features, row-major: each the level it belongs to, NaN =
                              ///< missing.
  std::vector<std::vector<float>> levels;  ///< Per feature, rising: the lower bound of each level.
};

/// `values`: rows x feature_names.size(), row-major, NaN = missing. `max_bin` in 4..255. Level
/// bounds lie halfway between neighbouring values, levels hold about equally many rows.
/// Errors: invalid_argument on a wrong size or an infinite value (row and feature named).
[[nodiscard]] Result<BinnedMatrix> bin_matrix(std::span<const float> values,
                                              std::vector<std::string> feature_names,
                                              int max_bin = 255);

struct LearnOptions {
  int rounds = 300;
  int max_leaves = 31;
  int max_depth = 0;  ///< 0 = no limit.
  double learning_rate = 0.05;
  double row_sample = 0.8;      ///< Fraction of rows per tree.
  double feature_sample = 0.6;  ///< Fraction of features per tree.
  double min_child_weight = 8.0;
  double l2 = 2.0;
  std::string objective = "reg:squarederror";  ///< XGBoost's name; also reg:absoluteerror,
                                               ///< reg:pseudohubererror.
  std::uint64_t seed = 1;
};

/// Learns one ensemble (Comparison::less, thresholds that are floats, base score the mean label -
/// the median for reg:absoluteerror). `labels` has one value per row, NaN = do not use this row;
/// `weights` is empty or one per row. Same arguments, same ensemble, bit for bit; runs on the
/// calling thread only, so several may be learned side by side. Errors: invalid_argument on wrong
/// sizes or no usable label; interrupted when `progress` says stop.
[[nodiscard]] Result<Ensemble> learn(const BinnedMatrix& matrix, std::span<const float> labels,
                                     std::span<const float> weights, const LearnOptions& options,
                                     const Progress& progress = no_progress());

}  // namespace hvac::trees
