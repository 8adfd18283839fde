#pragma once

#include <string>

#include "base/progress.h"
#include "base/result.h"
#include "training/dataset.h"
#include "training/evaluate.h"
#include "training/fit.h"
#include "twin/parts.h"

namespace hvac::training {

struct Trained {
  twin::ModelParts parts;
  Assessment assessment;
  Calibration calibration;
};

/// Assesses the method on `data` by every protocol, then learns the model from all of them, with
/// intervals and card. `origin` is "telemetry" or "simulated"; `created` an ISO 8601 time.
/// Same arguments, same bytes.
/// Errors: those of `assess`; rejected when the leakage audit fails, with its words.
[[nodiscard]] Result<Trained> train(const Dataset& data, std::string origin, std::string created,
                                    const FitOptions& options, const Progress& progress);

}  // namespace hvac::training
