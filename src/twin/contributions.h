#pragma once

#include <array>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "twin/model.h"
#include "twin/prediction.h"

namespace hvac::twin {

/// What one feature adds to a prediction, in the target's unit: its Shapley value of the trees, by
/// their weight.
struct Contribution {
  std::string_view feature;  ///< Name in the schema.
  double value;              ///< The feature's; NaN when missing.
  double amount;
};

/// Where one target's prediction comes from: value = baseline + expected + all amounts
/// + fallback.
struct TargetContributions {
  double value;     ///< The prediction.
  double baseline;  ///< What the trees are added to: inlet temperature and first principles.
  double expected;  ///< What the trees say on average of their training rows.
  double fallback;  ///< What first principles add, by their weight (Model::physics_weight).
  std::span<const Contribution> features;  ///< Every feature of the trees, the largest first.
};

/// Explains predictions of one model: exact Shapley values of the features (TreeSHAP). Keeps the
/// model. One thread; explaining does not allocate.
class Contributions {
 public:
  /// Errors: invalid_argument when the model's trees have no contributions (linear leaves, an
  ///         objective that is not the sum of trees, no covers).
  [[nodiscard]] static Result<Contributions> make(std::shared_ptr<const Model> model);
  ~Contributions();
  Contributions(Contributions&&) noexcept;
  Contributions& operator=(Contributions&&) noexcept;

  /// Of a row made by the model's builder. What the spans refer to lives until the next call.
  PerTarget<TargetContributions> explain(const features::FeatureRow& row);

 private:
  struct State;
  explicit Contributions(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hvac::twin
