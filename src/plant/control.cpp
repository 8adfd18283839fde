#include "plant/control.h"

#include <algorithm>
#include <cmath>

namespace hvac::plant {
namespace {

// The steps of the rig's fan, as fractions of its highest.
constexpr double kLow = 0.50;
constexpr double kMiddle = 0.78;
constexpr double kHigh = 1.0;

// Up a step at once when the demand calls for it, down only half a kelvin later.
double fan_step(double demand_k, double now) {
  const auto step = [](double d) { return d > 2.0 ? kHigh : d > 0.3 ? kMiddle : kLow; };
  const double up = step(demand_k);
  return up >= now ? up : std::min(now, step(demand_k + 0.5));
}

}  // namespace

Commands Controller::step(const ControlInputs& in, double step_s) {
  if (!in.wanted) {
    reboot();
    return {};
  }
  // Positive: the loop's water must work harder.
  const double error_k = (in.air_c - in.set_point_c) * (in.hot_water ? -1.0 : 1.0);
  constexpr double kGain = 0.12;           // opening per K
  constexpr double kIntegralTime = 900.0;  // s
  integral_ = std::clamp(integral_ + kGain * error_k * step_s / kIntegralTime, 0.0, 1.0);
  const double valve = std::clamp(kGain * error_k + integral_, 0.0, 1.0);

  // Too cold with cold water in the loop: the electric heater, loudest fan. Off above the
  // set-point.
  const double cold_k = in.set_point_c - in.air_c;
  heater_ = !in.hot_water && cold_k > (heater_ ? 0.1 : 1.2);
  pump_ = valve > (pump_ ? 0.005 : 0.03);
  fan_speed_ = heater_ ? kHigh : fan_step(error_k, fan_speed_);
  return {fan_speed_, valve, heater_, pump_};
}

}  // namespace hvac::plant
