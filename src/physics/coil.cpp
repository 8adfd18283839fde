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
  const double imbalance =
      std::max(1.0 - ratio, 1e-9);  // at 1 both sides change alike: ntu/(1+ntu)
  const double spent = -std::expm1(-ntu * imbalance);
  return spent / (spent + imbalance * (1.0 - spent));
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

// Total heat of the wet coil [W] if the water left at `outlet_c`, by c_s between inlet and there.
struct WetTotal {
  const Streams& s;
  SaturatedAir at_inlet;
  double drive_j_kg;   // h_ai - h_s(T_wi)
  double air_ua_kg_s;  // hA_a / c_a

  double operator()(double outlet_c) const {
    const double rise = outlet_c - s.water_c;
    const double saturation_heat =
        rise < 1e-3
            ? at_inlet.enthalpy_slope_j_kg_k
            : (saturated_air(outlet_c, s.pressure_pa).enthalpy_j_kg - at_inlet.enthalpy_j_kg) /
                  rise;
    const double ua = air_ua_kg_s / (1.0 + saturation_heat * air_ua_kg_s / s.water_hA);
    return exchanged(ua, s.air_kg_s, s.water_capacity / saturation_heat) * drive_j_kg;
  }
};

// The warmer the water leaves, the greater c_s and the less the heat: one outlet fits, between the
// inlet and what c_s at the inlet leads to. Regula falsi, keeping both ends moving (Illinois).
double wet_total(const WetTotal& total) {
  const double inlet_c = total.s.water_c;
  double low = inlet_c;
  double heat_w = total(low);
  double low_excess = heat_w / total.s.water_capacity;
  double high = inlet_c + low_excess;
  if (low_excess < 1e-3) return heat_w;
  heat_w = total(high);
  double high_excess = inlet_c + heat_w / total.s.water_capacity - high;
  constexpr int kMostRounds = 30;        // of which 2 or 3 are used but for trickles of water
  constexpr double kCloseEnough = 1e-6;  // K
  for (int round = 0; round < kMostRounds && high_excess < -kCloseEnough; ++round) {
    const double middle = low + (high - low) * low_excess / (low_excess - high_excess);
    heat_w = total(middle);
    const double excess = inlet_c + heat_w / total.s.water_capacity - middle;
    if (std::abs(excess) < kCloseEnough) break;
    if (excess > 0.0) {
      low = middle;
      low_excess = excess;
      high_excess *= 0.5;
    } else {
      high = middle;
      high_excess = excess;
      low_excess *= 0.5;
    }
  }
  return heat_w;
}

WetHeat wet_heat(const Streams& s) {
  const SaturatedAir at_inlet = saturated_air(s.water_c, s.pressure_pa);
  const double inlet_j_kg = enthalpy_j_kg(s.air_c, s.humidity_ratio);
  const double total_w =
      wet_total({.s = s,
                 .at_inlet = at_inlet,
                 .drive_j_kg = std::max(inlet_j_kg - at_inlet.enthalpy_j_kg, 0.0),
                 .air_ua_kg_s = s.air_hA / (s.air_capacity / s.air_kg_s)});
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
    const auto blend = [&](double dry, double wetted) {
      return dry + wet_fraction * (wetted - dry);
    };
    heat = {blend(dry_w, std::max(wet.heat.total_w, dry_w)), blend(dry_w, wet.heat.sensible_w),
            blend(heat.surface_c, wet.heat.surface_c)};
  }
  CoilOutlet out = outlet_of(s, heat);
  out.wet_fraction = Fraction{wet_fraction};
  out.effectiveness = Fraction{dry_effectiveness};
  out.ntu = ntu;
  return out;
}

}  // namespace hvac::physics
