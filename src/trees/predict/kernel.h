#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "trees/predict/forest.h"

namespace hvac::trees {

/// The prediction of all outputs in one particular way. Immutable, any thread, never allocates.
/// Internal to predict/.
class Kernel {
 public:
  virtual ~Kernel() = default;

  /// `row`: a float per feature; `out`: a value per output.
  virtual void predict(const float* row, double* out) const = 0;
  /// `rows`: n x features, row-major; `out`: n x outputs, row-major.
  virtual void predict_batch(const float* rows, std::size_t n, double* out) const = 0;
};

/// The reference walk, for every ensemble there is.
std::unique_ptr<const Kernel> make_reference_kernel(std::span<const Ensemble> ensembles);

/// A branchless walk of eight trees at a time: any CPU; trees of any size. Nothing when the forest
/// is larger than its node format.
std::unique_ptr<const Kernel> make_walk_kernel(const Forest& forest);

/// Byte-plane QuickScorer: for single rows and batches with AVX-512, for batches only with AVX2
/// (its `predict` is a batch of one). Nothing when the forest does not fit (make_quick_layouts).
/// Only where the CPU has it.
std::unique_ptr<const Kernel> make_avx512_kernel(const Forest& forest);
std::unique_ptr<const Kernel> make_avx2_kernel(const Forest& forest);
bool cpu_has_avx512();
bool cpu_has_avx2();

}  // namespace hvac::trees
