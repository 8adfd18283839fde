#pragma once

#include "units/units.h"

/// Pump, modulating valve and the pipes between them. Pure functions.
namespace hvac::physics {

/// Volume flow of water in m3/h, the unit of a Kv.
using CubicMetrePerHour = Quantity<struct CubicMetrePerHourUnit>;
/// Flow coefficient: m3/h of water at a pressure drop of 1 bar.
using FlowCoefficient = Quantity<struct FlowCoefficientUnit>;

/// A valve whose flow coefficient grows by equal percentages with its opening.
struct Valve {
  FlowCoefficient open;     ///< Kvs, at full opening.
  double rangeability;      ///< Kvs over the least controllable Kv, > 1; usually 25..50.
  FlowCoefficient passing;  ///< What a shut valve lets through; 0 when tight.
};

/// Kv at an opening (0..1). Below 5 % it goes straight to `passing`, as the plug shuts.
/// Source: IEC 60534-2-4, equal percentage inherent characteristic.
FlowCoefficient valve_coefficient(const Valve& valve, Fraction opening);

/// Drop over a fitting of that Kv. Source: IEC 60534-1, Kv; density of water 1000 kg/m3.
PressureRise valve_drop(FlowCoefficient kv, CubicMetrePerHour flow);

/// A pump's curve at full speed, rise = shutoff - curvature V^2, and the loop without its valve:
/// drop = fixed + resistance V^2. [Pa, Pa h2/m6]
struct PumpLoop {
  PressureRise shutoff;
  double curvature;
  PressureRise fixed;
  double resistance;
};

struct LoopPoint {
  CubicMetrePerHour flow;
  PressureRise pump_rise;
  PressureRise valve_drop;
};

/// Where pump, loop and valve meet at `speed` (fraction of full speed): rise ~ N^2. No flow when
/// the pump cannot overcome the fixed drop or the valve is shut.
/// Source: ASHRAE Handbook - HVAC Systems and Equipment (2016), ch. 44, pump laws.
LoopPoint loop_point(const PumpLoop& loop, Fraction speed, FlowCoefficient valve);

/// Hydraulic power [W] of a flow lifted by a pressure.
Watt hydraulic_power(CubicMetrePerHour flow, PressureRise rise);

}  // namespace hvac::physics
