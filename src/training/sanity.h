#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/sample.h"
#include "twin/model.h"

/// Whether a model's answers could come from a cooler at all.
namespace hvac::training {

/// One thing that physics says of every cooler, tried out over the operating range.
struct SanityRule {
  std::string_view name;   ///< "air outlet rises with air inlet"
  std::size_t tried = 0;   ///< Operating points.
  std::size_t broken = 0;  ///< Of them where the model says the contrary.
  double mean = 0.0;       ///< Change of the prediction in the right direction, in `unit`.
  double least = 0.0;      ///< What the mean must be above.
  std::string_view unit;

  double share() const {
    return tried == 0 ? 0.0 : static_cast<double>(broken) / static_cast<double>(tried);
  }
};

struct SanityReport {
  std::vector<SanityRule> monotone;
  std::size_t points = 0;          ///< Of the sweep with a prediction.
  std::size_t impossible = 0;      ///< Of them not finite, or no cooler's.
  std::string worst;               ///< The first impossible answer, in words.
  std::size_t balance_points = 0;  ///< Settled rows with the fan on.
  double predicted_balance = 0.0;  ///< Share of them whose predicted heat balance closes ...
  double measured_balance = 0.0;   ///< ... and whose measured one does.
};

/// Tries the model at operating points of `samples` and on a grid of the six fields that every
/// request must have, as far as both lie inside its training domain: changes one condition at a
/// time (each at up to 300 points where it applies), and looks at temperatures, flows and the heat
/// balance. Deterministic.
SanityReport try_physics(const twin::Model& model, std::span<const telemetry::Sample> samples);

}  // namespace hvac::training
