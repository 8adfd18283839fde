#include "trees/explain/shap.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "trees/explain/quadrature.h"
#include "trees/explain/shap_pass.h"
#include "trees/predict/reference.h"
#include "trees/testdata.h"

namespace hvac::trees {
namespace {

// What the tree expects when only the features in `known` are: below a split on another one, the
// mean of both sides by their covers.
double conditional(const Ensemble& model, const Tree& tree, std::int32_t at,
                   std::span<const double> row, std::uint32_t known, double& cover) {
  if (at < 0) {
    cover = tree.leaf_covers[static_cast<std::size_t>(~at)];
    return tree.leaf_values[static_cast<std::size_t>(~at)];
  }
  const Split& split = tree.splits[static_cast<std::size_t>(at)];
  double left_cover = 0.0;
  double right_cover = 0.0;
  const double left = conditional(model, tree, split.left, row, known, left_cover);
  const double right = conditional(model, tree, split.right, row, known, right_cover);
  cover = left_cover + right_cover;
  const auto feature = static_cast<std::size_t>(split.feature);
  if (((known >> feature) & 1U) != 0) {
    return goes_left(tree, split, model.comparison, row[feature]) ? left : right;
  }
  return (left_cover * left + right_cover * right) / cover;
}

double value_of(const Ensemble& model, std::span<const double> row, std::uint32_t known) {
  double sum = model.base_score;
  for (const Tree& tree : model.trees) {
    double cover = 0.0;
    sum += conditional(model, tree, tree.splits.empty() ? -1 : 0, row, known, cover);
  }
  return sum;
}

// Shapley's definition, over all subsets of few features.
std::vector<double> by_definition(const Ensemble& model, std::span<const double> row) {
  const std::size_t n = model.feature_count();
  std::vector<double> factorial(n + 1, 1.0);
  for (std::size_t i = 1; i <= n; ++i) factorial[i] = factorial[i - 1] * static_cast<double>(i);
  std::vector<double> values(1U << n);
  for (std::uint32_t known = 0; known < values.size(); ++known) {
    values[known] = value_of(model, row, known);
  }
  std::vector<double> out(n + 1, 0.0);
  for (std::uint32_t known = 0; known < values.size(); ++known) {
    const auto k = static_cast<std::size_t>(std::popcount(known));
    for (std::size_t feature = 0; feature < n; ++feature) {
      const std::uint32_t bit = 1U << feature;
      if ((known & bit) != 0) continue;
      out[feature] += factorial[k] * factorial[n - 1 - k] / factorial[n] *
                      (values[known | bit] - values[known]);
    }
  }
  out[n] = values[0];
  return out;
}

void give_random_covers(Ensemble& model, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  for (Tree& tree : model.trees) {
    for (double& cover : tree.leaf_covers) cover = static_cast<double>(1 + random() % 100);
  }
}

// Golden: LightGBM's own contributions, of every fourth row.
TEST(Explainer, AgreesWithLightgbm) {
  const Ensemble model = testdata::model("regression_ucaot");
  const auto explainer = Explainer::make({&model, 1});
  ASSERT_TRUE(explainer) << explainer.error().message;
  auto workspace = explainer->workspace();
  const auto rows = testdata::csv("rows.csv");
  const auto expected = testdata::csv("regression_ucaot.contributions.csv");
  std::vector<double> out(model.feature_count() + 1);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    explainer->explain(rows[4 * i], workspace, out);
    ASSERT_EQ(expected[i].size(), out.size());
    for (std::size_t j = 0; j < out.size(); ++j) {
      EXPECT_NEAR(out[j], expected[i][j], 1e-9) << "row " << 4 * i << ", column " << j;
    }
  }
}

// Property: trees that split the same few features again and again still give Shapley's values.
TEST(Explainer, EqualsTheDefinition) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    for (const std::size_t features : {2U, 5U, 9U}) {
      testdata::Shape shape;
      shape.features = features;
      shape.trees = 4;
      shape.leaves = 25;
      shape.categorical = seed == 2;
      shape.zero_missing = seed == 3;
      Ensemble model = testdata::random_ensemble(shape, seed);
      give_random_covers(model, seed);
      const auto explainer = Explainer::make({&model, 1});
      ASSERT_TRUE(explainer) << explainer.error().message;
      auto workspace = explainer->workspace();
      std::vector<double> out(features + 1);
      const auto rows = testdata::hard_rows(model, 8, seed);
      for (std::size_t i = 0; i < 8; ++i) {
        const std::vector<double> row(
            rows.begin() + static_cast<std::ptrdiff_t>(i * features),
            rows.begin() + static_cast<std::ptrdiff_t>((i + 1) * features));
        explainer->explain(row, workspace, out);
        const auto expected = by_definition(model, row);
        for (std::size_t j = 0; j <= features; ++j) EXPECT_NEAR(out[j], expected[j], 1e-11);
      }
    }
  }
}

