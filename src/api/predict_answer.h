#pragma once

#include <string>

#include "api/json_writer.h"
#include "api/predict_body.h"
#include "twin/contributions.h"
#include "twin/model.h"

namespace hvac::api {

/// Writes the answer to one instant: predictions with their 90 % intervals, what first principles
/// say, residuals of targets that were sent, how far from the training domain the inputs lie, what
/// was missing or not believed, and who the model is. Does not allocate but for `json`'s text.
/// `inference_ms`: how long features and prediction took [ms]. `why`: what moved each prediction,
/// of which the largest parts are written; null when nobody asked.
void write_prediction(JsonWriter& json, const twin::Model& model, const SentInstant& instant,
                      const telemetry::AssetProfile& profile, const twin::Prediction& prediction,
                      double inference_ms,
                      const twin::PerTarget<twin::TargetContributions>* why = nullptr);

}  // namespace hvac::api
