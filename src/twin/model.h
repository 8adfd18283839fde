#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "features/features.h"
#include "telemetry/sample.h"
#include "twin/parts.h"
#include "twin/prediction.h"

namespace hvac::twin {

/// The value to which each target's trees are added, and from which training subtracts. Finite.
PerTarget<double> baseline_of(Baseline baseline, const features::FeatureRow& row,
                              const physics::CoolerParameters& cooler);

/// A trained model of one kind of cooler, ready to predict. Immutable; any thread; predicting does
/// not allocate.
class Model {
 public:
  /// Errors: invalid_argument when the parts do not fit together, naming the part.
  [[nodiscard]] static Result<std::shared_ptr<const Model>> make(ModelParts parts);

  /// Errors: corrupt, naming the file and what is wrong in it.
  [[nodiscard]] static Result<std::shared_ptr<const Model>> from_files(const BundleFiles& files,
                                                                       std::string version);
  ~Model();
  Model(Model&&) noexcept;

  /// A builder that makes this model's feature rows from a stream of samples.
  features::FeatureBuilder builder() const;

  /// From a row made by `builder()`.
  Prediction predict(const features::FeatureRow& row) const;

  /// From one instant without history.
  Prediction predict(const telemetry::Sample& sample) const;

  /// How much of each target's value is first principles, 0..1: their share in its regime, and more
  /// outside the training domain. The rest is the trees'.
  PerTarget<double> physics_weight(const Prediction& prediction) const;

  /// The ensembles that predict rows of this regime, one per target ...
  std::span<const trees::Ensemble> ensembles(features::Regime regime) const;
  /// ... what is added to each of them ...
  PerTarget<double> baseline(const features::FeatureRow& row) const;
  /// ... and the values they read, in the order of `parts().features`.
  /// `out` has a place per feature.
  void tree_row(const features::FeatureRow& row, std::span<float> out) const;

  const ModelInfo& info() const;
  const ModelParts& parts() const;

 private:
  struct Ready;
  explicit Model(std::unique_ptr<const Ready> ready);
  std::unique_ptr<const Ready> ready_;
};

}  // namespace hvac::twin
