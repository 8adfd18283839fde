#include "twin/contributions.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "trees/explain/shap.h"

namespace hvac::twin {

using features::Regime;
using telemetry::kTargetCount;

namespace {

/// One specialist's explainer and its memory.
struct Explained {
  trees::Explainer explainer;
  trees::Explainer::Workspace workspace;
};

Result<Explained> explained(std::span<const trees::Ensemble> ensembles) {
  for (const trees::Ensemble& ensemble : ensembles) {
    if (ensemble.transform != trees::Transform::identity) {
      return fail(ErrorCode::invalid_argument,
                  "objective " + ensemble.objective + " is no sum of contributions");
    }
  }
  auto explainer = trees::Explainer::make(ensembles);
  if (!explainer) return fail(explainer.error());
  auto workspace = explainer->workspace();
  return Explained{std::move(*explainer), std::move(workspace)};
}

}  // namespace

struct Contributions::State {
  std::shared_ptr<const Model> model;
  Explained general;
  std::optional<Explained> fan_on;
  std::vector<float> inputs;
  std::vector<double> row;
  std::vector<double> shares;  ///< Targets x (features + 1).
  PerTarget<std::vector<Contribution>> contributions;
};

Contributions::Contributions(std::unique_ptr<State> state) : state_(std::move(state)) {}
Contributions::~Contributions() = default;
Contributions::Contributions(Contributions&&) noexcept = default;
Contributions& Contributions::operator=(Contributions&&) noexcept = default;

Result<Contributions> Contributions::make(std::shared_ptr<const Model> model) {
  const auto general_trees = model->ensembles(Regime::unknown);
  const auto fan_on_trees = model->ensembles(Regime::fan_on);
  auto general = explained(general_trees);
  if (!general) return fail(general.error());
  std::optional<Explained> fan_on;
  if (fan_on_trees.data() != general_trees.data()) {
    auto specialist = explained(fan_on_trees);
    if (!specialist) return fail(specialist.error());
    fan_on.emplace(std::move(*specialist));
  }
  const std::size_t n = model->parts().features.size();
  auto state = std::make_unique<State>(State{std::move(model),
                                             std::move(*general),
                                             std::move(fan_on),
                                             std::vector<float>(n),
                                             std::vector<double>(n),
                                             std::vector<double>(kTargetCount * (n + 1)),
                                             {}});
  for (auto& contributions : state->contributions) contributions.resize(n);
  return Contributions(std::move(state));
}

PerTarget<TargetContributions> Contributions::explain(const features::FeatureRow& row) {
  State& state = *state_;
  const std::vector<std::string>& names = state.model->parts().features;
  state.model->tree_row(row, state.inputs);
  std::ranges::transform(state.inputs, state.row.begin(),
                         [](float value) { return static_cast<double>(value); });
  Explained& chosen = row.regime == Regime::fan_on && state.fan_on ? *state.fan_on : state.general;
  chosen.explainer.explain(state.row, chosen.workspace, state.shares);

  const PerTarget<double> baseline = state.model->baseline(row);
  const Prediction prediction = state.model->predict(row);
  const PerTarget<double> physics_weight = state.model->physics_weight(prediction);
  PerTarget<TargetContributions> result;
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const double* shares = state.shares.data() + t * (names.size() + 1);
    const double of_physics = physics_weight[t];
    const double of_trees = 1.0 - of_physics;
    const auto of = [&](double share) { return of_trees > 0.0 ? of_trees * share : 0.0; };
    std::vector<Contribution>& features = state.contributions[t];
    for (std::size_t i = 0; i < names.size(); ++i) {
      features[i] = {names[i], state.row[i], of(shares[i])};
    }
    std::ranges::sort(features, std::greater<>(),
                      [](const Contribution& one) { return std::abs(one.amount); });
    const TargetPrediction& target = prediction.targets[t];
    result[t] = {target.value, baseline[t], of(shares[names.size()]),
                 of_physics > 0.0 ? of_physics * (target.physics - baseline[t]) : 0.0, features};
  }
  return result;
}

}  // namespace hvac::twin
