#include "twin/model.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "features/input_view.h"
#include "trees/predict/engine.h"
#include "twin/self_check.h"

namespace hvac::twin {
namespace {

using features::Derived;
using features::FeatureRow;
using features::Regime;
using telemetry::InputTag;
using telemetry::kTargetCount;
using telemetry::TargetTag;

/// More features than this would not be one vector register of ranks; nobody needs them.
constexpr std::size_t kMaxTreeFeatures = 128;

/// The middle of what is known of `a` and `b`; `usual` when neither is.
double middle(float a, float b, double usual) {
  if (std::isnan(a)) return std::isnan(b) ? usual : static_cast<double>(b);
  if (std::isnan(b)) return static_cast<double>(a);
  return (static_cast<double>(a) + static_cast<double>(b)) / 2.0;
}

/// Sensible heat [kW] that `flow_m3_h` of air loses between its inlet and outlet.
/// Source: ASHRAE Fundamentals ch. 1: dry air at sea level, density at the inlet.
double sensible_heat_kw(double inlet_c, double outlet_c, double flow_m3_h) {
  constexpr double kDensityTimesKelvin = 353.0;  // kg K / m3
  constexpr double kSpecificHeat = 1.006;        // kJ / (kg K)
  const double density = kDensityTimesKelvin / (273.15 + inlet_c);
  return flow_m3_h / 3600.0 * density * kSpecificHeat * (inlet_c - outlet_c);
}

/// Share of first principles in a prediction whose inputs lie outside the training domain: none up
/// to `from`, everything from `to` on. A row that knows little is soon lost there.
double share_of_physics(const Domain& domain, features::Evidence evidence) {
  const bool sparse = evidence == features::Evidence::sparse;
  const double from = sparse ? 1.0 : 2.0;
  const double to = sparse ? 1.5 : 4.0;
  return std::clamp((domain.distance - from) / (to - from), 0.0, 1.0);
}

}  // namespace

struct Model::Ready {
  ModelParts parts;
  std::vector<std::uint16_t> columns;  ///< Feature of the schema that each tree feature is.
  std::array<std::optional<trees::Engine>, kSpecialistCount> engines;

