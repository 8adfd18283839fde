#pragma once

#include "units/units.h"

/// Fan in its duct. Pure functions.
namespace hvac::physics {

/// A fan's curve at full speed, dp = shutoff - curvature V^2, and what stands in its way,
/// dp = resistance V^2 (coil, duct, clean filter).
struct FanCurve {
  PressureRise shutoff;  ///< At full speed and no flow [Pa].
  double curvature;      ///< [Pa s2/m6], >= 0.
  double resistance;     ///< [Pa s2/m6], > 0.
  Watt full_power;       ///< Shaft power at full speed.
};

struct FanPoint {
  CubicMetrePerSecond flow;
  PressureRise rise;
  Watt power;
};

/// Where fan and duct meet at `speed` (fraction of full speed, >= 0) with `clogging` of the
/// duct's resistance added (0 clean, 1 twice the resistance): V ~ N, dp ~ N^2, P ~ N^3.
/// Source: ASHRAE Handbook - HVAC Systems and Equipment (2016), ch. 21, fan laws.
FanPoint fan_point(const FanCurve& fan, Fraction speed, double clogging);

}  // namespace hvac::physics