// Property: contributions add up to the margin, for every model that has them.
TEST(Explainer, ContributionsAddUp) {
  std::vector<Ensemble> models;
  for (const char* name : testdata::kCases) {
    if (std::string_view(name) != "linear_tree") models.push_back(testdata::model(name));
  }
  const auto explainer = Explainer::make(models);
  ASSERT_TRUE(explainer) << explainer.error().message;
  auto workspace = explainer->workspace();
  const std::size_t columns = models.front().feature_count() + 1;
  std::vector<double> out(models.size() * columns);
  for (const auto& row : testdata::csv("rows.csv")) {
    explainer->explain(row, workspace, out);
    for (std::size_t k = 0; k < models.size(); ++k) {
      double sum = 0.0;
      for (std::size_t j = 0; j < columns; ++j) sum += out[k * columns + j];
      const double margin = predict_reference(models[k], row);
      EXPECT_NEAR(sum, margin, 1e-9 * (1.0 + std::abs(margin)));
    }
  }
}

// Property: deep paths need more points of the quadrature; every number of them is exact.
TEST(Explainer, AddsUpOnDeepTrees) {
  for (const std::size_t leaves : {30U, 300U, 3000U}) {
    testdata::Shape shape;
    shape.features = 90;
    shape.trees = 3;
    shape.leaves = leaves;
    shape.levels = 0;
    Ensemble model = testdata::random_ensemble(shape, leaves);
    // A chain: every split on a feature of its own, a leaf at each.
    Tree& chain = model.trees.front();
    chain = Tree{};
    for (std::int32_t i = 0; i < 90; ++i) {
      Split& split = chain.splits.emplace_back();
      split.feature = i;
      split.left = ~i;
      split.right = i == 89 ? ~90 : i + 1;
    }
    for (std::size_t i = 0; i < 91; ++i) chain.leaf_values.push_back(static_cast<double>(i % 7));
    chain.leaf_covers.assign(91, 1.0);
    give_random_covers(model, leaves);
    const auto explainer = Explainer::make({&model, 1});
    ASSERT_TRUE(explainer) << explainer.error().message;
    auto workspace = explainer->workspace();
    std::vector<double> out(91);
    const auto rows = testdata::hard_rows(model, 20, 3);
    for (std::size_t i = 0; i < 20; ++i) {
      const std::vector<double> row(rows.begin() + static_cast<std::ptrdiff_t>(i * 90),
                                    rows.begin() + static_cast<std::ptrdiff_t>((i + 1) * 90));
      explainer->explain(row, workspace, out);
      double sum = 0.0;
      for (const double value : out) sum += value;
      EXPECT_NEAR(sum, predict_reference(model, row), 1e-9);
    }
  }
}

TEST(Explainer, AverageAndBaseScoreAreInTheSum) {
  Ensemble model = testdata::random_ensemble({}, 3);
  model.base_score = 0.0;
  model.average = true;
  const auto explainer = Explainer::make({&model, 1});
  auto workspace = explainer->workspace();
  std::vector<double> out(model.feature_count() + 1);
  const std::vector<double> row(model.feature_count(), 0.3);
  explainer->explain(row, workspace, out);
  double sum = 0.0;
  for (const double value : out) sum += value;
  EXPECT_NEAR(sum, predict_reference(model, row), 1e-12);
}

TEST(Explainer, RejectsWhatHasNoContributions) {
  const Ensemble linear = testdata::model("linear_tree");
  const auto refused = Explainer::make({&linear, 1});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("linear leaves"), std::string::npos);
  Ensemble blind = testdata::random_ensemble({}, 1);
  for (Tree& tree : blind.trees) tree.leaf_covers.clear();
  EXPECT_FALSE(Explainer::make({&blind, 1}));
}

TEST(Quadrature, IsExactForPolynomials) {
  for (const std::size_t n : std::vector<std::size_t>{1, 4, 8, 16, shap::kMostPoints}) {
    const Quadrature rule = gauss_legendre(n);
    for (std::size_t degree = 0; degree < 2 * n; ++degree) {
      double sum = 0.0;
      for (std::size_t q = 0; q < n; ++q) {
        sum += rule.weight[q] * std::pow(rule.at[q], static_cast<double>(degree));
      }
      EXPECT_NEAR(sum, 1.0 / static_cast<double>(degree + 1), 1e-14) << n << ", " << degree;
    }
  }
}

}  // namespace
}  // namespace hvac::trees
