#include "trees/predict/engine.h"

#include <gtest/gtest.h>

#include <cmath>

#include "trees/predict/parallel.h"
#include "trees/predict/reference.h"
#include "trees/testdata.h"

namespace hvac::trees {
namespace {

using testdata::random_ensemble;
using testdata::Shape;

std::vector<EngineKind> kinds() {
  std::vector<EngineKind> kinds{EngineKind::automatic, EngineKind::reference};
  const Ensemble any = random_ensemble({}, 1);
  for (const EngineKind kind : {EngineKind::portable, EngineKind::avx2, EngineKind::avx512}) {
    if (Engine::make({&any, 1}, kind)) kinds.push_back(kind);
  }
  return kinds;
}

// Float sums of leaves differ from double ones by this much at most.
double tolerance(const Ensemble& ensemble, double expected) {
  double largest = std::abs(expected);
  for (const Tree& tree : ensemble.trees) {
    for (const double value : tree.leaf_values) largest = std::max(largest, std::abs(value));
  }
  return 1e-6 * (1.0 + largest) * std::sqrt(static_cast<double>(ensemble.trees.size()) + 1.0);
}

// The single row and the batch of `kind` against the reference walk on `rows`.
void expect_equal(const std::vector<Ensemble>& ensembles, EngineKind kind,
                  const std::vector<float>& rows) {
  const auto engine = Engine::make(ensembles, kind);
  ASSERT_TRUE(engine) << engine.error().message;
  const std::size_t features = engine->features();
  const std::size_t n = rows.size() / features;
  std::vector<double> batch(n * ensembles.size());
  engine->predict_batch(rows, n, batch);
  std::vector<double> single(ensembles.size());
  for (std::size_t i = 0; i < n; ++i) {
    const std::span row(rows.data() + i * features, features);
    engine->predict(row, single);
    for (std::size_t k = 0; k < ensembles.size(); ++k) {
      const double expected = predict_reference(ensembles[k], row);
      const double got = batch[i * ensembles.size() + k];
      if (std::isnan(expected)) {
        EXPECT_TRUE(std::isnan(got) && std::isnan(single[k]));
        continue;
      }
      if (std::isinf(expected)) {
        EXPECT_TRUE(got == expected && single[k] == expected);
        continue;
      }
      const double limit = tolerance(ensembles[k], expected);
      ASSERT_NEAR(single[k], expected, limit)
          << engine->kind_name() << ", row " << i << ", output " << k;
      ASSERT_NEAR(got, expected, limit)
          << engine->kind_name() << " batch, row " << i << ", output " << k;
    }
  }
}

TEST(Engine, EveryKindEqualsTheReferenceOnLightgbmsModels) {
  for (const EngineKind kind : kinds()) {
    for (const char* name : testdata::kCases) {
      SCOPED_TRACE(name);
      const Ensemble model = testdata::model(name);
      expect_equal({model}, kind, testdata::hard_rows(model, 300, 7));
    }
    const std::vector<Ensemble> bundle{testdata::model("regression_ucaot"),
                                       testdata::model("regression_ucwot"),
                                       testdata::model("regression_ucaf")};
    expect_equal(bundle, kind, testdata::hard_rows(bundle.front(), 300, 8));
    const std::vector<Ensemble> mixed{
        testdata::model("zero_as_missing"), testdata::model("categorical_fan_speed"),
        testdata::model("no_missing"), testdata::model("single_leaf")};
    expect_equal(mixed, kind, testdata::hard_rows(mixed.front(), 300, 9));
  }
}

// Property: shapes on both sides of every limit of the fast layouts.
TEST(Engine, EveryKindEqualsTheReferenceOnRandomEnsembles) {
  const Shape shapes[] = {
      {.features = 64, .trees = 70, .leaves = 32, .levels = 100},
      {.features = 3, .trees = 5, .leaves = 2, .levels = 3},
      {.features = 1, .trees = 1, .leaves = 1, .levels = 1},
      {.features = 65, .trees = 33, .leaves = 31, .levels = 40},
      {.features = 10, .trees = 40, .leaves = 33, .levels = 60},
      {.features = 10, .trees = 40, .leaves = 64, .levels = 60},
      {.features = 10, .trees = 20, .leaves = 65, .levels = 60},
      {.features = 4, .trees = 20, .leaves = 700, .levels = 0},
      {.features = 5, .trees = 120, .leaves = 31, .levels = 0},
      {.features = 200, .trees = 100, .leaves = 31, .levels = 30},
      {.features = 20, .trees = 50, .leaves = 31, .levels = 30, .categorical = true},
      {.features = 20, .trees = 50, .leaves = 31, .levels = 30, .zero_missing = true},
      {.features = 20, .trees = 50, .leaves = 31, .levels = 0, .comparison = Comparison::less},
  };
  for (const EngineKind kind : kinds()) {
    for (const Shape& shape : shapes) {
      SCOPED_TRACE(::testing::Message() << shape.features << " features, " << shape.leaves
                                        << " leaves, " << shape.levels << " levels");
      const std::vector<Ensemble> ensembles{random_ensemble(shape, 1), random_ensemble(shape, 2),
                                            random_ensemble(shape, 3)};
      for (const std::size_t n : {1U, 63U, 64U, 65U, 300U}) {
        expect_equal(ensembles, kind, testdata::hard_rows(ensembles.front(), n, n));
      }
    }
  }
}

TEST(Engine, AppliesAverageAndTransform) {
  Ensemble model = random_ensemble({}, 4);
  model.base_score = 0.0;
  model.average = true;
  model.transform = Transform::exponential;
  for (const EngineKind kind : kinds()) {
    expect_equal({model}, kind, testdata::hard_rows(model, 50, 1));
  }
}

TEST(Engine, BatchesOnSeveralThreadsAreTheSame) {
  const Ensemble model = random_ensemble({}, 4);
  const auto engine = Engine::make({&model, 1});
  for (const std::size_t n : {0U, 1U, 64U, 1000U}) {
    const auto rows = testdata::hard_rows(model, n, n);
    std::vector<double> one(n);
    engine->predict_batch(rows, n, one);
    for (const std::size_t threads : {1U, 2U, 5U}) {
      std::vector<double> several(n);
      predict_batch_on(threads, *engine, rows, n, several);
      EXPECT_EQ(one, several) << n << " rows on " << threads;
    }
  }
}

TEST(Engine, RejectsEnsemblesThatDoNotFitTogether) {
  const std::vector<Ensemble> ensembles{random_ensemble({.features = 3}, 1),
                                        random_ensemble({.features = 4}, 1)};
  ASSERT_FALSE(Engine::make(ensembles));
  EXPECT_FALSE(Engine::make({}));
  Ensemble broken = random_ensemble({}, 1);
  broken.trees.back().splits.emplace_back();
  EXPECT_FALSE(Engine::make({&broken, 1}));
}

}  // namespace
}  // namespace hvac::trees