  Specialist specialist(Regime regime) const {
    return regime == Regime::fan_on && engines[static_cast<std::size_t>(Specialist::fan_on)]
               ? Specialist::fan_on
               : Specialist::general;
  }
};

Model::Model(std::unique_ptr<const Ready> ready) : ready_(std::move(ready)) {}
Model::~Model() = default;
Model::Model(Model&&) noexcept = default;

Result<std::shared_ptr<const Model>> Model::make(ModelParts parts) {
  auto ready = std::make_unique<Ready>();
  if (parts.features.size() > kMaxTreeFeatures) {
    return fail(ErrorCode::invalid_argument,
                "the model has " + std::to_string(parts.features.size()) +
                    " features; the limit is " + std::to_string(kMaxTreeFeatures));
  }
  const auto schema = features::feature_names();
  for (const std::string& feature : parts.features) {
    const auto found = std::ranges::find(schema, feature);
    if (found == schema.end()) {
      return fail(ErrorCode::invalid_argument,
                  "feature " + feature + " is not in schema " + std::string(features::kSchema));
    }
    ready->columns.push_back(static_cast<std::uint16_t>(found - schema.begin()));
  }
  for (std::size_t s = 0; s < kSpecialistCount; ++s) {
    const auto& ensembles = parts.ensembles[s];
    if (ensembles.empty() && s != static_cast<std::size_t>(Specialist::general)) continue;
    if (ensembles.size() != kTargetCount) {
      return fail(ErrorCode::invalid_argument, "the model has " + std::to_string(ensembles.size()) +
                                                   " ensembles for " +
                                                   std::to_string(kTargetCount) + " targets");
    }
    for (const trees::Ensemble& ensemble : ensembles) {
      if (ensemble.feature_count() != parts.features.size()) {
        return fail(ErrorCode::invalid_argument,
                    "an ensemble has " + std::to_string(ensemble.feature_count()) +
                        " features, the model " + std::to_string(parts.features.size()));
      }
    }
    auto engine = trees::Engine::make(ensembles);
    if (!engine) return fail(engine.error());
    ready->engines[s].emplace(std::move(*engine));
  }
  ready->parts = std::move(parts);
  return std::shared_ptr<const Model>(new Model(std::move(ready)));
}

Result<std::shared_ptr<const Model>> Model::from_files(const BundleFiles& files,
                                                       std::string version) {
  Result<ModelParts> parts = parse_bundle(files);
  if (!parts) return fail(parts.error());
  parts->info.version = std::move(version);
  auto model = make(std::move(*parts));
  if (!model) return fail(ErrorCode::corrupt, "model.json: " + model.error().message);
  if (auto same = self_check(**model, files); !same) return fail(same.error());
  return model;
}

features::FeatureBuilder Model::builder() const {
  return features::FeatureBuilder(ready_->parts.cooler);
}

std::span<const trees::Ensemble> Model::ensembles(Regime regime) const {
  return ready_->parts.ensembles[static_cast<std::size_t>(ready_->specialist(regime))];
}

PerTarget<double> Model::baseline(const FeatureRow& row) const {
  return baseline_of(ready_->parts.baseline, row, ready_->parts.cooler);
}

void Model::tree_row(const FeatureRow& row, std::span<float> out) const {
  for (std::size_t i = 0; i < ready_->columns.size(); ++i) out[i] = row.values[ready_->columns[i]];
}

Prediction Model::predict(const FeatureRow& row) const {
  std::array<float, kMaxTreeFeatures> tree_values;
  const std::span<float> inputs(tree_values.data(), ready_->columns.size());
  tree_row(row, inputs);
  PerTarget<double> learned{};
  ready_->engines[static_cast<std::size_t>(ready_->specialist(row.regime))]->predict(inputs,
                                                                                     learned);
  const PerTarget<double> base = baseline(row);
  const PerTarget<double> physics = {static_cast<double>(row.at(Derived::physics_air_outlet_c)),
                                     static_cast<double>(row.at(Derived::physics_water_outlet_c)),
                                     static_cast<double>(row.at(Derived::physics_air_flow_m3_h))};
  Prediction prediction;
  prediction.regime = row.regime;
  prediction.evidence = row.evidence;
  prediction.domain = measure(ready_->parts.domain, row);
  const double fallback = share_of_physics(prediction.domain, row.evidence);
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    // Where it falls back, the interval holds what the trees would have said, too.
    const double trees = base[t] + learned[t];
    const double value = std::isnan(physics[t]) ? trees : trees + fallback * (physics[t] - trees);
    prediction.targets[t] = {value, {std::min(value, trees), std::max(value, trees)}, physics[t]};
  }
  mix_physics(prediction, ready_->parts.physics_share);
  add_margins(prediction, ready_->parts.intervals);
  prediction.q_thermal_kw =
      sensible_heat_kw(static_cast<double>(row.at(InputTag::UCAIT)),
                       prediction.targets[telemetry::index(TargetTag::UCAOT)].value,
                       prediction.targets[telemetry::index(TargetTag::UCAF)].value);
  return prediction;
}

PerTarget<double> Model::physics_weight(const Prediction& prediction) const {
  const double outside = share_of_physics(prediction.domain, prediction.evidence);
  PerTarget<double> weight{};
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    if (std::isnan(prediction.targets[t].physics)) continue;
    const double share =
        share_of(ready_->parts.physics_share, t, prediction.regime, prediction.evidence);
    weight[t] = share + outside * (1.0 - share);
  }
  return weight;
}

Prediction Model::predict(const telemetry::Sample& sample) const {
  features::FeatureBuilder fresh = builder();
  return predict(fresh.push(features::InputView(sample)));
}

const ModelInfo& Model::info() const { return ready_->parts.info; }
const ModelParts& Model::parts() const { return ready_->parts; }

void mix_physics(Prediction& prediction, const PhysicsShare& share) {
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    TargetPrediction& target = prediction.targets[t];
    if (std::isnan(target.physics)) continue;
    const double part = share_of(share, t, prediction.regime, prediction.evidence);
    for (double* value : {&target.value, &target.interval90.low, &target.interval90.high}) {
      *value += part * (target.physics - *value);
    }
  }
}

void add_margins(Prediction& prediction, const Intervals& intervals) {
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const Margin margin = intervals.virtual_sensor[t][static_cast<std::size_t>(prediction.regime)]
                                                  [static_cast<std::size_t>(prediction.evidence)];
    prediction.targets[t].interval90.low += margin.low;
    prediction.targets[t].interval90.high += margin.high;
  }
}

PerTarget<double> baseline_of(Baseline baseline, const FeatureRow& row,
                              const physics::CoolerParameters& cooler) {
  if (baseline == Baseline::zero) return {};
  return {middle(row.at(InputTag::UCAIT), row.at(Derived::physics_air_outlet_c),
                 cooler.usual_air_inlet_c),
          middle(row.at(InputTag::UCWIT), row.at(Derived::physics_water_outlet_c),
                 cooler.usual_water_inlet_c),
          static_cast<double>(row.at(Derived::physics_air_flow_m3_h))};
}

}  // namespace hvac::twin
