#include "trees/model/lightgbm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "trees/predict/reference.h"
#include "trees/testdata.h"

namespace hvac::trees {
namespace {

using testdata::kCases;
using testdata::replaced;

class LightgbmCase : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Files, LightgbmCase, ::testing::ValuesIn(kCases),
                         [](const auto& file) { return std::string(file.param); });

// Golden: LightGBM 4.6's own predictions.
TEST_P(LightgbmCase, PredictsAsLightgbmDid) {
  const Ensemble model = testdata::model(GetParam());
  const auto rows = testdata::csv("rows.csv");
  const auto expected = testdata::csv(std::string(GetParam()) + ".expected.csv");
  ASSERT_EQ(rows.size(), expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(rows[i].size(), model.feature_count()) << i;
    const double predicted = predict_reference(model, rows[i]);
    const double wanted = expected[i].front();
    if (std::isfinite(wanted)) {
      EXPECT_NEAR(predicted, wanted, 1e-12 * std::abs(wanted)) << "row " << i;
    } else {
      EXPECT_TRUE(std::memcmp(&predicted, &wanted, sizeof wanted) == 0 ||
                  (std::isnan(predicted) && std::isnan(wanted)))
          << "row " << i;
    }
  }
}

// Property: what is written reads back to the same predictions, and is written the same again.
TEST_P(LightgbmCase, TextRoundTripsByteForByte) {
  const Ensemble model = testdata::model(GetParam());
  const auto text = lightgbm_text(model);
  ASSERT_TRUE(text) << text.error().message;
  const auto again = parse_lightgbm(*text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(lightgbm_text(*again).value(), *text);
  for (const auto& row : testdata::csv("rows.csv")) {
    const double was = predict_reference(model, row);
    const double is = predict_reference(*again, row);
    EXPECT_TRUE(was == is || (std::isnan(was) && std::isnan(is)));
  }
}

TEST(LightgbmText, KeepsRandomEnsemblesOfEitherComparisonExactly) {
  for (const Comparison comparison : {Comparison::less_equal, Comparison::less}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      testdata::Shape shape;
      shape.comparison = comparison;
      shape.levels = 0;
      shape.categorical = comparison == Comparison::less_equal;
      const Ensemble model = testdata::random_ensemble(shape, seed);
      const auto text = lightgbm_text(model);
      ASSERT_TRUE(text) << text.error().message;
      const auto again = parse_lightgbm(*text);
      ASSERT_TRUE(again) << again.error().message;
      EXPECT_EQ(lightgbm_text(*again).value(), *text);
      const auto rows = testdata::hard_rows(model, 500, seed);
      for (std::size_t i = 0; i < 500; ++i) {
        const std::span row(rows.data() + i * shape.features, shape.features);
        EXPECT_EQ(predict_reference(model, row), predict_reference(*again, row)) << i;
      }
    }
  }
}

// Property: x <= t in double decides as float(x) < threshold, for doubles between floats too.
TEST(LightgbmText, ThresholdOfAnXgboostSplitDecidesAlikeForEveryDouble) {
  constexpr float kMax = std::numeric_limits<float>::max();
  constexpr float kTiny = std::numeric_limits<float>::denorm_min();
  for (const float threshold : {0.0F, 1.0F, -1.0F, 0.1F, 24.565F, kTiny, -kTiny, kMax, -kMax,
                                std::numeric_limits<float>::min(), 8388608.0F}) {
    const double limit = less_equal_threshold(threshold);
    const auto t = static_cast<double>(threshold);
    const double span = 4.0 * std::max(std::abs(t) * 1.2e-7, static_cast<double>(kTiny));
    EXPECT_TRUE(std::isfinite(limit));
    for (int i = -1000; i <= 1000; ++i) {
      const double x = t + span * i / 1000.0;
      EXPECT_EQ(x <= limit, static_cast<float>(x) < threshold) << x << " at " << t;
    }
    for (const double x : {limit, std::nextafter(limit, 1e300), std::nextafter(limit, -1e300)}) {
      EXPECT_EQ(x <= limit, static_cast<float>(x) < threshold) << x << " at " << t;
    }
  }
}

constexpr const char* kSmall =
    "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=1\n"
    "objective=regression\nfeature_names=a b\nfeature_infos=[0:1] [0:1]\n\n"
    "Tree=0\nnum_leaves=3\nnum_cat=0\nsplit_feature=0 1\nsplit_gain=1 1\nthreshold=0.5 0.25\n"
    "decision_type=2 8\nleft_child=1 -1\nright_child=-2 -3\nleaf_value=1 2 3\n"
    "leaf_weight=1 1 1\nleaf_count=4 5 6\ninternal_value=0 0\ninternal_weight=2 1\n"
    "internal_count=15 10\nis_linear=0\nshrinkage=1\n\n\nend of trees\n";

TEST(LightgbmText, RejectionNamesLineAndReason) {
  ASSERT_TRUE(parse_lightgbm(kSmall)) << parse_lightgbm(kSmall).error().message;
  const struct {
    const char* what;
    const char* with;
    const char* message;
  } cases[] = {
      {"tree\n", "forest\n", "line 1"},
      {"version=v4", "version=v9", "line 2"},
      {"num_class=1", "num_class=3", "line 3"},
      {"num_class=1\n", "", "num_class is missing"},
      {"max_feature_idx=1", "max_feature_idx=2000000000", "line 6"},
      {"objective=regression", "objective=multiclass num_class:3", "line 7"},
      {"feature_names=a b", "feature_names=a", "line 8"},
      {"feature_infos=[0:1] [0:1]", "feature_infos=[0:1]  ", "feature info is empty"},
      {"feature_infos=", "tree_sizes=99\nfeature_infos=", "tree_sizes"},
      {"num_leaves=3", "num_leaves=2000000000", "leaf_value has 3 values"},
      {"num_leaves=3", "num_leaves=-1", "num_leaves is -1"},
      {"split_feature=0 1", "split_feature=0 2", "feature 2 of 2"},
      {"split_feature=0 1", "split_feature=0", "split_feature has 1 values"},
      {"threshold=0.5", "threshold=nan", "line 16"},
      {"threshold=0.5", "threshold=0.5x", "line 16"},
      {"decision_type=2", "decision_type=77", "decision_type 77"},
      {"left_child=1", "left_child=0", "node 0 is a child twice"},
      {"left_child=1", "left_child=7", "node 7 of 2"},
      {"right_child=-2", "right_child=-9", "leaf 8 of 3"},
      {"right_child=-2", "right_child=-1", "child twice"},
      {"leaf_value=1", "leaf_value=1e999", "line 20"},
      {"decision_type=2", "decision_type=1", "num_cat"},
      {"num_cat=0", "num_cat=5", "num_cat is 5"},
      {"num_leaves=3\n", "num_leaves=3\nnum_leaves=3\n", "stands twice"},
      {"is_linear=0", "is_linear=1", "leaf_const is missing"},
      {"end of trees\n", "", "the file ends"},
      {"Tree=0", "Tree=1", "expected Tree=0"},
  };
  for (const auto& [what, with, message] : cases) {
    const auto parsed = parse_lightgbm(replaced(kSmall, what, with));
    ASSERT_FALSE(parsed) << what << " -> " << with;
    EXPECT_TRUE(parsed.error().message.starts_with("line ")) << parsed.error().message;
    EXPECT_NE(parsed.error().message.find(message), std::string::npos) << parsed.error().message;
  }
}

TEST(LightgbmText, EveryTruncationIsRejected) {
  const std::string whole = kSmall;
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
    EXPECT_FALSE(parse_lightgbm(whole.substr(0, size))) << size;
  }
}

