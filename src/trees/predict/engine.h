#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "trees/model/ensemble.h"

namespace hvac::trees {

struct Forest;

enum class EngineKind { automatic, reference, portable, avx2, avx512 };

/// Predicts several ensembles over the same features at once, as fast as the machine can.
/// Immutable after making; any thread; `predict` does not allocate.
class Engine {
 public:
  /// Errors: invalid_argument when the ensembles do not share their features;
  ///         unavailable when `kind` is asked for and this CPU lacks it.
  [[nodiscard]] static Result<Engine> make(std::span<const Ensemble> ensembles,
                                           EngineKind kind = EngineKind::automatic);
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  /// One row: `row` has a float per feature (NaN = missing), `out` a value per ensemble.
  void predict(std::span<const float> row, std::span<double> out) const;

  /// `rows`: n x features, row-major; `out`: n x ensembles, row-major.
  void predict_batch(std::span<const float> rows, std::size_t n, std::span<double> out) const;

  std::size_t features() const;
  std::size_t outputs() const;
  std::string_view kind_name() const;  ///< Which engine was chosen.

 private:
  struct Impl;
  static void choose(const Forest& forest, EngineKind kind, Impl& impl);
  explicit Engine(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace hvac::trees
