#pragma once

#include <optional>
#include <span>

#include "physics/coil.h"
#include "physics/fan.h"
#include "physics/pump.h"
#include "plant/control.h"
#include "plant/environment.h"
#include "plant/faults.h"
#include "plant/random.h"

namespace hvac::plant {

/// How large the cooler, its loop and its room are. The defaults are like the rig's.
struct Dimensions {
  physics::CoilSide air_side{WattPerKelvin{240.0}, KgPerSecond{0.30}, 0.8, KelvinPerWatt{0.0}};
  physics::CoilSide water_side{WattPerKelvin{700.0}, KgPerSecond{0.05}, 0.85, KelvinPerWatt{0.0}};
  physics::FanCurve fan{PressureRise{180.0}, 600.0, 1200.0, Watt{180.0}};
  physics::Valve valve{physics::FlowCoefficient{3.7}, 40.0, physics::FlowCoefficient{0.0}};
  physics::PumpLoop loop{PressureRise{156000.0}, 4000.0, PressureRise{82000.0}, 300000.0};
  double heater_w = 2170.0;  ///< At nominal voltage.
  double heater_voltage = 409.0;
  double room_air_j_k = 0.6e6;  ///< Air and furniture.
  double room_wall_j_k = 8.0e6;
  double room_wall_w_k = 180.0;  ///< Between air and walls.
  double room_out_w_k = 35.0;    ///< Through the walls to the outside.
  double room_air_kg = 240.0;
  double fresh_air_kg_s = 0.01;
  double wet_flow_loss = 0.18;  ///< Duct resistance added by a wet coil, as a share.
};

/// Everything as it truly is at an instant, whatever the sensors say.
struct Truth {
  double room_c;
  double outdoor_c;
  double air_inlet_c;
  double inlet_humidity;  ///< Relative, 0..1.
  double air_outlet_c;
  double air_flow_m3_h;
  double fan_speed;        ///< Of the rotor, fraction of full speed.
  double fan_motor_speed;  ///< Of the motor.
  double fan_rise_pa;
  double water_inlet_c;
  double water_outlet_c;
  double water_flow_m3_h;
  double valve_opening;
  double pump_rise_pa;
  double valve_drop_pa;
  double total_heat_w;  ///< From the air into the water.
  double sensible_heat_w;
  double condensate_kg_s;
  double heater_w;
  double mains_v;
  double ua_w_k;
  double set_point_c;
  bool powered;  ///< Fan motor under voltage, also standing.
  bool pump_on;
};

/// The physics of cooler, loop and room in time. One thread.
class Process {
 public:
  Process(const Dimensions& dimensions, std::uint64_t seed);

  /// Goes on by `step_s` (a few seconds) under these commands and faults at their severities.
  void step(const Surroundings& around, const Commands& commands, std::span<const Fault> faults,
            double time_s, double step_s);

  const Truth& truth() const { return truth_; }

 private:
  void move_equipment(const Commands& commands, std::span<const Fault> faults, double time_s,
                      double step_s);
  void move_water(const Surroundings& around, double air_in_water, double pump_loss, double step_s);
  void exchange(double air_fouling, double water_fouling, double air_in_water, double step_s);
  void settle(const physics::CoilOutlet& out, double air_kg_s, double water_kg_s, double step_s);
  void warm_room(const Surroundings& around, double step_s);

  Dimensions size_;
  Random random_;
  Truth truth_{};
  double wall_c_ = 23.0;
  double humidity_ratio_ = 0.008;
  double wetness_ = 0.0;  // 0 dry .. 1 dripping
  double filter_clogging_ = 0.0;
  double heater_w_ = 0.0;  // electric, before its warming up
  std::optional<double> stuck_valve_;
  std::optional<double> stuck_fan_;
  double valve_passing_ = 0.0;
  double bubbles_ = 0.0;
};

}  // namespace hvac::plant
