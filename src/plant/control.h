#pragma once

namespace hvac::plant {

/// What the controller tells the equipment.
struct Commands {
  double fan_speed = 0.0;  ///< Fraction of full speed: one of four steps, 0 is off.
  double valve = 0.0;      ///< Opening, 0..1.
  bool heater = false;
  bool pump = false;
};

/// What the controller sees.
struct ControlInputs {
  double air_c;  ///< As its sensor shows it.
  double set_point_c;
  bool wanted;
  bool hot_water;
};

/// The unit cooler's controller: PI on the valve, fan speed and heater by steps with hysteresis.
/// One thread.
class Controller {
 public:
  Commands step(const ControlInputs& in, double step_s);

  /// Forgets what it has integrated, as after a reboot.
  void reboot() { *this = Controller{}; }

 private:
  double integral_ = 0.0;
  double fan_speed_ = 0.0;
  bool heater_ = false;
  bool pump_ = false;
};

}  // namespace hvac::plant