TEST(LightgbmText, ObjectiveDecidesTheOutput) {
  const std::vector<double> row{0.0, 0.0};  // Falls into the leaf of value 1.
  const auto predicted = [&](const char* objective) {
    const auto model = parse_lightgbm(replaced(kSmall, "objective=regression", objective));
    EXPECT_TRUE(model) << model.error().message;
    return predict_reference(*model, row);
  };
  EXPECT_DOUBLE_EQ(predicted("objective=poisson"), std::exp(1.0));
  EXPECT_DOUBLE_EQ(predicted("objective=tweedie tweedie_variance_power:1.5"), std::exp(1.0));
  EXPECT_DOUBLE_EQ(predicted("objective=binary sigmoid:2"), 1.0 / (1.0 + std::exp(-2.0)));
  EXPECT_DOUBLE_EQ(predicted("objective=cross_entropy_lambda"), std::log1p(std::exp(1.0)));
  const auto negative =
      parse_lightgbm(replaced(replaced(kSmall, "objective=regression", "objective=regression sqrt"),
                              "leaf_value=1", "leaf_value=-3"));
  EXPECT_DOUBLE_EQ(predict_reference(*negative, row), -9.0);
}

// Property: covers that LightGBM's int cannot hold, or that are none, are scaled once.
TEST(LightgbmText, OddCoversAreWrittenTheSameAgain) {
  Ensemble ensemble = parse_lightgbm(kSmall).value();
  for (const std::vector<double>& covers : {std::vector<double>{4.0, 5.0, -6.0},
                                            {4e9, 5e9, 1e9},
                                            {0.25, 0.5, 0.0},
                                            {-1.0, -2.0, -3.0}}) {
    ensemble.trees[0].leaf_covers = covers;
    const std::string once = lightgbm_text(ensemble).value();
    EXPECT_EQ(lightgbm_text(parse_lightgbm(once).value()).value(), once);
  }
}

}  // namespace
}  // namespace hvac::trees
