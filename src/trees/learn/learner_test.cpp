#include "trees/learn/learner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>

#include "trees/model/lightgbm.h"
#include "trees/predict/reference.h"

namespace hvac::trees {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct Data {
  std::vector<float> values;
  std::vector<float> labels;
  std::vector<std::string> names{"x", "y", "z"};
};

// A smooth function of two of three features, with gaps in all of them.
Data made_up(std::size_t rows, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::normal_distribution<float> normal;
  Data data;
  for (std::size_t i = 0; i < rows; ++i) {
    const float x = normal(random);
    const float y = normal(random);
    for (const float value : {x, y, normal(random)}) {
      data.values.push_back(random() % 10 == 0 ? kNan : value);
    }
    data.labels.push_back(20.0F + 3.0F * x + std::sin(2.0F * y));
  }
  return data;
}

LearnOptions small() {
  LearnOptions options;
  options.rounds = 40;
  options.learning_rate = 0.2;
  return options;
}

TEST(BinMatrix, KeepsEveryValueOfAFeatureWithFew) {
  const std::vector<float> values{1.0F, 2.0F, kNan, 4.0F, 2.0F, 1.0F};
  const auto matrix = bin_matrix(values, {"x"});
  ASSERT_TRUE(matrix) << matrix.error().message;
  EXPECT_EQ(matrix->levels.front(), (std::vector<float>{1.0F, 1.5F, 3.0F}));
  EXPECT_EQ(matrix->values[3], 3.0F);
  EXPECT_TRUE(std::isnan(matrix->values[2]));
}

// Property: levels rise, are few, part the values in their order, and none is nearly empty.
TEST(BinMatrix, LevelsShareTheRowsEvenly) {
  const Data data = made_up(5000, 3);
  const auto matrix = bin_matrix(data.values, data.names, 64);
  ASSERT_TRUE(matrix);
  for (std::size_t feature = 0; feature < 3; ++feature) {
    const auto& levels = matrix->levels[feature];
    EXPECT_LE(levels.size(), 62u);
    EXPECT_GE(levels.size(), 60u);
    EXPECT_TRUE(std::ranges::is_sorted(levels));
    std::map<float, int> rows;
    for (std::size_t row = 0; row < matrix->rows; ++row) {
      const float level = matrix->values[row * 3 + feature];
      if (std::isnan(level)) continue;
      EXPECT_LE(level, data.values[row * 3 + feature]);
      ++rows[level];
    }
    for (const auto& [level, count] : rows) EXPECT_GT(count, 30) << level;
  }
}

TEST(BinMatrix, RejectsInfinityAndWrongSizes) {
  const std::vector<float> values{1.0F, std::numeric_limits<float>::infinity()};
  const auto infinite = bin_matrix(values, {"x"});
  ASSERT_FALSE(infinite);
  EXPECT_NE(infinite.error().message.find("row 1: x"), std::string::npos);
  EXPECT_FALSE(bin_matrix(values, {"x", "y", "z"}));
  EXPECT_FALSE(bin_matrix({}, {"x"}));
  EXPECT_FALSE(bin_matrix(values, {"x"}, 256));
}

TEST(Learn, LearnsWhatIsThere) {
  const Data data = made_up(4000, 1);
  const auto matrix = bin_matrix(data.values, data.names);
  const auto model = learn(*matrix, data.labels, {}, small());
  ASSERT_TRUE(model) << model.error().message;
  const Data fresh = made_up(1000, 2);
  double squared = 0.0;
  double rows = 0.0;
  for (std::size_t i = 0; i < 1000; ++i) {
    const std::span row(fresh.values.data() + 3 * i, 3);
    if (std::isnan(row[0]) || std::isnan(row[1])) continue;
    const double error = predict_reference(*model, row) - static_cast<double>(fresh.labels[i]);
    squared += error * error;
    rows += 1.0;
  }
  EXPECT_LT(std::sqrt(squared / rows), 0.4);  // The labels themselves spread by 3.1.
}

TEST(Learn, SameArgumentsGiveTheSameBytes) {
  const Data data = made_up(2000, 1);
  const auto matrix = bin_matrix(data.values, data.names);
  const auto once = learn(*matrix, data.labels, {}, small());
  const auto twice = learn(*matrix, data.labels, {}, small());
  ASSERT_TRUE(once && twice);
  EXPECT_EQ(lightgbm_text(*once).value(), lightgbm_text(*twice).value());
  LearnOptions other = small();
  other.seed = 2;
  EXPECT_NE(lightgbm_text(*learn(*matrix, data.labels, {}, other)).value(),
            lightgbm_text(*once).value());
}

// Property: several targets together need at most 254 thresholds per feature, also when each is
// measured in other rows.
TEST(Learn, AllTargetsShareFewThresholds) {
  const Data data = made_up(6000, 5);
  const auto matrix = bin_matrix(data.values, data.names);
  std::vector<std::set<double>> thresholds(3);
  for (int target = 0; target < 3; ++target) {
    std::vector<float> labels = data.labels;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (i % 3 == static_cast<std::size_t>(target)) labels[i] = kNan;
      labels[i] *= static_cast<float>(target + 1);
    }
    const auto model = learn(*matrix, labels, {}, small());
    ASSERT_TRUE(model) << model.error().message;
    for (const Tree& tree : model->trees) {
      for (const Split& split : tree.splits) {
        thresholds[static_cast<std::size_t>(split.feature)].insert(split.threshold);
      }
    }
  }
  for (const auto& distinct : thresholds) EXPECT_LE(distinct.size(), 254u);
}

TEST(Learn, TextOfALearnedModelPredictsTheSame) {
  const Data data = made_up(2000, 1);
  const auto model = learn(*bin_matrix(data.values, data.names), data.labels, {}, small());
  ASSERT_TRUE(model);
  const auto again = parse_lightgbm(lightgbm_text(*model).value());
  ASSERT_TRUE(again) << again.error().message;
  for (std::size_t i = 0; i < 2000; ++i) {
    const std::span row(data.values.data() + 3 * i, 3);
    EXPECT_EQ(predict_reference(*model, row), predict_reference(*again, row));
  }
}

TEST(Learn, WeightZeroMeansTheRowIsNotThere) {
  Data data = made_up(2000, 1);
  std::vector<float> weights(2000, 1.0F);
  for (std::size_t i = 0; i < 2000; i += 2) {
    weights[i] = 0.0F;
    data.labels[i] = 1e6F;
  }
  const auto model = learn(*bin_matrix(data.values, data.names), data.labels, weights, small());
  ASSERT_TRUE(model) << model.error().message;
  const std::vector<float> row{0.0F, 0.0F, 0.0F};
  EXPECT_NEAR(predict_reference(*model, row), 20.0, 1.5);
}

TEST(Learn, RejectsWhatCannotBeLearned) {
  const Data data = made_up(50, 1);
  const auto matrix = bin_matrix(data.values, data.names);
  EXPECT_FALSE(learn(*matrix, std::vector<float>(49, 1.0F), {}, small()));
  const auto empty = learn(*matrix, std::vector<float>(50, kNan), {}, small());
  ASSERT_FALSE(empty);
  EXPECT_NE(empty.error().message.find("none of 50 rows"), std::string::npos);
  const auto stopped =
      learn(*matrix, data.labels, {}, small(), [](double done, auto) { return done < 0.5; });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
  LearnOptions wrong = small();
  wrong.objective = "reg:nonsense";
  EXPECT_FALSE(learn(*matrix, data.labels, {}, wrong));
}

}  // namespace
}  // namespace hvac::trees
