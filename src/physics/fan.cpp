#include "physics/fan.h"

#include <algorithm>
#include <cmath>

namespace hvac::physics {

FanPoint fan_point(const FanCurve& fan, Fraction speed, double clogging) {
  const double n = std::max(speed.value, 0.0);
  const double resistance = fan.resistance * (1.0 + std::max(clogging, 0.0));
  // shutoff n^2 - curvature V^2 = resistance V^2
  const double flow = n * std::sqrt(fan.shutoff.value / (fan.curvature + resistance));
  return {CubicMetrePerSecond{flow}, PressureRise{resistance * flow * flow},
          Watt{fan.full_power.value * n * n * n}};
}

}  // namespace hvac::physics
