#pragma once

#include <cmath>

#include "units/units.h"

/// Electric air heater. Pure functions.
namespace hvac::physics {

using Volt = Quantity<struct VoltUnit>;
using Ampere = Quantity<struct AmpereUnit>;

/// Power of a balanced three-phase resistive load, from line voltage and line current.
inline Watt three_phase_power(Volt line, Ampere current) {
  return Watt{std::sqrt(3.0) * line.value * current.value};
}

/// Line current of a heater rated `rated` at `rated_voltage`, at another line voltage: a
/// resistance.
inline Ampere heater_current(Watt rated, Volt rated_voltage, Volt line) {
  const double at_rated = rated.value / (std::sqrt(3.0) * rated_voltage.value);
  return Ampere{at_rated * line.value / rated_voltage.value};
}

}  // namespace hvac::physics
