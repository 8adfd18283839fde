#include "physics/psychrometrics.h"

#include <cmath>
#include <optional>
#include <string>

#include "base/number.h"
#include "physics/moist_air.h"

namespace hvac::physics {
namespace {

// Written so that NaN fails: every comparison with NaN is false.
std::optional<Error> outside(const char* thing, double value, double low, double high,
                             const char* unit) {
  if (low <= value && value <= high) return std::nullopt;
  return Error{ErrorCode::out_of_range, std::string(thing) + " " + number_text(value) + unit +
                                            " is outside " + number_text(low) + ".." +
                                            number_text(high) + unit};
}

std::optional<Error> check(Celsius t) {
  return outside("temperature", t.value, kColdest, kHottest, " degC");
}
std::optional<Error> check(KgPerKg w) {
  return outside("humidity ratio", w.value, 0.0, 10.0, " kg/kg");
}
std::optional<Error> check(Fraction rh) {
  return outside("relative humidity", rh.value, 0.0, 1.0, "");
}
std::optional<Error> check(Pascal p) {
  if (p.value > 0.0 && std::isfinite(p.value)) return std::nullopt;
  return Error{ErrorCode::out_of_range,
               "pressure " + number_text(p.value) + " Pa must be above 0 Pa"};
}

template <class... Arguments>
std::optional<Error> check_all(Arguments... arguments) {
  std::optional<Error> error;
  ((error = check(arguments)) || ...);
  return error;
}

Result<KgPerKg> ratio_at(double vapour_pa, Pascal pressure) {
  if (!(vapour_pa < pressure.value)) {
    return fail(ErrorCode::out_of_range, "pressure " + number_text(pressure.value) +
                                             " Pa leaves no room for dry air beside " +
                                             number_text(vapour_pa) + " Pa of vapour");
  }
  return KgPerKg{kMolarMassRatio * vapour_pa / (pressure.value - vapour_pa)};
}

// Humidity ratio of air of `dry_bulb_c` whose wet bulb is `wet_bulb_c`; eq. 33 and 35.
double ratio_at_wet_bulb(double dry_bulb_c, double wet_bulb_c, double pressure_pa) {
  const double saturated = humidity_ratio_of(saturation_pressure_pa(wet_bulb_c), pressure_pa);
  const double sensible = kDryAirHeat * (dry_bulb_c - wet_bulb_c);
  if (wet_bulb_c >= 0.0) {
    return ((kVaporisation - 2326.0 * wet_bulb_c) * saturated - sensible) /
           (kVaporisation + kVapourHeat * dry_bulb_c - 4186.0 * wet_bulb_c);
  }
  constexpr double kSublimation = 2830000.0;  // J/kg
  return ((kSublimation - 240.0 * wet_bulb_c) * saturated - sensible) /
         (kSublimation + kVapourHeat * dry_bulb_c - 2100.0 * wet_bulb_c);
}

}  // namespace

Result<Pascal> saturation_pressure(Celsius t) {
  if (auto error = check_all(t)) return fail(std::move(*error));
  return Pascal{saturation_pressure_pa(t.value)};
}

Result<KgPerKg> humidity_ratio(Celsius dry_bulb, Fraction relative_humidity, Pascal pressure) {
  if (auto error = check_all(dry_bulb, relative_humidity, pressure)) return fail(std::move(*error));
  return ratio_at(relative_humidity.value * saturation_pressure_pa(dry_bulb.value), pressure);
}

Result<KgPerKg> saturation_humidity_ratio(Celsius t, Pascal pressure) {
  return humidity_ratio(t, Fraction{1.0}, pressure);
}

Result<Fraction> relative_humidity(Celsius dry_bulb, KgPerKg humidity_ratio, Pascal pressure) {
  if (auto error = check_all(dry_bulb, humidity_ratio, pressure)) return fail(std::move(*error));
  return Fraction{vapour_pressure_pa(humidity_ratio.value, pressure.value) /
                  saturation_pressure_pa(dry_bulb.value)};
}

Result<Celsius> dew_point(KgPerKg humidity_ratio, Pascal pressure) {
  if (auto error = check_all(humidity_ratio, pressure)) return fail(std::move(*error));
  const double vapour = vapour_pressure_pa(humidity_ratio.value, pressure.value);
  if (vapour < saturation_pressure_pa(kColdest)) {
    return fail(ErrorCode::out_of_range, "humidity ratio " + number_text(humidity_ratio.value) +
                                             " kg/kg has its dew point below " +
                                             number_text(kColdest) + " degC");
  }
  return Celsius{dew_point_c(vapour)};
}

Result<Celsius> wet_bulb(Celsius dry_bulb, KgPerKg humidity_ratio, Pascal pressure) {
  const Result<Fraction> humidity = relative_humidity(dry_bulb, humidity_ratio, pressure);
  if (!humidity) return fail(humidity.error());
  constexpr double kRounding = 1e-9;
  if (humidity->value > 1.0 + kRounding) {
    return fail(ErrorCode::out_of_range, "air of " + number_text(dry_bulb.value) + " degC and " +
                                             number_text(humidity_ratio.value) +
                                             " kg/kg is supersaturated");
  }
  // The ratio grows with the wet bulb: bisect. It jumps at 0 degC, where ice begins to form.
  double low = kColdest;
  double high = dry_bulb.value;
  constexpr int kSteps = 50;
  for (int i = 0; i < kSteps; ++i) {
    const double middle = 0.5 * (low + high);
    const bool above =
        ratio_at_wet_bulb(dry_bulb.value, middle, pressure.value) > humidity_ratio.value;
    (above ? high : low) = middle;
  }
  return Celsius{0.5 * (low + high)};
}

Result<JoulePerKg> enthalpy(Celsius dry_bulb, KgPerKg humidity_ratio) {
  if (auto error = check_all(dry_bulb, humidity_ratio)) return fail(std::move(*error));
  return JoulePerKg{enthalpy_j_kg(dry_bulb.value, humidity_ratio.value)};
}

Result<KgPerCubicMetre> density(Celsius dry_bulb, KgPerKg humidity_ratio, Pascal pressure) {
  if (auto error = check_all(dry_bulb, humidity_ratio, pressure)) return fail(std::move(*error));
  return KgPerCubicMetre{(1.0 + humidity_ratio.value) / specific_volume_m3_kg(dry_bulb.value,
                                                                              humidity_ratio.value,
                                                                              pressure.value)};
}

}  // namespace hvac::physics
