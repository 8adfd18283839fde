#include "trees/model/xgboost.h"

#include <gtest/gtest.h>
#include <xgboost/c_api.h>

#include <cmath>
#include <memory>

#include "trees/learn/learner.h"
#include "trees/predict/reference.h"
#include "trees/testdata.h"

namespace hvac::trees {
namespace {

using testdata::replaced;

// What XGBoost itself predicts from a JSON model.
std::vector<double> xgboost_predictions(const std::string& json, const std::vector<float>& rows,
                                        std::size_t features) {
  BoosterHandle handle = nullptr;
  EXPECT_EQ(XGBoosterCreate(nullptr, 0, &handle), 0);
  const std::unique_ptr<void, int (*)(BoosterHandle)> booster(handle, XGBoosterFree);
  EXPECT_EQ(XGBoosterLoadModelFromBuffer(handle, json.data(), json.size()), 0) << XGBGetLastError();
  DMatrixHandle matrix_handle = nullptr;
  EXPECT_EQ(XGDMatrixCreateFromMat(rows.data(), rows.size() / features, features,
                                   std::numeric_limits<float>::quiet_NaN(), &matrix_handle),
            0)
      << XGBGetLastError();
  const std::unique_ptr<void, int (*)(DMatrixHandle)> matrix(matrix_handle, XGDMatrixFree);
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* result = nullptr;
  EXPECT_EQ(XGBoosterPredictFromDMatrix(handle, matrix_handle,
                                        R"({"type":0,"training":false,"iteration_begin":0,)"
                                        R"("iteration_end":0,"strict_shape":false})",
                                        &shape, &dimensions, &result),
            0)
      << XGBGetLastError();
  return {result, result + rows.size() / features};
}

// Rows as hard as XGBoost takes them: no infinities.
std::vector<float> finite_rows(const Ensemble& ensemble, std::size_t n, std::uint64_t seed) {
  std::vector<float> rows = testdata::hard_rows(ensemble, n, seed);
  for (float& value : rows) {
    if (std::isinf(value) || std::abs(value) == std::numeric_limits<float>::max()) value = 1.0F;
  }
  return rows;
}

enum class Values { real, whole };

void expect_xgboost_agrees(const Ensemble& model, std::uint64_t seed,
                           Values values = Values::real) {
  const auto json = xgboost_text(model);
  ASSERT_TRUE(json) << json.error().message;
  const std::size_t features = model.feature_count();
  auto rows = finite_rows(model, 400, seed);
  if (values == Values::whole) {  // Of a category -0.5 XGBoost and LightGBM think differently.
    for (float& value : rows) value = std::trunc(value);
  }
  const auto theirs = xgboost_predictions(*json, rows, features);
  const auto again = parse_xgboost(*json);
  ASSERT_TRUE(again) << again.error().message;
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    const std::span row(rows.data() + i * features, features);
    const double ours = predict_reference(model, row);
    EXPECT_NEAR(theirs[i], ours, 3e-5 * (1.0 + std::abs(ours))) << "row " << i;
    EXPECT_NEAR(predict_reference(*again, row), ours, 3e-5 * (1.0 + std::abs(ours)));
  }
}

TEST(XgboostJson, XgboostReadsWhatIsWritten) {
  for (const Comparison comparison : {Comparison::less, Comparison::less_equal}) {
    testdata::Shape shape;
    shape.comparison = comparison;
    shape.levels = 0;
    expect_xgboost_agrees(testdata::random_ensemble(shape, 5), 1);
  }
  testdata::Shape categorical;
  categorical.categorical = true;
  Ensemble sets = testdata::random_ensemble(categorical, 6);
  expect_xgboost_agrees(sets, 2, Values::whole);
  sets.base_score = 0.0;
  sets.average = true;
  expect_xgboost_agrees(sets, 3, Values::whole);
}

TEST(XgboostJson, LightgbmModelsKeepTheirLeaves) {
  for (const char* name : {"regression_ucaot", "no_missing", "quantile_95", "single_leaf"}) {
    SCOPED_TRACE(name);
    expect_xgboost_agrees(testdata::model(name), 4);
  }
}

TEST(XgboostJson, TransformsAndBaseScoresAreXgboosts) {
  testdata::Shape shape;
  shape.trees = 5;
  Ensemble model = testdata::random_ensemble(shape, 7);
  for (const Transform transform :
       {Transform::identity, Transform::exponential, Transform::sigmoid}) {
    model.transform = transform;
    model.base_score = 0.7;
    expect_xgboost_agrees(model, 5);
  }
  model.transform_scale = 0.5;
  expect_xgboost_agrees(model, 6);
}

TEST(XgboostJson, RefusesToWriteWhatXgboostCannotSay) {
  for (const char* name : {"linear_tree", "zero_as_missing"}) {
    EXPECT_FALSE(xgboost_text(testdata::model(name))) << name;
  }
  Ensemble model = testdata::random_ensemble({}, 1);
  model.transform = Transform::softplus;
  EXPECT_FALSE(xgboost_text(model));
}

constexpr const char* kSmall =
    R"({"learner":{"attributes":{},"feature_names":[],"feature_types":[],)"
    R"("gradient_booster":{"model":{"gbtree_model_param":{"num_parallel_tree":"1",)"
    R"("num_trees":"1","size_leaf_vector":"0"},"tree_info":[0],"trees":[{"base_weights":[0,0,0],)"
    R"("categories":[],"categories_nodes":[],"categories_segments":[],"categories_sizes":[],)"
    R"("default_left":[1,0,0],"id":0,"left_children":[1,-1,-1],"loss_changes":[1,0,0],)"
    R"("parents":[2147483647,0,0],"right_children":[2,-1,-1],"split_conditions":[0.5,1,2],)"
    R"("split_indices":[1,0,0],"split_type":[0,0,0],"sum_hessian":[9,4,5],)"
    R"("tree_param":{"num_deleted":"0","num_feature":"2","num_nodes":"3",)"
    R"("size_leaf_vector":"0"}}]},"name":"gbtree"},"learner_model_param":{"base_score":"5E-1",)"
    R"("num_class":"0","num_feature":"2","num_target":"1"},"objective":{)"
    R"("name":"reg:squarederror","reg_loss_param":{"scale_pos_weight":"1"}}},"version":[1,7,4]})";

TEST(XgboostJson, ReadsDartWeightsAndBracketedBaseScores) {
  std::string dart = replaced(kSmall, R"("gradient_booster":{"model":)",
                              R"("gradient_booster":{"gbtree":{"model":)");
  dart = replaced(dart, R"("name":"gbtree"})",
                  R"("name":"gbtree"},"name":"dart","weight_drop":[0.25]})");
  dart = replaced(dart, R"("5E-1")", R"("[7.5E-1]")");
  const auto model = parse_xgboost(dart);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(predict_reference(*model, std::vector<double>{0.0, 1.0}), 0.75 + 0.25 * 2.0);
  EXPECT_EQ(model->feature_names, (std::vector<std::string>{"f0", "f1"}));
}

TEST(XgboostJson, RejectionSaysWhatIsWrong) {
  ASSERT_TRUE(parse_xgboost(kSmall)) << parse_xgboost(kSmall).error().message;
  const struct {
    const char* what;
    const char* with;
    const char* message;
  } cases[] = {
      {R"({"learner")", R"({"loser")", "learner is missing"},
      {R"("num_class":"0")", R"("num_class":"3")", "only one output"},
      {R"("num_feature":"2","num_target")", R"("num_feature":"9e9","num_target")", "num_feature"},
      {R"("num_feature":"2","num_target")", R"("num_feature":"1","num_target")", "feature 1 of 1"},
      {R"("name":"gbtree")", R"("name":"gblinear")", "gblinear has no trees"},
      {R"("name":"reg:squarederror")", R"("name":"multi:softmax")", "multi:softmax"},
      {R"("5E-1")", R"("nan")", "base_score is not a number"},
      {R"("left_children":[1,)", R"("left_children":[0,)", "node 0 is a child twice"},
      {R"("left_children":[1,)", R"("left_children":[2,)", "node 2 is a child twice"},
      {R"("left_children":[1,)", R"("left_children":[3,)", "node 0 has child 3 of 3"},
      {R"("left_children":[1,-1,-1])", R"("left_children":[])", "no nodes"},
      {R"("right_children":[2,-1,-1])", R"("right_children":[2])", "has 1 values for 3"},
      {R"("split_conditions":[0.5)", R"("split_conditions":["nan")", "split_conditions[0]"},
      {R"("split_conditions":[0.5,1)", R"("split_conditions":[0.5,1e39)", "fits a float"},
      {R"("split_type":[0)", R"("split_type":[1)", "no categories"},
      {R"("split_indices":[1)", R"("split_indices":[1.5)", "not an index"},
      {R"("version":[1,7,4]})", "", "byte"},
  };
  for (const auto& [what, with, message] : cases) {
    const auto parsed = parse_xgboost(replaced(kSmall, what, with));
    ASSERT_FALSE(parsed) << what << " -> " << with;
    EXPECT_NE(parsed.error().message.find(message), std::string::npos) << parsed.error().message;
  }
}

}  // namespace
}  // namespace hvac::trees
