#include "physics/coil.h"

#include <algorithm>
#include <cmath>

#include "physics/moist_air.h"

namespace hvac::physics {
namespace {

// Below this a flow or conductance is none [kg/s, W/K]: far under what any sensor shows, far above
// where a quotient would overflow.
constexpr double kNothing = 1e-9;

double effectiveness(double ntu, double ratio) {
  const double imbalance = std::max(1.0 - ratio, 1e-6);  // at 0 it goes to ntu / (1 + ntu)
  const double left = std::exp(-ntu * imbalance);
  return (1.0 - left) / (1.0 - left + imbalance * left);
}

double series(double a, double b) { return a * b / (a + b); }

// A heat exchanger between two streams of capacity `a` and `b` and conductance `ua`: how much goes
// over per unit of difference between the inlets.
double exchanged(double ua, double a, double b) {
  const double least = std::min(a, b);
  return effectiveness(ua / least, least / std::max(a, b)) * least;
}

struct Heat {
  double total_w;
  double sensible_w;
  double surface_c;  // effective
};

// What both regimes need, computed once.
struct Streams {
  double air_hA;
  double water_hA;
  double air_kg_s;
  double air_c;
  double water_c;
  double pressure_pa;
  double humidity_ratio;
  double air_capacity;  // W/K
  double water_capacity;
  double bypass;
};

// Surface temperature where air and water of these temperatures meet.
double surface_c(const Streams& s, double air_c, double water_c) {
  return (s.air_hA * air_c + s.water_hA * water_c) / (s.air_hA + s.water_hA);
}

// Surface at which the air, but for its bypassed share, would end.
double effective_surface(double in, double out, double bypass) {
  return in - (in - out) / (1.0 - bypass);
}

struct WetHeat {
  Heat heat;
  double water_outlet_c;
};

// Mean slope of saturation enthalpy between two temperatures [J/(kg K)].
double mean_slope(double low_j_kg, double high_j_kg, double rise_k, double slope_at_low) {
  return rise_k < 1e-3 ? slope_at_low : (high_j_kg - low_j_kg) / rise_k;
}

// Total heat of the wet coil [W] by the c_s that a heat of `guess_w` leads to: of the water stream
// between its ends, of the water film from the mean water on towards the mean surface, which is
// guess / hA_w warmer.
struct WetTotal {
  const Streams& s;
  SaturatedAir at_inlet;
  double drive_j_kg;   // h_ai - h_s(T_wi)
  double air_ua_kg_s;  // hA_a / c_a

