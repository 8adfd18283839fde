#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "trees/model/ensemble.h"

/// Why a prediction is what it is: exact Shapley values of the features (TreeSHAP, path-dependent,
/// with the covers of the trees as background).
namespace hvac::trees {

/// Explains several ensembles over the same features at once. Immutable after making; any thread,
/// each with a workspace of its own.
class Explainer {
 public:
  /// Memory that explaining needs. Made once, used again and again by one thread.
  class Workspace {
   public:
    ~Workspace();
    Workspace(Workspace&&) noexcept;
    Workspace& operator=(Workspace&&) noexcept;

   private:
    friend class Explainer;
    struct Memory;
    explicit Workspace(std::unique_ptr<Memory> memory);
    std::unique_ptr<Memory> memory_;
  };

  /// Errors: invalid_argument when the ensembles do not share their features, have linear leaves
  ///         or no covers, or a tree is too large (32,767 leaves, 128 features on one path).
  [[nodiscard]] static Result<Explainer> make(std::span<const Ensemble> ensembles);
  ~Explainer();
  Explainer(Explainer&&) noexcept;
  Explainer& operator=(Explainer&&) noexcept;

  Workspace workspace() const;

  /// Contributions to the sum of trees before its transform (the margin), per ensemble: one for
  /// each feature, then the expected value; together they are the margin. `row`: a value per
  /// feature, NaN = missing; `out`: outputs x (features + 1), row-major. Does not allocate.
  void explain(std::span<const double> row, Workspace& workspace, std::span<double> out) const;

  std::size_t features() const;
  std::size_t outputs() const;

  struct Impl;  ///< Of shap.cpp.

 private:
  explicit Explainer(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace hvac::trees
