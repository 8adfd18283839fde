#include "twin/health.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace hvac::twin {
namespace {

constexpr double kLeastDifferenceK = 6.0;  // Between the inlets: below it noise decides.
constexpr double kLeastWaterKgS = 0.01;    // Below it the outlet hardly depends on UA.
constexpr double kIdleHeaterW = 50.0;
constexpr double kLeastSensitivityK = 1.0;  // Outlet change between half and full conductance.
constexpr double kLeastRatio = 0.05;
constexpr double kGreatestRatio = 3.0;

/// The cooler with both sides' conductance scaled.
physics::CoolerParameters scaled(const physics::CoolerParameters& cooler, double ratio) {
  physics::CoolerParameters result = cooler;
  result.air_conductance_w_k *= ratio;
  result.water_conductance_w_k *= ratio;
  return result;
}

double outlet_c(const physics::CoolerParameters& cooler, double ratio,
                const physics::CoolerInputs& inputs) {
  return physics::steady_state(scaled(cooler, ratio), inputs).air_outlet_c;
}

}  // namespace

std::optional<double> conductance_ratio(const physics::CoolerParameters& cooler,
                                        const physics::CoolerInputs& inputs, double air_outlet_c) {
  const bool known = inputs.air_inlet_c && inputs.water_inlet_c && inputs.water_flow_kg_s;
  if (!known || inputs.fan != physics::FanState::on) return std::nullopt;
  if (*inputs.air_inlet_c - *inputs.water_inlet_c < kLeastDifferenceK) return std::nullopt;
  if (*inputs.water_flow_kg_s < kLeastWaterKgS) return std::nullopt;
  if (inputs.heater_power_w.value_or(0.0) > kIdleHeaterW) return std::nullopt;
  if (outlet_c(cooler, 0.5, inputs) - outlet_c(cooler, 1.0, inputs) < kLeastSensitivityK) {
    return std::nullopt;
  }
  // More conductance, colder air: bisect on the logarithm.
  double low = kLeastRatio;
  double high = kGreatestRatio;
  if (outlet_c(cooler, low, inputs) < air_outlet_c) return std::nullopt;
  if (outlet_c(cooler, high, inputs) > air_outlet_c) return std::nullopt;
  constexpr int kSteps = 14;  // To 0.03 %.
  for (int i = 0; i < kSteps; ++i) {
    const double middle = std::sqrt(low * high);
    (outlet_c(cooler, middle, inputs) > air_outlet_c ? low : high) = middle;
  }
  return std::sqrt(low * high);
}

void HealthTracker::push(TimePoint time, double ratio) {
  if (!first_) first_ = time;
  const double day = std::chrono::duration<double, std::ratio<86400>>(time - *first_).count();

  constexpr double kHalfLifeReadings = 200.0;
  const double keep = std::exp2(-1.0 / kHalfLifeReadings);
  weight_ = weight_ * keep + 1.0;
  level_ += (ratio - level_) / weight_;

  constexpr double kHalfLifeDays = 14.0;
  const double fade = std::exp2(-(day - last_day_) / kHalfLifeDays);
  last_day_ = day;
  sum_w_ = sum_w_ * fade + 1.0;
  sum_t_ = sum_t_ * fade + day;
  sum_y_ = sum_y_ * fade + ratio;
  sum_tt_ = sum_tt_ * fade + day * day;
  sum_ty_ = sum_ty_ * fade + day * ratio;
}

std::optional<Health> HealthTracker::health() const {
  constexpr double kLeastReadings = 20.0;
  if (weight_ < kLeastReadings) return std::nullopt;
  Health health{level_, std::numeric_limits<double>::quiet_NaN(), std::nullopt};
  constexpr double kLeastDays = 7.0;  // A change of weather or mode is no trend.
  if (level_ <= kCleanAt) health.days_to_threshold = 0.0;
  const double spread = sum_tt_ - sum_t_ * sum_t_ / sum_w_;
  if (last_day_ < kLeastDays || spread <= 0.0) return health;
  health.trend_per_day = (sum_ty_ - sum_t_ * sum_y_ / sum_w_) / spread;
  constexpr double kLeastDecline = 1e-3;  // Slower than this is noise: years away.
  if (level_ > kCleanAt && health.trend_per_day < -kLeastDecline) {
    health.days_to_threshold = (level_ - kCleanAt) / -health.trend_per_day;
  }
  return health;
}

}  // namespace hvac::twin
