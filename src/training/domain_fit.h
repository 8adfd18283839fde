#pragma once

#include <span>

#include "features/features.h"
#include "twin/domain.h"

namespace hvac::training {

/// Where `rows` lie: what a request must not leave for the model to be at home.
twin::TrainingDomain fit_domain(std::span<const features::FeatureRow> rows);

}  // namespace hvac::training
