#include <gtest/gtest.h>

#include "base/allocation_counter.h"
#include "trees/explain/shap.h"
#include "trees/predict/engine.h"
#include "trees/testdata.h"

namespace hvac::trees {
namespace {

TEST(Allocation, PredictingAndExplainingNeedNone) {
  for (const char* name : {"regression_ucaot", "categorical_fan_speed", "zero_as_missing"}) {
    const Ensemble model = testdata::model(name);
    const auto rows = testdata::hard_rows(model, 200, 1);
    const std::span row(rows.data(), model.feature_count());
    std::vector<double> out(200);
    for (const EngineKind kind :
         {EngineKind::reference, EngineKind::portable, EngineKind::avx2, EngineKind::avx512}) {
      const auto engine = Engine::make({&model, 1}, kind);
      if (!engine) continue;  // This CPU has no such engine.
      EXPECT_EQ(allocations_of([&] {
                  engine->predict(row, out);
                  engine->predict_batch(rows, 200, out);
                }),
                0)
          << name << ", " << engine->kind_name();
    }
    const auto explainer = Explainer::make({&model, 1});
    auto workspace = explainer->workspace();
    const std::vector<double> values(row.begin(), row.end());
    std::vector<double> shares(model.feature_count() + 1);
    EXPECT_EQ(allocations_of([&] { explainer->explain(values, workspace, shares); }), 0) << name;
  }
}

}  // namespace
}  // namespace hvac::trees
