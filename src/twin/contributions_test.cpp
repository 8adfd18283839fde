#include "twin/contributions.h"

#include <gtest/gtest.h>

#include <cmath>

#include "features/input_view.h"
#include "twin/testing.h"

namespace hvac::twin {
namespace {

using telemetry::InputTag;
using telemetry::kTargetCount;
using testing::stump;

ModelParts parts() {
  ModelParts parts;
  parts.features = {"UCWIT", "UCAIT"};
  parts.ensembles[0] = {stump(0, 10.0, -1.0, 1.0), stump(1, 20.0, -2.0, 2.0),
                        stump(0, 9.0, -30.0, 30.0)};
  for (auto& range : parts.domain.ranges) range = {-1000.0, 1000.0};
  return parts;
}

features::FeatureRow row_of(const Model& model) {
  telemetry::Sample sample;
  sample.set(InputTag::UCWIT, 7.5);
  sample.set(InputTag::UCAIT, 25.0);
  sample.set(InputTag::UCWF, 300.0);
  return model.builder().push(features::InputView(sample));
}

// Property: baseline, expected value and amounts are the prediction; the largest amount is first.
TEST(Contributions, AddUpToThePrediction) {
  ModelParts mixed = parts();
  for (auto& by_evidence : mixed.physics_share[0]) by_evidence.fill(0.5);
  const auto model = Model::make(mixed).value();
  auto contributions = Contributions::make(model);
  ASSERT_TRUE(contributions) << contributions.error().message;
  const features::FeatureRow row = row_of(*model);
  const auto explained = contributions->explain(row);
  const Prediction prediction = model->predict(row);
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    double sum = explained[t].baseline + explained[t].expected;
    for (const Contribution& one : explained[t].features) sum += one.amount;
    EXPECT_NEAR(sum + explained[t].fallback, prediction.targets[t].value, 1e-5);
    EXPECT_EQ(explained[t].value, prediction.targets[t].value);
  }
  EXPECT_NE(explained[0].fallback, 0.0) << "the share of first principles";
  EXPECT_EQ(explained[0].features[0].feature, "UCWIT");
  EXPECT_NEAR(explained[0].features[0].amount, -0.6, 1e-12) << "half of -1 where the mean is 0.2";
  EXPECT_EQ(explained[1].features[0].feature, "UCAIT");
  EXPECT_EQ(explained[1].features[0].value, 25.0);
}

// Far outside the training domain the trees have nothing to say.
TEST(Contributions, AreNoneWhereFirstPrinciplesTookOver) {
  ModelParts narrow = parts();
  for (auto& range : narrow.domain.ranges) range = {0.0, 1.0};
  const auto model = Model::make(narrow).value();
  auto contributions = Contributions::make(model);
  ASSERT_TRUE(contributions) << contributions.error().message;
  const features::FeatureRow row = row_of(*model);
  const Prediction prediction = model->predict(row);
  ASSERT_FALSE(prediction.domain.inside());
  const auto explained = contributions->explain(row);
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    EXPECT_EQ(explained[t].features[0].amount, 0.0);
    EXPECT_NEAR(explained[t].baseline + explained[t].fallback, prediction.targets[t].physics, 1e-9);
  }
}

TEST(Contributions, RejectsTreesThatHaveNone) {
  ModelParts exponential = parts();
  exponential.ensembles[0][1].transform = trees::Transform::exponential;
  EXPECT_FALSE(Contributions::make(Model::make(exponential).value()));
  ModelParts blind = parts();
  blind.ensembles[0][2].trees[0].leaf_covers.clear();
  EXPECT_FALSE(Contributions::make(Model::make(blind).value()));
}

}  // namespace
}  // namespace hvac::twin
