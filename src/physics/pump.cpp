#include "physics/pump.h"

#include <algorithm>
#include <cmath>

namespace hvac::physics {
namespace {

constexpr double kBar = 1e5;  // Pa
constexpr double kSecondsPerHour = 3600.0;

}  // namespace

FlowCoefficient valve_coefficient(const Valve& valve, Fraction opening) {
  constexpr double kShutting = 0.05;
  const double x = std::clamp(opening.value, 0.0, 1.0);
  const double inherent =
      valve.open.value * std::pow(valve.rangeability, std::max(x, kShutting) - 1.0);
  const double kv = x < kShutting ? inherent * x / kShutting : inherent;
  return FlowCoefficient{std::max(kv, valve.passing.value)};
}

PressureRise valve_drop(FlowCoefficient kv, CubicMetrePerHour flow) {
  if (!(kv.value > 0.0)) return PressureRise{0.0};
  const double ratio = flow.value / kv.value;
  return PressureRise{kBar * ratio * std::abs(ratio)};
}

LoopPoint loop_point(const PumpLoop& loop, Fraction speed, FlowCoefficient valve) {
  const double n = std::max(speed.value, 0.0);
  const double shutoff = loop.shutoff.value * n * n;
  const double drive = shutoff - loop.fixed.value;
  if (!(valve.value > 0.0) || drive <= 0.0) {
    return {CubicMetrePerHour{0.0}, PressureRise{shutoff}, PressureRise{std::max(drive, 0.0)}};
  }
  // shutoff - curvature V^2 = fixed + resistance V^2 + bar (V / Kv)^2
  const double against = loop.curvature + loop.resistance + kBar / (valve.value * valve.value);
  const CubicMetrePerHour flow{std::sqrt(drive / against)};
  return {flow, PressureRise{shutoff - loop.curvature * flow.value * flow.value},
          valve_drop(valve, flow)};
}

Watt hydraulic_power(CubicMetrePerHour flow, PressureRise rise) {
  return Watt{flow.value / kSecondsPerHour * rise.value};
}

}  // namespace hvac::physics
