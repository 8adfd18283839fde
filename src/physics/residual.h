#pragma once

#include <array>
#include <optional>

#include "physics/cooler.h"

/// What a deviation from the clean cooler comes from.
namespace hvac::physics {

enum class Cause {
  coil,        ///< Heat transfer: fouling, air in the water.
  water_flow,  ///< More or less water than meter and pressures say.
  fan,         ///< More or less air than the speed signals say.
  sensor,      ///< The three sensors themselves, and what nothing else explains.
};
inline constexpr std::size_t kCauseCount = 4;

/// Measured minus modelled, of air outlet [K], water outlet [K] and air flow [m3/h].
inline constexpr std::size_t kResidualCount = 3;
using Residual = std::array<std::optional<double>, kResidualCount>;

/// A residual taken apart.
struct ResidualSplit {
  /// [target][cause] in the target's unit; a target's parts add up to its residual exactly, and
  /// are 0 where the residual is missing.
  std::array<std::array<double, kCauseCount>, kResidualCount> part;
  /// What the causes would have to be, as factors on the clean cooler: 0.8 is a fifth less.
  double coil_factor;
  double water_flow_factor;
  double air_flow_factor;
};

/// The likeliest split: each cause departs from the clean cooler with a usual spread, each sensor
/// errs with a usual spread, and the model is linear in them around `inputs` (conditional mean of
/// a normal distribution). A single instant cannot tell all causes apart: average the splits of a
/// spell. Finite for finite inputs; does not allocate.
ResidualSplit split_residual(const CoolerParameters& cooler, const CoolerInputs& inputs,
                             const Residual& residual);

}  // namespace hvac::physics
