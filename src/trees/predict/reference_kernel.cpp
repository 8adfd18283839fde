#include <vector>

#include "trees/predict/kernel.h"
#include "trees/predict/reference.h"

namespace hvac::trees {
namespace {

class ReferenceKernel final : public Kernel {
 public:
  explicit ReferenceKernel(std::span<const Ensemble> ensembles)
      : ensembles_(ensembles.begin(), ensembles.end()),
        features_(ensembles.front().feature_count()) {}

  void predict(const float* row, double* out) const override {
    for (const Ensemble& ensemble : ensembles_) {
      *out++ = predict_reference(ensemble, std::span(row, features_));
    }
  }
  void predict_batch(const float* rows, std::size_t n, double* out) const override {
    for (std::size_t i = 0; i < n; ++i) {
      predict(rows + i * features_, out + i * ensembles_.size());
    }
  }

 private:
  std::vector<Ensemble> ensembles_;
  std::size_t features_;
};

}  // namespace

std::unique_ptr<const Kernel> make_reference_kernel(std::span<const Ensemble> ensembles) {
  return std::make_unique<ReferenceKernel>(ensembles);
}

}  // namespace hvac::trees
