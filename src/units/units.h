#pragma once

#include <compare>

namespace hvac {

/// A double that knows its unit. Explicit to make, `.value` to read, never converted
/// silently. It has no arithmetic of its own: a formula reads `.value` and says so.
template <class Unit>
struct Quantity {
  double value;

  constexpr explicit Quantity(double v) : value(v) {}
  friend constexpr auto operator<=>(Quantity, Quantity) = default;
};

using Celsius = Quantity<struct CelsiusUnit>;            ///< Temperature on a scale.
using DeltaKelvin = Quantity<struct DeltaKelvinUnit>;    ///< Temperature difference.
using Pascal = Quantity<struct PascalUnit>;              ///< Absolute pressure.
using PressureRise = Quantity<struct PressureRiseUnit>;  ///< Pressure difference [Pa].
using KgPerKg = Quantity<struct KgPerKgUnit>;            ///< Water per dry air.
using Fraction = Quantity<struct FractionUnit>;          ///< 0..1, never percent.
using KgPerSecond = Quantity<struct KgPerSecondUnit>;    ///< Mass flow.
using CubicMetrePerSecond = Quantity<struct CubicMetrePerSecondUnit>;  ///< Volume flow.
using Watt = Quantity<struct WattUnit>;                                ///< Heat flow or power.
using WattPerKelvin = Quantity<struct WattPerKelvinUnit>;              ///< Conductance, UA or hA.
using KelvinPerWatt = Quantity<struct KelvinPerWattUnit>;      ///< Thermal resistance (fouling).
using JoulePerKg = Quantity<struct JoulePerKgUnit>;            ///< Specific enthalpy.
using KgPerCubicMetre = Quantity<struct KgPerCubicMetreUnit>;  ///< Density.

constexpr DeltaKelvin operator-(Celsius a, Celsius b) { return DeltaKelvin{a.value - b.value}; }
constexpr Celsius operator+(Celsius t, DeltaKelvin d) { return Celsius{t.value + d.value}; }

}  // namespace hvac
