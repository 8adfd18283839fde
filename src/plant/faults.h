#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plant/tags.h"

namespace hvac::plant {

/// What can go wrong with a unit cooler, its loop and its telemetry.
enum class FaultKind {
  air_fouling,       ///< Dirt on the fins: resistance on the air side of the coil.
  filter_clogging,   ///< Resistance in the duct grows.
  water_fouling,     ///< Scale in the tubes: resistance on the water side of the coil.
  valve_stuck,       ///< The valve stays where it was.
  valve_passing,     ///< The shut valve lets water through.
  pump_degradation,  ///< The pump lifts less.
  air_in_water,      ///< Bubbles: less heat to the water, unsteady flow and pressures.
  fan_speed_loss,    ///< A slipping belt: the fan turns slower than its motor says.
  fan_stuck,         ///< The fan keeps the speed it had, whatever it is told.
  sensor_bias,
  sensor_drift,  ///< A bias that grows without end, by its severity each day.
  sensor_stuck,
  sensor_noise,
  sensor_missing,  ///< Values are lost, at severity 1 all.
  wrong_columns,   ///< New firmware writes other values under the old header.
};

/// A fault and how it comes: none before `onset_s`, growing evenly over `ramp_s` to `severity`.
struct Fault {
  FaultKind kind;
  std::optional<Tag> sensor;  ///< For the sensor faults.
  double onset_s = 0.0;       ///< Since the start of the simulation.
  double severity = 0.5;      ///< 0..1.
  double ramp_s = 0.0;
};

/// "valve-stuck", "bias-UCWIT".
std::string name(const Fault& fault);

/// Its severity at that time since the start; 0 before its onset.
double severity_at(const Fault& fault, double time_s);

/// The names that parse_fault knows, sensor faults as "bias-TAG", each with what it does.
struct FaultName {
  std::string name;
  std::string meaning;
};
std::vector<FaultName> fault_names();

/// A fault as an operator writes it: NAME@ONSET[:SEVERITY[:RAMP]], e.g.
/// "water-fouling@36h:0.8:24h". Onset and ramp are numbers with s, m, h or d (hours without);
/// severity is 0..1. What is left out: severity 0.5 and the ramp usual for the fault (fouling
/// creeps, a valve sticks at once). Errors: invalid_argument, naming what is wrong and what is
/// known.
[[nodiscard]] Result<Fault> parse_fault(std::string_view text);

/// The fault of that name, at `onset_s`, with severity and ramp usual for it.
/// Errors: invalid_argument, naming the names that are known.
[[nodiscard]] Result<Fault> fault_named(std::string_view name, double onset_s);

}  // namespace hvac::plant
