#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "trees/explain/shap.h"
#include "trees/predict/engine.h"
#include "trees/testdata.h"

// Counts what this thread allocates while it is asked to.
namespace {
thread_local bool counting = false;
thread_local int allocations = 0;

void* counted(std::size_t size) {
  if (counting) ++allocations;
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace hvac::trees {
namespace {

template <class Work>
int allocations_of(Work&& work) {
  allocations = 0;
  counting = true;
  work();
  counting = false;
  return allocations;
}

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
