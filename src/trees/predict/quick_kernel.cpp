#include <array>
#include <vector>

#include "trees/predict/kernel.h"
#include "trees/predict/quick_layout.h"

namespace hvac::trees {

#if defined(__x86_64__)

namespace {

using namespace quick;

using PredictRow = void (*)(const View&, const float*, float*);
using PredictBatch = void (*)(const View&, const float*, std::size_t, std::size_t, float*);

class QuickKernel final : public Kernel {
 public:
  QuickKernel(const Forest& forest, std::vector<QuickLayout> layouts, PredictRow row,
              PredictBatch batch)
      : layouts_(std::move(layouts)),
        rules_(forest.outputs),
        features_(forest.features),
        predict_row_(row),
        predict_batch_(batch) {}

  void predict(const float* row, double* out) const override {
    if (predict_row_ == nullptr) return predict_batch(row, 1, out);
    std::array<float, kColumns> prepared;
    std::array<float, kOutputs> sums;
    for (const QuickLayout& layout : layouts_) {
      predict_row_(layout.view(), prepare(layout, row, prepared.data()), sums.data());
      for (std::size_t i = 0; i < layout.outputs.size(); ++i) {
        const std::size_t output = layout.outputs[i];
        out[output] = finish(rules_[output], static_cast<double>(sums[i]));
      }
    }
  }

  void predict_batch(const float* rows, std::size_t n, double* out) const override {
    std::array<float, kColumns * kBatchRows> prepared;
    std::array<float, kOutputs * kBatchRows> sums;
    for (std::size_t begin = 0; begin < n; begin += kBatchRows) {
      const std::size_t count = std::min(kBatchRows, n - begin);
      const float* block = rows + begin * features_;
      for (const QuickLayout& layout : layouts_) {
        if (layout.plain) {
          predict_batch_(layout.view(), block, features_, count, sums.data());
        } else {
          for (std::size_t i = 0; i < count; ++i) {
            prepare(layout, block + i * features_, prepared.data() + i * kColumns);
          }
          predict_batch_(layout.view(), prepared.data(), kColumns, count, sums.data());
        }
        store(layout, sums.data(), count, out + begin * rules_.size());
      }
    }
  }

 private:
  // The row that the layout's columns are read from.
  static const float* prepare(const QuickLayout& layout, const float* row, float* prepared) {
    if (layout.plain) return row;
    for (std::size_t i = 0; i < layout.columns.size(); ++i) {
      prepared[i] = column_value(layout.columns[i], row);
    }
    return prepared;
  }

  void store(const QuickLayout& layout, const float* sums, std::size_t count, double* out) const {
    for (std::size_t i = 0; i < layout.outputs.size(); ++i) {
      const std::size_t output = layout.outputs[i];
      for (std::size_t row = 0; row < count; ++row) {
        out[row * rules_.size() + output] =
            finish(rules_[output], static_cast<double>(sums[i * kBatchRows + row]));
      }
    }
  }

  std::vector<QuickLayout> layouts_;
  std::vector<OutputRule> rules_;
  std::size_t features_;
  PredictRow predict_row_;  // Null: a batch of one.
  PredictBatch predict_batch_;
};

std::unique_ptr<const Kernel> make_kernel(const Forest& forest, PredictRow row,
                                          PredictBatch batch) {
  std::vector<QuickLayout> layouts = make_quick_layouts(forest);
  if (layouts.empty()) return nullptr;
  return std::make_unique<QuickKernel>(forest, std::move(layouts), row, batch);
}

}  // namespace

bool cpu_has_avx512() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
         __builtin_cpu_supports("avx512cd") != 0 && __builtin_cpu_supports("avx512vbmi") != 0;
}

bool cpu_has_avx2() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("popcnt") != 0 &&
         __builtin_cpu_supports("fma") != 0;
}

std::unique_ptr<const Kernel> make_avx512_kernel(const Forest& forest) {
  return make_kernel(forest, predict_avx512, predict_batch_avx512);
}

std::unique_ptr<const Kernel> make_avx2_kernel(const Forest& forest) {
  return make_kernel(forest, nullptr, predict_batch_avx2);
}

#else

bool cpu_has_avx512() { return false; }

bool cpu_has_avx2() { return false; }

std::unique_ptr<const Kernel> make_avx512_kernel(const Forest&) { return nullptr; }

std::unique_ptr<const Kernel> make_avx2_kernel(const Forest&) { return nullptr; }

#endif

}  // namespace hvac::trees
