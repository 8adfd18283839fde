#include "physics/moist_air.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace hvac::physics {
namespace {

constexpr double kTriplePoint = 0.01;  // degC

struct LogCurve {
  double log_pressure;
  double slope_1_k;
};

Saturation over_ice(double temp_c) {
  const double t = temp_c + kKelvinOffset;
  const double log_pressure =
      -5.6745359e3 / t + 6.3925247 +
      t * (-9.677843e-3 + t * (6.2215701e-7 + t * (2.0747825e-9 - t * 9.484024e-13))) +
      4.1635019 * std::log(t);
  const double slope = 5.6745359e3 / (t * t) - 9.677843e-3 +
                       t * (2 * 6.2215701e-7 + t * (3 * 2.0747825e-9 - t * 4 * 9.484024e-13)) +
                       4.1635019 / t;
  const double pressure = std::exp(log_pressure);
  return {pressure, pressure * slope};
}

Saturation over_water(double temp_c) {
  const double t = temp_c + kKelvinOffset;
  const double log_pressure = -5.8002206e3 / t + 1.3914993 +
                              t * (-4.8640239e-2 + t * (4.1764768e-5 - t * 1.4452093e-8)) +
                              6.5459673 * std::log(t);
  const double slope = 5.8002206e3 / (t * t) - 4.8640239e-2 +
                       t * (2 * 4.1764768e-5 - t * 3 * 1.4452093e-8) + 6.5459673 / t;
  const double pressure = std::exp(log_pressure);
  return {pressure, pressure * slope};
}

Saturation exact_saturation(double temp_c) {
  const double t = std::clamp(temp_c, kColdest, kHottest);
  return t < kTriplePoint ? over_ice(t) : over_water(t);
}

// One cubic per half kelvin with the curve's value and slope at both ends. The pieces meet at
// 0 degC, so the bend there between ice and water stays a bend.
class Table {
 public:
  static constexpr double kLow = -60.0;
  static constexpr double kHigh = 100.0;

  Table() {
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      const double begin_c = kLow + static_cast<double>(i) * kStep;
      const double end_c = begin_c + kStep;
      const auto curve = begin_c < 0.0 ? over_ice : over_water;
      const Saturation a = curve(begin_c);
      const Saturation b = curve(end_c);
      const double rise = b.pressure_pa - a.pressure_pa;
      const double a_slope = a.slope_pa_k * kStep;
      const double b_slope = b.slope_pa_k * kStep;
      pieces_[i] = {a.pressure_pa, a_slope, 3 * rise - 2 * a_slope - b_slope,
                    a_slope + b_slope - 2 * rise};
    }
  }

  Saturation at(double temp_c) const {
    const double place = (temp_c - kLow) * kPerKelvin;
    const int i = std::min(static_cast<int>(place), static_cast<int>(pieces_.size()) - 1);
    const double x = place - i;
    const auto& [c0, c1, c2, c3] = pieces_[static_cast<std::size_t>(i)];
    return {c0 + x * (c1 + x * (c2 + x * c3)), (c1 + x * (2 * c2 + x * 3 * c3)) * kPerKelvin};
  }

 private:
  static constexpr double kStep = 0.5;
  static constexpr double kPerKelvin = 1.0 / kStep;
  std::array<std::array<double, 4>, static_cast<std::size_t>((kHigh - kLow) / kStep)> pieces_;
};

const Table kTable;

inline Saturation look_up(double temp_c) {
  if (temp_c >= Table::kLow && temp_c <= Table::kHigh) [[likely]]
    return kTable.at(temp_c);
  return exact_saturation(temp_c);
}

}  // namespace

double saturation_pressure_pa(double temp_c) { return exact_saturation(temp_c).pressure_pa; }

Saturation saturation(double temp_c) { return look_up(temp_c); }

double humidity_ratio_of(double vapour_pa, double pressure_pa) {
  const double vapour = std::clamp(vapour_pa, 0.0, kMostVapour * pressure_pa);
  return kMolarMassRatio * vapour / (pressure_pa - vapour);
}

double vapour_pressure_pa(double humidity_ratio, double pressure_pa) {
  return pressure_pa * humidity_ratio / (kMolarMassRatio + humidity_ratio);
}

double saturated_enthalpy_j_kg(double temp_c, double pressure_pa) {
  const double vapour = std::min(look_up(temp_c).pressure_pa, kMostVapour * pressure_pa);
  return enthalpy_j_kg(temp_c, kMolarMassRatio * vapour / (pressure_pa - vapour));
}

SaturatedAir saturated_air(double temp_c, double pressure_pa) {
  const Saturation s = look_up(temp_c);
  const double vapour = std::min(s.pressure_pa, kMostVapour * pressure_pa);
  const double per_dry = 1.0 / (pressure_pa - vapour);
  const double w = kMolarMassRatio * vapour * per_dry;
  const double w_slope = kMolarMassRatio * pressure_pa * per_dry * per_dry * s.slope_pa_k;
  return {w, w_slope, enthalpy_j_kg(temp_c, w),
          heat_capacity_j_kg_k(w) + w_slope * (kVaporisation + kVapourHeat * temp_c)};
}

double dew_point_c(double vapour_pa) {
  constexpr double kLeast = 1.405e-3;  // Pa, saturation over ice at kColdest
  if (!(vapour_pa > kLeast)) return kColdest;
  // Magnus' formulas (WMO Guide 8, annex 4.B) solved for the temperature, then Newton.
  constexpr double kAtZero = 611.2;  // Pa
  const double log_ratio = std::min(std::log(vapour_pa / kAtZero), 10.0);
  double temp_c = vapour_pa < kAtZero ? 272.62 * log_ratio / (22.46 - log_ratio)
                                      : 243.12 * log_ratio / (17.62 - log_ratio);
  constexpr int kSteps = 2;
  for (int i = 0; i < kSteps; ++i) {
    const Saturation s = look_up(temp_c);
    temp_c += (vapour_pa - s.pressure_pa) / s.slope_pa_k;
  }
  return std::clamp(temp_c, kColdest, kHottest);
}

double saturation_temp_c(double enthalpy_j_kg, double pressure_pa, double guess_c) {
  double temp_c = std::clamp(guess_c, kColdest, kHottest);
  constexpr int kMostSteps = 12;
  for (int i = 0; i < kMostSteps; ++i) {
    const SaturatedAir s = saturated_air(temp_c, pressure_pa);
    const double step = (s.enthalpy_j_kg - enthalpy_j_kg) / s.enthalpy_slope_j_kg_k;
    temp_c = std::clamp(temp_c - step, kColdest, kHottest);
    constexpr double kNear = 1e-3;  // K, from where one step leaves less than 1e-8
    if (std::abs(step) < kNear) break;
  }
  return temp_c;
}

double specific_volume_m3_kg(double temp_c, double humidity_ratio, double pressure_pa) {
  constexpr double kGasRatio = 1.607858;  // 1 / kMolarMassRatio, as the source prints it
  return kDryAirGas * (temp_c + kKelvinOffset) * (1.0 + kGasRatio * humidity_ratio) / pressure_pa;
}

}  // namespace hvac::physics
