#pragma once

#include "base/clock.h"
#include "plant/random.h"

namespace hvac::plant {

/// What acts on the cooled room from outside and inside.
struct Surroundings {
  double outdoor_c;
  double outdoor_humidity_ratio;  ///< kg/kg
  double sensible_load_w;         ///< People, equipment, sun.
  double moisture_kg_s;           ///< From people.
  double supply_c;                ///< Water as the chiller or boiler sends it.
  double set_point_c;             ///< What the operators want.
  bool wanted;                    ///< Whether they want the cooler to run at all.
  bool hot_water;                 ///< The loop carries heating water.
};

/// Weather over seasons and days, watches and equipment of a ship's room, the chiller's cycling and
/// the operators' choices. Deterministic by seed. One thread.
class Environment {
 public:
  Environment(std::uint64_t seed, TimePoint start);

  Surroundings step(TimePoint now, double step_s);

 private:
  void operators_choose(double hour_of_day, double step_s);

  Random random_;
  double season_offset_c_;
  double front_c_ = 0.0;           // passing weather
  double outdoor_humidity_ = 0.7;  // relative, slow
  double equipment_w_ = 500.0;
  double people_ = 1.0;
  double supply_set_c_;
  double supply_phase_ = 0.0;
  double supply_swing_k_ = 2.0;
  double supply_period_s_ = 900.0;
  double set_point_c_ = 22.0;
  bool wanted_ = true;
};

}  // namespace hvac::plant
