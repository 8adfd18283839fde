#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "telemetry/sample.h"
#include "training/evaluate.h"
#include "training/paired_blocks.h"

/// Two models on the same rows, with the uncertainty of their difference.
namespace hvac::training {

/// One target in one population.
struct TargetComparison {
  Score before;              ///< The model that is there; n = 0 when there is none.
  Score after;               ///< The model that wants to take its place.
  Score physics;             ///< First principles as `after` has fitted them.
  std::size_t blocks = 0;    ///< That the estimates rest on.
  PairedEstimates change{};  ///< From `before` to `after`; what needs `before` is NaN without it.
};
using Comparison = std::array<twin::PerTarget<TargetComparison>, kPopulationCount>;

/// Rows whose `scored` is 1 count. `before` is empty or has one entry per sample. Deterministic.
Comparison compare_models(std::span<const telemetry::Sample> samples,
                          std::span<const Judged> before, std::span<const Judged> after,
                          std::span<const std::uint8_t> scored, const BootstrapOptions& options);

/// The share of draws beyond each limit of one estimate, so that all of a comparison hold together.
double tail_of(const BootstrapOptions& options);

}  // namespace hvac::training
