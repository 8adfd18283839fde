#pragma once

#include "units/units.h"

/// Chilled- or hot-water coil in counterflow by effectiveness and number of transfer units (NTU).
/// Pure functions of finite values; none gives NaN, also at zero flow, with reversed temperatures,
/// saturated air or freezing water.
namespace hvac::physics {

/// Effectiveness of a counterflow heat exchanger, 0..1.
/// `ntu` = UA / Cmin, `capacity_ratio` = Cmin / Cmax in 0..1.
/// Source: Incropera et al., Fundamentals of Heat and Mass Transfer, 6th ed., eq. 11.29.
Fraction counterflow_effectiveness(double ntu, double capacity_ratio);

/// A side's conductance at nominal flow, how it grows with flow, and the dirt on it.
struct CoilSide {
  WattPerKelvin nominal_conductance;
  KgPerSecond nominal_flow;
  double flow_exponent;   ///< 0.8 for air over finned tubes, 0.85 for water inside them.
  KelvinPerWatt fouling;  ///< Resistance of the dirt, >= 0: 1/hA = 1/hA_clean + R_f.
};

/// hA of a side at a flow; 0 at no flow.
WattPerKelvin conductance(const CoilSide& side, KgPerSecond flow);

/// Both sides' hA [W/K].
struct CoilConductance {
  WattPerKelvin air;
  WattPerKelvin water;
};

struct CoilInlet {
  Celsius air_temp;
  KgPerKg air_humidity_ratio;  ///< Taken as saturated where it is above saturation.
  KgPerSecond air_flow;        ///< Of dry air, >= 0.
  Celsius water_temp;
  KgPerSecond water_flow;  ///< >= 0.
  Pascal pressure;
};

struct CoilOutlet {
  Celsius air_temp;
  KgPerKg air_humidity_ratio;
  Celsius water_temp;
  Watt total_heat;         ///< From the air into the water; negative when heating.
  Watt sensible_heat;      ///< What changes the air's temperature.
  KgPerSecond condensate;  ///< >= 0.
  Celsius surface_temp;    ///< Effective one: where the air would end with infinite area.
  Fraction wet_fraction;   ///< 0 dry, 1 wet all over.
  Fraction effectiveness;  ///< Of the dry coil.
  double ntu;              ///< UA / Cmin of the dry coil.
  WattPerKelvin ua;        ///< Of the dry coil: 1 / (1/hA_air + 1/hA_water).
  Fraction bypass_factor;  ///< exp(-hA_air / C_air): share of the air that passes untouched.
};

/// Steady state of the coil.
///
/// Dry: Q = e Cmin (T_ai - T_wi). Wet: the same in enthalpies, Q = e* C*min (h_ai - h_s(T_wi)),
/// with UA* = (hA_a/c_a) / (1 + c_s hA_a/(c_a hA_w)), C*_air = m_a, C*_water = m_w c_w / c_s and
/// c_s the slope of saturation enthalpy; the effective surface splits off the sensible part. The
/// total is the greater of both heats; the sensible part goes smoothly from the dry to the wet
/// coil's as the inlet's dew point goes from the surface temperature at the dry coil's air outlet
/// to that at the wet coil's air inlet. Outlet air is never above saturation. Air side and water
/// side balance exactly; what the condensate carries stays in the air's account. Within 1.1 % of
/// the published reference curve, and most often 3 % of a coil computed slice by slice
/// (docs/adr/0020-coil-model.md). Source: Braun (1988), PhD thesis, Univ. of Wisconsin, ch. 4;
/// Mitchell & Braun (2012), Principles of HVAC in Buildings, ch. 13; the blend's place: Kim et al.
/// (2021), Modelica Buildings library.
CoilOutlet coil(const CoilConductance& conductance, const CoilInlet& inlet);

}  // namespace hvac::physics