  double operator()(double guess_w) const {
    const double rise = guess_w / s.water_capacity;
    const double stream =
        mean_slope(at_inlet.enthalpy_j_kg, saturated_enthalpy_j_kg(s.water_c + rise, s.pressure_pa),
                   rise, at_inlet.enthalpy_slope_j_kg_k);
    // How far: at 0 (as in the sources) a coil with little hA_w is overrated by some tenths, at 1
    // the film is exact but for its curvature; 0.2 keeps to the published reference within 0.6 %.
    constexpr double kFilm = 0.2;
    const double mean_c = s.water_c + 0.5 * rise;
    const double film_rise = kFilm * guess_w / s.water_hA;
    const SaturatedAir mean = saturated_air(mean_c, s.pressure_pa);
    const double film =
        mean_slope(mean.enthalpy_j_kg, saturated_enthalpy_j_kg(mean_c + film_rise, s.pressure_pa),
                   film_rise, mean.enthalpy_slope_j_kg_k);
    const double ua = air_ua_kg_s / (1.0 + film * air_ua_kg_s / s.water_hA);
    return exchanged(ua, s.air_kg_s, s.water_capacity / stream) * drive_j_kg;
  }
};

// The more heat, the warmer water and surface, the greater c_s, the less the heat: one value fits,
// between what no heat and what that much heat lead to. By secants.
double wet_total(const WetTotal& total) {
  const double most_w = total(0.0);
  const double least_w = total(most_w);
  double heat_w = most_w * most_w / (2.0 * most_w - least_w);
  double before_w = most_w;
  double before_total_w = least_w;
  constexpr int kMostSteps = 4;   // 1 or 2 are used but for trickles of water
  constexpr double kNear = 2e-3;  // from where one more step leaves 1e-5
  for (int i = 0; i < kMostSteps; ++i) {
    const double total_w = total(heat_w);
    const double off_w = total_w - heat_w;
    const double moved_w = heat_w - before_w;
    if (moved_w == 0.0) break;
    const double slope = (total_w - before_total_w) / moved_w;
    before_w = heat_w;
    before_total_w = total_w;
    heat_w = std::clamp((total_w - slope * heat_w) / (1.0 - slope), least_w, most_w);
    if (std::abs(off_w) < kNear * most_w) break;
  }
  return heat_w;
}

// However wet, the surface stays below saturation at the inlet air's enthalpy.
double limited(const Streams& s, double inlet_j_kg, double total_w) {
  const double reach_w_k = -std::expm1(-s.water_hA / s.water_capacity) * s.water_capacity;
  const double needed_c = s.water_c + total_w / reach_w_k;
  if (saturated_enthalpy_j_kg(needed_c, s.pressure_pa) <= inlet_j_kg) return total_w;
  return std::min(reach_w_k * (saturation_temp_c(inlet_j_kg, s.pressure_pa, s.air_c) - s.water_c),
                  total_w);
}

WetHeat wet_heat(const Streams& s) {
  const SaturatedAir at_inlet = saturated_air(s.water_c, s.pressure_pa);
  const double inlet_j_kg = enthalpy_j_kg(s.air_c, s.humidity_ratio);
  const WetTotal total{.s = s,
                       .at_inlet = at_inlet,
                       .drive_j_kg = std::max(inlet_j_kg - at_inlet.enthalpy_j_kg, 0.0),
                       .air_ua_kg_s = s.air_hA / (s.air_capacity / s.air_kg_s)};
  const double total_w = limited(s, inlet_j_kg, wet_total(total));
  const double water_outlet_c = s.water_c + total_w / s.water_capacity;
  const double outlet_j_kg = inlet_j_kg - total_w / s.air_kg_s;
  const double surface_j_kg = effective_surface(inlet_j_kg, outlet_j_kg, s.bypass);
  const double guess_c = surface_c(s, s.air_c, water_outlet_c);
  const double surface = saturation_temp_c(surface_j_kg, s.pressure_pa, guess_c);
  const double sensible_w = s.air_capacity * (s.air_c - surface) * (1.0 - s.bypass);
  return {{total_w, std::min(sensible_w, total_w), surface}, water_outlet_c};
}

// From 0 to 1 on 0..1 with five continuous derivatives (regularised incomplete beta I_x(6, 6)):
// its slope in the middle is that of the blend in the source.
double smooth_step(double x) {
  const double t = std::clamp(x, 0.0, 1.0);
  const double t6 = t * t * t * t * t * t;
  const double y =
      t6 * (462.0 + t * (-1980.0 + t * (3465.0 + t * (-3080.0 + t * (1386.0 - t * 252.0)))));
  return std::min(y, 1.0);
}

Streams streams_of(const CoilConductance& conductance, const CoilInlet& in) {
  const double saturated = saturated_air(in.air_temp.value, in.pressure.value).humidity_ratio;
  const double ratio = std::clamp(in.air_humidity_ratio.value, 0.0, saturated);
  const double air_capacity = in.air_flow.value * heat_capacity_j_kg_k(ratio);
  return {.air_hA = conductance.air.value,
          .water_hA = conductance.water.value,
          .air_kg_s = in.air_flow.value,
          .air_c = in.air_temp.value,
          .water_c = in.water_temp.value,
          .pressure_pa = in.pressure.value,
          .humidity_ratio = ratio,
          .air_capacity = air_capacity,
          .water_capacity = in.water_flow.value * kWaterHeat,
          .bypass = std::exp(-conductance.air.value / air_capacity)};
}

// The greater of two, its corner rounded over +-`width`.
double smooth_max(double a, double b, double width) {
  const double short_of = width - std::abs(a - b);
  const double greater = std::max(a, b);
  return short_of > 0.0 ? greater + 0.25 * short_of * short_of / width : greater;
}

CoilOutlet untouched(const CoilInlet& in, double ua) {
  return {.air_temp = in.air_temp,
          .air_humidity_ratio = in.air_humidity_ratio,
          .water_temp = in.water_temp,
          .total_heat = Watt{0.0},
          .sensible_heat = Watt{0.0},
          .condensate = KgPerSecond{0.0},
          .surface_temp = in.air_temp,
          .wet_fraction = Fraction{0.0},
          .effectiveness = Fraction{0.0},
          .ntu = 0.0,
          .ua = WattPerKelvin{ua},
          .bypass_factor = Fraction{1.0}};
}

// The outlet that the heats lead to; fog falls out as condensate at unchanged total heat.
CoilOutlet outlet_of(const Streams& s, Heat heat) {
  const double outlet_j_kg = enthalpy_j_kg(s.air_c, s.humidity_ratio) - heat.total_w / s.air_kg_s;
  double air_c = s.air_c - heat.sensible_w / s.air_capacity;
  const auto ratio_at = [&](double t) {
    return (outlet_j_kg - kDryAirHeat * t) / (kVaporisation + kVapourHeat * t);
  };
  double ratio = heat.total_w == heat.sensible_w ? s.humidity_ratio : ratio_at(air_c);
  if (heat.total_w > 0.0 && ratio > saturated_air(air_c, s.pressure_pa).humidity_ratio) {
    air_c = saturation_temp_c(outlet_j_kg, s.pressure_pa, air_c);
    ratio = std::min(ratio_at(air_c), s.humidity_ratio);
    heat.sensible_w = s.air_capacity * (s.air_c - air_c);
  }
  return {.air_temp = Celsius{air_c},
          .air_humidity_ratio = KgPerKg{ratio},
          .water_temp = Celsius{s.water_c + heat.total_w / s.water_capacity},
          .total_heat = Watt{heat.total_w},
          .sensible_heat = Watt{heat.sensible_w},
          .condensate = KgPerSecond{std::max(s.air_kg_s * (s.humidity_ratio - ratio), 0.0)},
          .surface_temp = Celsius{heat.surface_c},
          .wet_fraction = Fraction{0.0},
          .effectiveness = Fraction{0.0},
          .ntu = 0.0,
          .ua = WattPerKelvin{series(s.air_hA, s.water_hA)},
          .bypass_factor = Fraction{s.bypass}};
}

}  // namespace

Fraction counterflow_effectiveness(double ntu, double capacity_ratio) {
  return Fraction{effectiveness(std::max(ntu, 0.0), std::clamp(capacity_ratio, 0.0, 1.0))};
}

WattPerKelvin conductance(const CoilSide& side, KgPerSecond flow) {
  if (!(flow.value > kNothing)) return WattPerKelvin{0.0};
  const double clean = side.nominal_conductance.value *
                       std::pow(flow.value / side.nominal_flow.value, side.flow_exponent);
  return WattPerKelvin{clean / (1.0 + clean * std::max(side.fouling.value, 0.0))};
}

CoilOutlet coil(const CoilConductance& conductance, const CoilInlet& in) {
  const double air_hA = conductance.air.value;
  const double water_hA = conductance.water.value;
  if (!(air_hA > kNothing && water_hA > kNothing)) return untouched(in, 0.0);
  const double ua = series(air_hA, water_hA);
  if (!(in.air_flow.value > kNothing && in.water_flow.value > kNothing)) return untouched(in, ua);

  const Streams s = streams_of(conductance, in);
  const double least = std::min(s.air_capacity, s.water_capacity);
  const double ntu = ua / least;
  const double dry_effectiveness =
      effectiveness(ntu, least / std::max(s.air_capacity, s.water_capacity));
  const double dry_w = dry_effectiveness * least * (s.air_c - s.water_c);
  const double dry_outlet_c = s.air_c - dry_w / s.air_capacity;
  Heat heat{dry_w, dry_w, effective_surface(s.air_c, dry_outlet_c, s.bypass)};

  double wet_fraction = 0.0;
  const double coldest_surface_c = surface_c(s, dry_outlet_c, s.water_c);
  if (dry_w > 0.0 &&
      s.humidity_ratio > saturated_air(coldest_surface_c, s.pressure_pa).humidity_ratio) {
    const WetHeat wet = wet_heat(s);
    const double warmest_surface_c = surface_c(s, s.air_c, wet.water_outlet_c);
    const double dew_c = dew_point_c(vapour_pressure_pa(s.humidity_ratio, s.pressure_pa));
    const double span = std::max(warmest_surface_c - coldest_surface_c, 1e-2);
    wet_fraction = smooth_step((dew_c - coldest_surface_c) / span);
    constexpr double kBegun = 0.2;  // of the way from dry to wet, where the wet heat counts in full
    constexpr double kCorner = 0.005;  // of the heat, rounded off where the wet heat overtakes
    const double begun = smooth_step((dew_c - coldest_surface_c) / (kBegun * span));
    const auto blend = [&](double dry, double wetted) {
      return dry + wet_fraction * (wetted - dry);
    };
    const double most_w = s.water_capacity * (s.air_c - s.water_c);  // rounding may not pass it
    const double greater_w = smooth_max(dry_w, wet.heat.total_w, kCorner * dry_w);
    heat = {dry_w + begun * (std::min(greater_w, most_w) - dry_w),
            blend(dry_w, wet.heat.sensible_w), blend(heat.surface_c, wet.heat.surface_c)};
  }
  CoilOutlet out = outlet_of(s, heat);
  out.wet_fraction = Fraction{wet_fraction};
  out.effectiveness = Fraction{dry_effectiveness};
  out.ntu = ntu;
  return out;
}

}  // namespace hvac::physics
