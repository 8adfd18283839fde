#include "trees/predict/narrow.h"

#include <gtest/gtest.h>

#include <cmath>

#include "trees/predict/reference.h"
#include "trees/testdata.h"

namespace hvac::trees {
namespace {

// Property: doubles right at the thresholds, and as near as doubles get, keep their leaves as
// floats.
TEST(Narrowing, KeepsEveryLeafOfRowsAtTheThresholds) {
  for (const char* name : {"regression_ucaot", "zero_as_missing", "categorical_fan_speed"}) {
    const Ensemble model = testdata::model(name);
    const Narrowing narrowing({&model, 1});
    const std::size_t features = model.feature_count();
    std::vector<float> floats(features);
    std::size_t different = 0;
    for (const auto& row : testdata::csv("rows.csv")) {
      for (const Tree& tree : model.trees) {
        const Split& split = tree.splits[tree.splits.size() / 2];
        std::vector<double> near = row;
        double& value = near[static_cast<std::size_t>(split.feature)];
        for (const double x : {split.threshold, std::nextafter(split.threshold, 1e300),
                               std::nextafter(split.threshold, -1e300)}) {
          value = x;
          narrowing.narrow(near, floats);
          different += find_leaf(tree, model.comparison, std::span<const double>(near)) !=
                               find_leaf(tree, model.comparison, std::span<const float>(floats))
                           ? 1
                           : 0;
        }
      }
    }
    EXPECT_EQ(different, 0u) << name;
  }
}

TEST(Narrowing, KeepsWhatIsAFloatAlready) {
  const Ensemble model = testdata::model("regression_ucaot");
  const Narrowing narrowing({&model, 1});
  for (const float value : {0.0F, 24.5F, 1e-45F, std::numeric_limits<float>::infinity()}) {
    EXPECT_EQ(narrowing.narrow(2, static_cast<double>(value)), value);
  }
  EXPECT_TRUE(std::isnan(narrowing.narrow(0, std::nan(""))));
  EXPECT_EQ(narrowing.narrow(0, 0.1), 0.1F);
}

// Property: a category's integer part survives a rounding up to the next one.
TEST(Narrowing, KeepsCategories) {
  const Ensemble model = testdata::model("categorical_fan_speed");
  const Narrowing narrowing({&model, 1});
  for (const Tree& tree : model.trees) {
    for (const Split& split : tree.splits) {
      if (!split.categorical) continue;
      const auto feature = static_cast<std::size_t>(split.feature);
      EXPECT_EQ(std::trunc(narrowing.narrow(feature, std::nextafter(700.0, 0.0))), 699.0F);
      EXPECT_GT(narrowing.narrow(feature, std::nextafter(-1.0, 0.0)), -1.0F);
    }
  }
}

}  // namespace
}  // namespace hvac::trees
