#pragma once

/// The formulas of moist air on plain numbers: for the coil and other hot paths. Total functions:
/// any finite argument gives a finite value, because temperatures are taken at the nearest end of
/// kColdest..kHottest and vapour pressure never above kMostVapour of the total. Whoever must know
/// whether an argument is sensible uses psychrometrics.h, which is these formulas with checks.
namespace hvac::physics {

inline constexpr double kDryAirHeat = 1006.0;        ///< cp of dry air [J/(kg K)].
inline constexpr double kVapourHeat = 1860.0;        ///< cp of water vapour [J/(kg K)].
inline constexpr double kVaporisation = 2501000.0;   ///< Enthalpy of vapour at 0 degC [J/kg].
inline constexpr double kWaterHeat = 4184.0;         ///< cp of liquid water [J/(kg K)].
inline constexpr double kMolarMassRatio = 0.621945;  ///< Water / dry air.
inline constexpr double kDryAirGas = 287.042;        ///< Gas constant of dry air [J/(kg K)].
inline constexpr double kKelvinOffset = 273.15;
inline constexpr double kSeaLevelPa = 101325.0;

inline constexpr double kColdest = -100.0;  ///< Limits of the saturation curve [degC].
inline constexpr double kHottest = 200.0;
inline constexpr double kMostVapour = 0.8;

/// Saturation pressure [Pa] over ice below 0.01 degC, over liquid water from there on.
/// Source: ASHRAE Handbook - Fundamentals (2017), ch. 1, eq. 5 and 6.
double saturation_pressure_pa(double temp_c);

/// A point of the saturation curve and its slope.
struct Saturation {
  double pressure_pa;
  double slope_pa_k;
};

/// The same curve as saturation_pressure_pa, from a table of cubic pieces between -60 and 100 degC:
/// within 5e-8 of it there, and some ten times as fast.
Saturation saturation(double temp_c);

/// Saturated air of a temperature: humidity ratio and enthalpy, and their slopes.
struct SaturatedAir {
  double humidity_ratio;
  double humidity_slope_1_k;
  double enthalpy_j_kg;
  double enthalpy_slope_j_kg_k;
};
SaturatedAir saturated_air(double temp_c, double pressure_pa);

/// The enthalpy alone [J/kg].
double saturated_enthalpy_j_kg(double temp_c, double pressure_pa);

/// Humidity ratio [kg/kg] at a vapour pressure. Source: ASHRAE (2017), ch. 1, eq. 20.
double humidity_ratio_of(double vapour_pa, double pressure_pa);

/// Vapour pressure [Pa] at a humidity ratio.
double vapour_pressure_pa(double humidity_ratio, double pressure_pa);

/// Temperature [degC] at which air of that vapour pressure is saturated; kColdest at zero vapour.
double dew_point_c(double vapour_pa);

/// Temperature [degC] of saturated air of that enthalpy, sought from `guess_c`.
double saturation_temp_c(double enthalpy_j_kg, double pressure_pa, double guess_c);

/// Specific enthalpy [J per kg dry air]. Source: ASHRAE (2017), ch. 1, eq. 30.
inline double enthalpy_j_kg(double temp_c, double humidity_ratio) {
  return kDryAirHeat * temp_c + humidity_ratio * (kVaporisation + kVapourHeat * temp_c);
}

/// Heat capacity [J/(K kg dry air)].
inline double heat_capacity_j_kg_k(double humidity_ratio) {
  return kDryAirHeat + kVapourHeat * humidity_ratio;
}

/// Volume of a kg of dry air with its vapour [m3/kg]. Source: ASHRAE (2017), ch. 1, eq. 26.
double specific_volume_m3_kg(double temp_c, double humidity_ratio, double pressure_pa);

}  // namespace hvac::physics
