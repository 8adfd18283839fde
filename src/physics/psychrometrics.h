#pragma once

#include "base/result.h"
#include "units/units.h"

/// Moist air as an ideal-gas mixture. Pure functions: no state, no I/O, any thread.
/// Unless said otherwise: temperatures -100..200 degC, relative humidity 0..1, humidity ratio
/// 0..10 kg/kg, absolute pressure above 0; `Errors:` out_of_range for what lies outside or is not
/// finite, and where no dry air would be left.
namespace hvac::physics {

/// Saturation pressure of water vapour [Pa], absolute: over ice below 0.01 degC, else over water.
/// Within 0.03 % of the reference points in the test.
/// Source: ASHRAE Handbook - Fundamentals (2017), ch. 1, eq. 5 and 6.
[[nodiscard]] Result<Pascal> saturation_pressure(Celsius t);

/// Humidity ratio [kg water / kg dry air]. Source: ASHRAE (2017), ch. 1, eq. 20 and 22.
[[nodiscard]] Result<KgPerKg> humidity_ratio(Celsius dry_bulb, Fraction relative_humidity,
                                             Pascal pressure);

/// Humidity ratio of saturated air [kg/kg]. Source: ASHRAE (2017), ch. 1, eq. 21.
[[nodiscard]] Result<KgPerKg> saturation_humidity_ratio(Celsius t, Pascal pressure);

/// Relative humidity [0..1]; above 1 where the air is supersaturated.
/// Source: ASHRAE (2017), ch. 1, eq. 20 and 22.
[[nodiscard]] Result<Fraction> relative_humidity(Celsius dry_bulb, KgPerKg humidity_ratio,
                                                 Pascal pressure);

/// Temperature at which the air, cooled at constant pressure, is saturated [degC].
/// Errors also: out_of_range for air drier than saturated air at -100 degC.
/// Source: the saturation curve solved for the temperature (ASHRAE (2017), ch. 1, eq. 5 and 6).
[[nodiscard]] Result<Celsius> dew_point(KgPerKg humidity_ratio, Pascal pressure);

/// Thermodynamic wet-bulb temperature [degC], of ice below 0 degC.
/// Errors also: out_of_range for supersaturated air.
/// Source: ASHRAE (2017), ch. 1, eq. 33 and 35.
[[nodiscard]] Result<Celsius> wet_bulb(Celsius dry_bulb, KgPerKg humidity_ratio, Pascal pressure);

/// Specific enthalpy [J per kg dry air]. Source: ASHRAE (2017), ch. 1, eq. 30.
[[nodiscard]] Result<JoulePerKg> enthalpy(Celsius dry_bulb, KgPerKg humidity_ratio);

/// Density of the mixture [kg/m3]. Source: ASHRAE (2017), ch. 1, eq. 9b and 26.
[[nodiscard]] Result<KgPerCubicMetre> density(Celsius dry_bulb, KgPerKg humidity_ratio,
                                              Pascal pressure);

}  // namespace hvac::physics
