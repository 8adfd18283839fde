#pragma once

#include <cstdlib>
#include <vector>

#include "trees/explain/shap.h"
#include "trees/predict/engine.h"
#include "trees/predict/reference.h"

/// What must hold for every ensemble that a parser lets through. Ends the program where it does
/// not.
namespace hvac::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

/// A parsed ensemble passes its own check, predicts, and is taken by every engine.
inline void use(const trees::Ensemble& ensemble) {
  require(trees::check_ensemble(ensemble).has_value());
  const std::size_t features = ensemble.feature_count();
  std::vector<float> row(features, 0.5F);
  for (std::size_t i = 0; i < features; i += 2) row[i] = -3.0F;
  static_cast<void>(trees::predict_reference(ensemble, std::span<const float>(row)));
  const auto engine = trees::Engine::make({&ensemble, 1});
  require(engine.has_value());
  std::vector<double> out(1);
  engine->predict(row, out);
  engine->predict_batch(row, 1, out);
  const auto explainer = trees::Explainer::make({&ensemble, 1});
  if (!explainer) return;
  auto workspace = explainer->workspace();
  std::vector<double> shares(features + 1);
  explainer->explain(std::vector<double>(row.begin(), row.end()), workspace, shares);
}

}  // namespace hvac::fuzz
