#pragma once

#include <boost/json/fwd.hpp>
#include <memory>
#include <string_view>
#include <vector>

#include "telemetry/sample.h"
#include "twin/model.h"

namespace hvac::app {

/// What was measured and predicted of one target, instant by instant; NaN where it is not known.
struct TargetErrors {
  std::vector<double> measured;
  std::vector<double> predicted;
  std::vector<double> tracked;
};

/// Of instants with the fan on.
using PredictionErrors = twin::PerTarget<TargetErrors>;

/// What the model says of the samples, in order.
PredictionErrors prediction_errors(const twin::Model& model,
                                   const std::vector<telemetry::Sample>& samples);

/// {model, population, status, targets{TAG{n, mae, rmse, r2, status, card{mae, rmse, r2},
/// mae_ratio, tracking{mae, rmse, r2}}}}: how well the model predicts now, against its card. Status
/// by the ratio of the mean absolute errors: warning from 1.5, critical from 2; insufficient_data
/// below 100 measured instants or without a figure in the card.
boost::json::object prediction_drift_json(const PredictionErrors& errors, const twin::Model& model);

/// Why there is none.
boost::json::object no_prediction_drift(std::string_view why);

}  // namespace hvac::app
