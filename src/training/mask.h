#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <span>

#include "features/features.h"
#include "physics/cooler.h"
#include "telemetry/sample.h"

/// Hiding inputs, so that a model learns what to say of requests that do not have them all.
namespace hvac::training {

/// Which groups of sensors are hidden: a bit per group of one subsystem's tags.
struct Mask {
  std::uint32_t groups = 0;
};

/// Everything but the six fields that a request must have.
Mask only_required_fields();

/// Each subsystem's sensors are hidden with a probability of their own.
Mask random_mask(std::mt19937_64& random);

/// `sample` without the hidden inputs; targets stay.
telemetry::Sample hide(const telemetry::Sample& sample, Mask mask);

/// Shows `visit(i, row)` what requests that know less would make of each sample: once with the six
/// required fields alone, once with sensors hidden at random for stretches of rows, with and
/// without a history. The same seed shows the same rows.
void for_each_hidden(std::span<const telemetry::Sample> samples,
                     const physics::CoolerParameters& cooler, std::uint64_t seed,
                     const std::function<void(std::size_t, const features::FeatureRow&)>& visit);

}  // namespace hvac::training
