#include "trees/model/onnx.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/files.h"
#include "trees/predict/reference.h"
#include "trees/testdata.h"

namespace hvac::trees {
namespace {

namespace fs = std::filesystem;

// ONNX Runtime, by way of Node: tests/onnx after `npm ci` there.
bool has_onnx_runtime() {
  return fs::exists(fs::path(HVAC_ONNX_TEST) / "node_modules" / "onnxruntime-node") &&
         std::system("node --version > /dev/null 2>&1") == 0;
}

constexpr const char* kAbsent =
    "ONNX Runtime is absent: run `npm ci --ignore-scripts` in tests/onnx";

std::vector<float> onnx_runtime(std::span<const NamedEnsemble> models,
                                const std::vector<float>& rows) {
  const auto bytes = onnx_bytes(models);
  EXPECT_TRUE(bytes) << bytes.error().message;
  if (!bytes) return {};
  const fs::path folder = fs::path(::testing::TempDir()) / ("onnx" + std::to_string(::getpid()));
  const auto floats = [](const std::vector<float>& values) {
    std::string text(values.size() * sizeof(float), '\0');
    std::memcpy(text.data(), values.data(), text.size());
    return text;
  };
  EXPECT_TRUE(write_file_atomically(folder / "model.onnx", *bytes));
  EXPECT_TRUE(write_file_atomically(folder / "rows.bin", floats(rows)));
  const std::string command = "cd '" + std::string(HVAC_ONNX_TEST) + "' && node run.mjs '" +
                              (folder / "model.onnx").string() + "' '" +
                              (folder / "rows.bin").string() + "' " +
                              std::to_string(models.front().ensemble.feature_count()) + " '" +
                              (folder / "out.bin").string() + "'";
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  const auto out = read_file(folder / "out.bin");
  EXPECT_TRUE(out);
  std::vector<float> values(out.value_or("").size() / sizeof(float));
  std::memcpy(values.data(), out.value_or("").data(), values.size() * sizeof(float));
  fs::remove_all(folder);
  return values;
}

// 10,000 hard rows, then a row at every threshold of every split and one ulp either side.
std::vector<float> rows_for(const Ensemble& model) {
  std::vector<float> rows = testdata::hard_rows(model, 10000, 12);
  const std::size_t features = model.feature_count();
  const std::vector<float> base = testdata::hard_rows(model, 1, 13);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const Tree& tree : model.trees) {
    for (const Split& split : tree.splits) {
      const auto at = static_cast<float>(split.threshold);
      for (const float value :
           {at, std::nextafter(at, kInfinity), std::nextafter(at, -kInfinity)}) {
        std::vector<float> row = base;
        row[static_cast<std::size_t>(split.feature)] = value;
        rows.insert(rows.end(), row.begin(), row.begin() + static_cast<std::ptrdiff_t>(features));
      }
    }
  }
  return rows;
}

// A model per tree, whose leaves say their own number.
std::vector<NamedEnsemble> leaf_numbers(const Ensemble& model) {
  std::vector<NamedEnsemble> out;
  for (const Tree& tree : model.trees) {
    Ensemble one = model;
    one.trees = {tree};
    one.base_score = 0.0;
    for (std::size_t leaf = 0; leaf < tree.leaf_values.size(); ++leaf) {
      one.trees.front().leaf_values[leaf] = static_cast<double>(leaf);
    }
    out.push_back({"tree" + std::to_string(out.size()), std::move(one)});
  }
  return out;
}

std::vector<Ensemble> portable_models() {
  std::vector<Ensemble> models{testdata::model("regression_ucaot"), testdata::model("no_missing"),
                               testdata::model("single_leaf")};
  testdata::Shape shape;
  shape.comparison = Comparison::less;
  shape.levels = 0;
  models.push_back(testdata::random_ensemble(shape, 3));
  return models;
}

// Property: ONNX Runtime finds the leaf of the reference walk, in every tree for every row.
TEST(Onnx, RuntimeFallsIntoTheSameLeaves) {
  if (!has_onnx_runtime()) GTEST_SKIP() << kAbsent;
  for (const Ensemble& model : portable_models()) {
    const std::size_t features = model.feature_count();
    const std::vector<float> rows = rows_for(model);
    const std::vector<float> leaves = onnx_runtime(leaf_numbers(model), rows);
    ASSERT_EQ(leaves.size(), rows.size() / features * model.trees.size());
    std::size_t different = 0;
    for (std::size_t i = 0; i < rows.size() / features; ++i) {
      const std::span row(rows.data() + i * features, features);
      for (std::size_t k = 0; k < model.trees.size(); ++k) {
        const std::size_t leaf = find_leaf(model.trees[k], model.comparison, row);
        different += leaves[i * model.trees.size() + k] != static_cast<float>(leaf) ? 1 : 0;
      }
    }
    EXPECT_EQ(different, 0u);
  }
}

TEST(Onnx, RuntimePredictsAllTargetsOfOneGraph) {
  if (!has_onnx_runtime()) GTEST_SKIP() << kAbsent;
  const std::vector<NamedEnsemble> models{{"UCAOT", testdata::model("regression_ucaot")},
                                          {"UCWOT", testdata::model("regression_ucwot")},
                                          {"UCAF", testdata::model("regression_ucaf")}};
  const std::vector<float> rows = testdata::hard_rows(models.front().ensemble, 10000, 5);
  const std::vector<float> out = onnx_runtime(models, rows);
  const std::size_t features = models.front().ensemble.feature_count();
  ASSERT_EQ(out.size(), 30000u);
  std::vector<double> limits;  // What floats of the size of the leaves may be wrong by.
  for (const NamedEnsemble& model : models) {
    const std::vector<double>& leaves = model.ensemble.trees.front().leaf_values;
    limits.push_back(1e-6 * std::ranges::max(leaves));
  }
  for (std::size_t i = 0; i < 10000; ++i) {
    const std::span row(rows.data() + i * features, features);
    for (std::size_t k = 0; k < 3; ++k) {
      const double expected = predict_reference(models[k].ensemble, row);
      ASSERT_NEAR(out[3 * i + k], expected, limits[k]) << i << ", " << k;
    }
  }
}

TEST(Onnx, RuntimeAppliesTheObjective) {
  if (!has_onnx_runtime()) GTEST_SKIP() << kAbsent;
  testdata::Shape shape;
  shape.trees = 3;
  Ensemble model = testdata::random_ensemble(shape, 2);
  model.base_score = 0.4;
  const std::vector<float> rows = testdata::hard_rows(model, 100, 5);
  for (const Transform transform : {Transform::signed_square, Transform::exponential,
                                    Transform::sigmoid, Transform::softplus}) {
    model.transform = transform;
    const std::vector<NamedEnsemble> models{{"x", model}};
    const std::vector<float> out = onnx_runtime(models, rows);
    ASSERT_EQ(out.size(), 100u);
    for (std::size_t i = 0; i < 100; ++i) {
      const std::span row(rows.data() + i * shape.features, shape.features);
      const double expected = predict_reference(model, row);
      EXPECT_NEAR(out[i], expected, 1e-5 * (1.0 + std::abs(expected)));
    }
  }
}

TEST(Onnx, RefusesWhatAGraphCannotSay) {
  for (const char* name : {"categorical_fan_speed", "zero_as_missing", "linear_tree"}) {
    const std::vector<NamedEnsemble> models{{name, testdata::model(name)}};
    EXPECT_FALSE(onnx_bytes(models)) << name;
  }
  EXPECT_FALSE(onnx_bytes({}));
  std::vector<NamedEnsemble> mixed{{"a", testdata::model("no_missing")},
                                   {"b", testdata::model("no_missing")}};
  mixed.back().ensemble.transform = Transform::exponential;
  EXPECT_FALSE(onnx_bytes(mixed));
}

}  // namespace
}  // namespace hvac::trees
