#pragma once

#include "features/input_view.h"
#include "physics/cooler.h"

namespace hvac::features {

/// What the physics needs of an instant, in its units: water flow in kg/s, humidity as a fraction,
/// heater power from voltage and current, and the fan's state and speed by consensus of UCFS,
/// UCFMS, UCFMV and UCSDP, any of which may be missing or stuck. Does not allocate.
physics::CoolerInputs cooler_inputs(const InputView& inputs);

/// How many of the four fan signals are there, and how many say that the fan runs.
struct FanVotes {
  int present;
  int running;
};
FanVotes fan_votes(const InputView& inputs);

}  // namespace hvac::features
