#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "physics/cooler.h"
#include "trees/model/ensemble.h"
#include "twin/domain.h"
#include "twin/prediction.h"

namespace hvac::twin {

/// Who the model is: stored in the bundle, shown everywhere.
struct ModelInfo {
  std::string version;     ///< Set by the registry, e.g. "v3"; not stored in the bundle.
  std::string model_type;  ///< "xgboost" or "lightgbm".
  std::string origin;      ///< "telemetry" or "simulated".
  std::string created;     ///< ISO 8601, UTC.
  std::string data_sha256;
  std::uint64_t seed = 0;
};

/// What a target's trees are added to.
enum class Baseline : std::uint8_t {
  inlet_and_physics,  ///< Middle between the inlet temperature and first principles.
  zero,               ///< Nothing: the trees say the whole value (foreign models).
};

/// Which rows an ensemble was made for.
enum class Specialist : std::uint8_t { general, fan_on };
inline constexpr std::size_t kSpecialistCount = 2;

/// What is added to a prediction to get its interval: quantiles of measured minus predicted.
struct Margin {
  double low = 0.0;   ///< <= 0
  double high = 0.0;  ///< >= 0
};

/// Interval calibration. [target][regime][evidence], and for tracking [target][regime].
struct Intervals {
  PerTarget<std::array<std::array<Margin, features::kEvidenceCount>, features::kRegimeCount>>
      virtual_sensor{};
  PerTarget<std::array<Margin, features::kRegimeCount>> tracking{};
};

/// How much of a prediction first principles make up inside the training domain, 0..1, where they
/// are better than the trees alone. [target][regime][evidence].
using PhysicsShare =
    PerTarget<std::array<std::array<double, features::kEvidenceCount>, features::kRegimeCount>>;

inline double share_of(const PhysicsShare& share, std::size_t target, features::Regime regime,
                       features::Evidence evidence) {
  return share[target][static_cast<std::size_t>(regime)][static_cast<std::size_t>(evidence)];
}

/// Moves value and interval of each target towards first principles, by the share of the
/// prediction's regime and evidence. Not where first principles say nothing.
void mix_physics(Prediction& prediction, const PhysicsShare& share);

/// Moves the interval of each target outwards by the margin of the prediction's regime and
/// evidence.
void add_margins(Prediction& prediction, const Intervals& intervals);

/// Everything a model consists of. A value; `Model` makes it ready to predict.
struct ModelParts {
  ModelInfo info;
  Baseline baseline = Baseline::inlet_and_physics;
  std::vector<std::string> features;  ///< Of the trees, in their order: names of the schema.
  /// [specialist][target]; no fan_on specialist: the general ensembles serve every regime.
  std::array<std::vector<trees::Ensemble>, kSpecialistCount> ensembles;
  physics::CoolerParameters cooler;
  PhysicsShare physics_share{};
  Intervals intervals;
  TrainingDomain domain;
  std::string card;             ///< The model card, JSON text.
  std::string drift_reference;  ///< What telemetry is compared with, JSON text; may be empty.
  /// What models that had not seen them said of the training rows, so that this model can be scored
  /// on them too (`training::judge_fairly`); empty when that is not known.
  std::string held_out;
};

/// A bundle's files, by name, without the manifest.
using BundleFiles = std::map<std::string, std::string>;

/// The parts as files; the same parts give the same bytes.
/// Errors: invalid_argument for trees that LightGBM's text format cannot hold, and for parts that
/// make no model.
[[nodiscard]] Result<BundleFiles> bundle_files(const ModelParts& parts);

/// The parts that `files` describe. Errors: corrupt, naming the file and what is wrong in it.
[[nodiscard]] Result<ModelParts> parse_bundle(const BundleFiles& files);

}  // namespace hvac::twin
