#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/number.h"
#include "trees/model/ensemble.h"
#include "trees/model/lightgbm.h"

/// What the tests of this module share: LightGBM's models and answers, and random ensembles.
namespace hvac::trees::testdata {

inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
inline constexpr std::size_t kFeatures = 15;

inline const char* const kCases[] = {
    "categorical_fan_speed", "linear_tree",     "monotone",         "no_missing",
    "quantile_95",           "regression_ucaf", "regression_ucaot", "regression_ucwot",
    "single_leaf",           "zero_as_missing"};

inline std::string text(const std::string& file) {
  const auto bytes = read_file(std::filesystem::path(HVAC_TREES_TESTDATA) / file);
  EXPECT_TRUE(bytes) << file;
  return bytes.value_or("");
}

inline Ensemble model(const std::string& name) {
  auto ensemble = parse_lightgbm(text(name + ".txt"));
  EXPECT_TRUE(ensemble) << name << ": " << ensemble.error().message;
  return ensemble.value_or(Ensemble{});
}

/// The numbers of a CSV file below its header; an empty field is NaN.
inline std::vector<std::vector<double>> csv(const std::string& file) {
  std::vector<std::vector<double>> rows;
  const std::string bytes = text(file);
  std::size_t begin = bytes.find('\n') + 1;
  while (begin < bytes.size()) {
    const std::size_t end = bytes.find('\n', begin);
    std::string_view line(bytes.data() + begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::vector<double>& row = rows.emplace_back();
    for (std::size_t at = 0; at <= line.size();) {
      const std::size_t comma = std::min(line.find(',', at), line.size());
      row.push_back(parse_number(line.substr(at, comma - at)).value_or(kNan));
      at = comma + 1;
    }
    begin = end + 1;
  }
  return rows;
}

/// `text` with its first `what` made `with`; there is one.
inline std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

/// How random ensembles are shaped.
struct Shape {
  std::size_t features = 20;
  std::size_t trees = 40;
  std::size_t leaves = 31;
  std::size_t levels = 50;  ///< Distinct thresholds per feature; 0: every threshold its own.
  bool categorical = false;
  bool zero_missing = false;
  Comparison comparison = Comparison::less_equal;
};

inline double threshold(std::size_t levels, std::mt19937_64& random) {
  if (levels == 0) return std::normal_distribution<double>()(random);
  const auto level = std::uniform_int_distribution<std::size_t>(0, levels - 1)(random);
  return -2.0 + 4.0 * static_cast<double>(level) / static_cast<double>(levels);
}

inline Tree random_tree(const Shape& shape, std::mt19937_64& random) {
  Tree tree;
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  const auto value = [&] { return std::normal_distribution<double>()(random); };
  tree.leaf_values = {value()};
  std::vector<std::int32_t*> unused;
  while (tree.leaf_values.size() < shape.leaves) {
    const auto leaf = static_cast<std::int32_t>(below(tree.leaf_values.size()));
    const auto node = static_cast<std::int32_t>(tree.splits.size());
    for (Split& split : tree.splits) {  // The new node takes the leaf's place.
      if (split.left == ~leaf) split.left = node;
      if (split.right == ~leaf) split.right = node;
    }
    Split& split = tree.splits.emplace_back();
    split.left = ~leaf;
    split.right = ~static_cast<std::int32_t>(tree.leaf_values.size());
    split.feature = static_cast<std::int32_t>(below(shape.features));
    split.threshold = threshold(shape.levels, random);
    split.missing = shape.zero_missing ? static_cast<MissingType>(below(3)) : MissingType::nan;
    split.default_left = below(2) == 0;
    if (shape.categorical && below(4) == 0) {
      split.categorical = true;
      split.threshold = 0.0;
      split.default_left = false;
      split.category_begin = static_cast<std::uint32_t>(tree.category_bits.size());
      split.category_words = 1 + static_cast<std::uint32_t>(below(3));
      for (std::uint32_t i = 0; i < split.category_words; ++i) {
        tree.category_bits.push_back(static_cast<std::uint32_t>(random()));
      }
    }
    tree.leaf_values.push_back(value());
  }
  tree.leaf_covers.assign(tree.leaf_values.size(), 1.0);
  return tree;
}

inline Ensemble random_ensemble(const Shape& shape, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  Ensemble ensemble;
  ensemble.comparison = shape.comparison;
  ensemble.base_score = 21.5;
  for (std::size_t i = 0; i < shape.features; ++i) {
    ensemble.feature_names.push_back("f" + std::to_string(i));
  }
  for (std::size_t i = 0; i < shape.trees; ++i) {
    Shape one = shape;
    one.leaves = 1 + random() % shape.leaves;
    ensemble.trees.push_back(random_tree(one, random));
  }
  if (shape.comparison == Comparison::less) {
    for (Tree& tree : ensemble.trees) {
      for (Split& split : tree.splits) {
        split.threshold = static_cast<double>(static_cast<float>(split.threshold));
        split.missing = MissingType::nan;
      }
    }
  }
  return ensemble;
}

/// Floats that find mistakes: missing, infinite, denormal, signed zeros, values at the thresholds
/// of `ensemble` and one ulp either side, whole numbers, and ordinary ones.
inline std::vector<float> hard_rows(const Ensemble& ensemble, std::size_t n, std::uint64_t seed) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float special[] = {std::numeric_limits<float>::quiet_NaN(),
                           kInfinity,
                           -kInfinity,
                           0.0F,
                           -0.0F,
                           std::numeric_limits<float>::denorm_min(),
                           -std::numeric_limits<float>::denorm_min(),
                           1e-35F,
                           -1e-35F,
                           std::numeric_limits<float>::max(),
                           -std::numeric_limits<float>::max()};
  std::vector<std::vector<float>> thresholds(ensemble.feature_count());
  for (const Tree& tree : ensemble.trees) {
    for (const Split& split : tree.splits) {
      thresholds[static_cast<std::size_t>(split.feature)].push_back(
          static_cast<float>(split.threshold));
    }
  }
  std::mt19937_64 random{seed};
  std::normal_distribution<float> ordinary;
  std::vector<float> rows;
  for (std::size_t i = 0; i < n * ensemble.feature_count(); ++i) {
    const std::vector<float>& at = thresholds[i % ensemble.feature_count()];
    switch (random() % 6) {
      case 0:
        rows.push_back(special[random() % std::size(special)]);
        break;
      case 1:
        rows.push_back(static_cast<float>(random() % 100) - 3.0F);
        break;
      case 2:
      case 3:
        if (!at.empty()) {
          const float x = at[random() % at.size()];
          const float toward = random() % 2 == 0 ? kInfinity : -kInfinity;
          rows.push_back(random() % 3 == 0 ? x : std::nextafter(x, toward));
          break;
        }
        [[fallthrough]];
      default:
        rows.push_back(ordinary(random));
    }
  }
  return rows;
}

}  // namespace hvac::trees::testdata
