#include "plant/process.h"

#include <algorithm>
#include <cmath>

#include "physics/heater.h"
#include "physics/moist_air.h"
#include "physics/sensor.h"

namespace hvac::plant {
namespace {

using physics::kSeaLevelPa;

constexpr double kSecondsPerHour = 3600.0;
constexpr double kWaterDensity = 1000.0;  // kg/m3

double follow(double value, double target, double time_constant_s, double step_s) {
  return physics::Lag(value).step(target, time_constant_s, step_s);
}

// The greatest severity of a fault of that kind.
double worst(std::span<const Fault> faults, FaultKind kind, double time_s) {
  double severity = 0.0;
  for (const Fault& fault : faults) {
    if (fault.kind == kind) severity = std::max(severity, severity_at(fault, time_s));
  }
  return severity;
}

// Where a stuck actuator stands: where it was when it stuck.
double held(std::optional<double>& place, bool stuck, double now, double told) {
  if (!stuck) {
    place.reset();
    return told;
  }
  if (!place) place = now;
  return *place;
}

}  // namespace

Process::Process(const Dimensions& dimensions, std::uint64_t seed)
    : size_(dimensions), random_(seed ^ 0x70726f63657373ULL) {
  truth_.room_c = random_.between(20.0, 26.0);
  wall_c_ = truth_.room_c - 0.5;
  truth_.air_inlet_c = truth_.air_outlet_c = truth_.room_c;
  truth_.water_inlet_c = truth_.water_outlet_c = truth_.room_c;
  truth_.mains_v = size_.heater_voltage;
}

void Process::step(const Surroundings& around, const Commands& commands,
                   std::span<const Fault> faults, double time_s, double step_s) {
  const auto severity = [&](FaultKind kind) { return worst(faults, kind, time_s); };
  truth_.outdoor_c = around.outdoor_c;
  truth_.set_point_c = around.set_point_c;
  filter_clogging_ = 4.0 * severity(FaultKind::filter_clogging);
  valve_passing_ = 0.8 * severity(FaultKind::valve_passing);
  const double air_in_water = severity(FaultKind::air_in_water);
  move_equipment(commands, faults, time_s, step_s);
  move_water(around, air_in_water, severity(FaultKind::pump_degradation), step_s);
  exchange(severity(FaultKind::air_fouling), severity(FaultKind::water_fouling), air_in_water,
           step_s);
  warm_room(around, step_s);
}

void Process::move_equipment(const Commands& commands, std::span<const Fault> faults, double time_s,
                             double step_s) {
  truth_.mains_v =
      follow(truth_.mains_v, size_.heater_voltage + 6.0 * random_.normal(), 600.0, step_s);
  truth_.pump_on = commands.pump;

  constexpr double kStroke = 1.0 / 90.0;  // of the valve's travel per second
  const double told = held(stuck_valve_, worst(faults, FaultKind::valve_stuck, time_s) > 0.0,
                           truth_.valve_opening, commands.valve);
  truth_.valve_opening +=
      std::clamp(told - truth_.valve_opening, -kStroke * step_s, kStroke * step_s);

  const double speed = held(stuck_fan_, worst(faults, FaultKind::fan_stuck, time_s) > 0.0,
                            truth_.fan_motor_speed, commands.fan_speed);
  const double run_up_s = speed > truth_.fan_motor_speed ? 3.0 : 6.0;
  truth_.fan_motor_speed = follow(truth_.fan_motor_speed, speed, run_up_s, step_s);
  constexpr double kStops = 0.02;
  constexpr double kLeftUnderVoltage = 0.4;  // how often a stopped motor keeps its 45 V
  if (speed > 0.0) truth_.powered = true;
  if (truth_.fan_motor_speed > 0.0 && truth_.fan_motor_speed < kStops) {
    truth_.fan_motor_speed = 0.0;
    truth_.powered = random_.chance(kLeftUnderVoltage);
  }
  truth_.fan_speed =
      truth_.fan_motor_speed * (1.0 - 0.6 * worst(faults, FaultKind::fan_speed_loss, time_s));

  const physics::Volt nominal{size_.heater_voltage};
  const physics::Volt line{truth_.mains_v};
  truth_.heater_w = commands.heater
                        ? physics::three_phase_power(
                              line, physics::heater_current(Watt{size_.heater_w}, nominal, line))
                              .value
                        : 0.0;
  constexpr double kHeaterMass = 60.0;  // s
  heater_w_ = follow(heater_w_, truth_.heater_w, kHeaterMass, step_s);
}

void Process::move_water(const Surroundings& around, double air_in_water, double pump_loss,
                         double step_s) {
  bubbles_ = follow(bubbles_, air_in_water * random_.uniform(), 10.0, step_s);
  physics::Valve valve = size_.valve;
  valve.passing.value = valve_passing_;
  const double speed =
      truth_.pump_on ? std::sqrt(1.0 - 0.45 * pump_loss) * (1.0 - 0.2 * bubbles_) : 0.0;
  const physics::LoopPoint point =
      loop_point(size_.loop, Fraction{speed},
                 physics::valve_coefficient(valve, Fraction{truth_.valve_opening}));
  truth_.water_flow_m3_h = point.flow.value;
  truth_.pump_rise_pa = point.pump_rise.value;
  truth_.valve_drop_pa = point.valve_drop.value;

  // Flowing water comes from the plant; standing water takes the room's temperature.
  constexpr double kStanding = 1200.0;  // s
  constexpr double kPipe = 0.004;       // m3 between plant and cooler
  const bool flowing = truth_.water_flow_m3_h > 0.005;
  const double pipe_s =
      flowing ? std::min(kPipe / truth_.water_flow_m3_h * kSecondsPerHour, kStanding) : kStanding;
  truth_.water_inlet_c =
      follow(truth_.water_inlet_c, flowing ? around.supply_c : truth_.room_c, pipe_s, step_s);
}

void Process::exchange(double air_fouling, double water_fouling, double air_in_water,
                       double step_s) {
  Truth& t = truth_;
  const double saturated = physics::saturated_air(t.room_c, kSeaLevelPa).humidity_ratio;
  const double ratio = std::min(humidity_ratio_, saturated);
  t.inlet_humidity = physics::vapour_pressure_pa(ratio, kSeaLevelPa) /
                     physics::saturation(t.air_inlet_c).pressure_pa;
  t.inlet_humidity = std::min(t.inlet_humidity, 1.0);

  const physics::FanPoint fan = fan_point(size_.fan, Fraction{t.fan_speed},
                                          filter_clogging_ + size_.wet_flow_loss * wetness_);
  t.fan_rise_pa = fan.rise.value;
  t.air_flow_m3_h = fan.flow.value * kSecondsPerHour;
  const double air_kg_s =
      fan.flow.value / physics::specific_volume_m3_kg(t.air_inlet_c, ratio, kSeaLevelPa);
  const double water_kg_s = t.water_flow_m3_h * kWaterDensity / kSecondsPerHour;

  // At severity 1 dirt resists twice as much as the clean air side does, scale six times as much as
  // the clean water side, and bubbles blanket most of the tubes.
  physics::CoilSide air_side = size_.air_side;
  physics::CoilSide water_side = size_.water_side;
  air_side.fouling.value += 2.0 * air_fouling / air_side.nominal_conductance.value;
  water_side.fouling.value += 6.0 * water_fouling / water_side.nominal_conductance.value;
  water_side.nominal_conductance.value *= 1.0 - 0.7 * air_in_water;
  const physics::CoilOutlet out = physics::coil({conductance(air_side, KgPerSecond{air_kg_s}),
                                                 conductance(water_side, KgPerSecond{water_kg_s})},
                                                {.air_temp = Celsius{t.air_inlet_c},
                                                 .air_humidity_ratio = KgPerKg{ratio},
                                                 .air_flow = KgPerSecond{air_kg_s},
                                                 .water_temp = Celsius{t.water_inlet_c},
                                                 .water_flow = KgPerSecond{water_kg_s},
                                                 .pressure = Pascal{kSeaLevelPa}});
  t.total_heat_w = out.total_heat.value;
  t.sensible_heat_w = out.sensible_heat.value;
  t.condensate_kg_s = out.condensate.value;
  t.ua_w_k = out.ua.value;
  settle(out, air_kg_s, water_kg_s, step_s);
}

void Process::settle(const physics::CoilOutlet& out, double air_kg_s, double water_kg_s,
                     double step_s) {
  Truth& t = truth_;
  // Metal of the coil and water in it delay what comes out; a standing side takes the air's warmth.
  constexpr double kCoilMass = 45.0;     // s
  constexpr double kStanding = 900.0;    // s
  constexpr double kMotorWarmth = 17.0;  // K that a motor under voltage warms standing air by
  const bool blowing = air_kg_s > 0.01;
  const double heated_c =
      out.air_temp.value +
      (blowing
           ? heater_w_ / (air_kg_s * physics::heat_capacity_j_kg_k(out.air_humidity_ratio.value))
           : 0.0);
  const double standing_c = t.room_c + (t.powered ? kMotorWarmth : 2.0);
  t.air_outlet_c = follow(t.air_outlet_c, blowing ? heated_c : standing_c,
                          blowing ? kCoilMass : kStanding, step_s);
  const bool flowing = water_kg_s > 0.001;
  t.water_outlet_c = follow(t.water_outlet_c, flowing ? out.water_temp.value : t.air_inlet_c,
                            flowing ? kCoilMass : kStanding, step_s);

  constexpr double kWetting = 2.0 * kSecondsPerHour;  // s to drench or dry the fins
  constexpr double kDripping = 2e-4;                  // kg/s of condensate on drenched fins
  wetness_ =
      follow(wetness_, t.condensate_kg_s / (t.condensate_kg_s + kDripping), kWetting, step_s);
}

void Process::warm_room(const Surroundings& around, double step_s) {
  Truth& t = truth_;
  const double air_kg_s =
      t.air_flow_m3_h / kSecondsPerHour /
      physics::specific_volume_m3_kg(t.air_inlet_c, humidity_ratio_, kSeaLevelPa);
  const double supply_w = air_kg_s * physics::kDryAirHeat * (t.air_outlet_c - t.air_inlet_c);
  const double wall_w = size_.room_wall_w_k * (wall_c_ - t.room_c);
  const double fresh_w =
      size_.fresh_air_kg_s * physics::kDryAirHeat * (around.outdoor_c - t.room_c);
  t.room_c += (around.sensible_load_w + supply_w + wall_w + fresh_w) * step_s / size_.room_air_j_k;
  wall_c_ +=
      (size_.room_out_w_k * (around.outdoor_c - wall_c_) - wall_w) * step_s / size_.room_wall_j_k;
  humidity_ratio_ += (around.moisture_kg_s +
                      size_.fresh_air_kg_s * (around.outdoor_humidity_ratio - humidity_ratio_) -
                      t.condensate_kg_s) *
                     step_s / size_.room_air_kg;
  humidity_ratio_ = std::max(humidity_ratio_, 1e-4);
  // Some of the supply air goes straight back to the inlet.
  constexpr double kShortCircuit = 0.06;
  constexpr double kMixing = 30.0;  // s
  const double mixed_c =
      air_kg_s > 0.01 ? t.room_c + kShortCircuit * (t.air_outlet_c - t.room_c) : t.room_c;
  t.air_inlet_c = follow(t.air_inlet_c, mixed_c, kMixing, step_s);
}

}  // namespace hvac::plant
