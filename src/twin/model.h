#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "features/features.h"
#include "telemetry/sample.h"
#include "telemetry/tags.h"

namespace hvac::twin {

using features::Regime;

struct Interval {
  double low;
  double high;
};

/// One target's prediction, in the target's unit (degC, degC, m3/h).
struct TargetPrediction {
  double value;
  Interval interval90;  ///< Holds the measured value in 90 % of cases.
  double physics;       ///< What first principles alone say; NaN when they cannot.
};

/// How far the inputs lie from what the model was trained on.
struct Domain {
  double distance;    ///< 0 = in the middle, 1 = at the edge of the training data, above = outside.
  bool inside;        ///< distance <= 1.
  int worst_feature;  ///< Index of the feature that lies farthest out; -1 when none does.
};

struct Prediction {
  std::array<TargetPrediction, telemetry::kTargetCount> targets;  ///< Indexed by TargetTag.
  double q_thermal_kw;  ///< Heat taken from the air [kW], from the predicted air side.
  Regime regime;
  Domain domain;
};

/// Who the model is: stored in the bundle, shown everywhere.
struct ModelInfo {
  std::string version;     ///< Set by the registry, e.g. "v3".
  std::string model_type;  ///< "xgboost" or "lightgbm".
  std::string origin;      ///< "telemetry" or "simulated".
  std::string created;     ///< ISO 8601, UTC.
  std::string data_sha256;
  std::uint64_t seed = 0;
};

/// A bundle's files, by name, without the manifest.
using BundleFiles = std::map<std::string, std::string>;

/// A trained model of one kind of cooler: trees per target, physics parameters, interval
/// calibration, training domain. Immutable; any thread; predicting does not allocate.
class Model {
 public:
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

  const ModelInfo& info() const;
  const std::string& card() const;  ///< The model card, JSON text.

 private:
  struct Parts;
  explicit Model(std::unique_ptr<const Parts> parts);
  std::unique_ptr<const Parts> parts_;
};

}  // namespace hvac::twin
