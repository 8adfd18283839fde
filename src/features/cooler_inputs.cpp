#include "features/cooler_inputs.h"

#include <algorithm>
#include <array>
#include <optional>

#include "physics/heater.h"

namespace hvac::features {
namespace {

using telemetry::InputTag;

constexpr double kSecondsPerHour = 3600.0;

// The three speed signals on the scale of UCFS, and above what each the fan turns. Measured on the
// rig: UCFMS = 1.42 UCFS and UCFMS = 3.95 UCFMV; at a standstill the motor sits at 45 V.
struct SpeedSignal {
  InputTag tag;
  double per_ucfs;
  double turning;
};
constexpr std::array<SpeedSignal, 3> kSpeedSignals = {{{InputTag::UCFS, 1.0, 200.0},
                                                       {InputTag::UCFMS, 1.42, 200.0},
                                                       {InputTag::UCFMV, 1.42 / 3.95, 100.0}}};
constexpr double kRunningPressure = 1.5;  // UCSDP of a turning fan, in its own unit

// The middle of the speeds that turning signals show; of two, the first in order of trust unless
// they agree. Nothing when none turns.
std::optional<double> fan_speed(const InputView& inputs) {
  std::array<double, kSpeedSignals.size()> speeds{};
  std::size_t count = 0;
  for (const SpeedSignal& signal : kSpeedSignals) {
    const std::optional<double> value = inputs[signal.tag];
    if (value && *value > signal.turning) speeds[count++] = *value / signal.per_ucfs;
  }
  if (count == 0) return std::nullopt;
  if (count < 3) return speeds[0];
  const auto [low, high] = std::minmax({speeds[0], speeds[1]});
  return std::clamp(speeds[2], low, high);
}

std::optional<double> heater_power(const InputView& inputs) {
  const std::optional<double> volts = inputs[InputTag::UCHV];
  const std::optional<double> amperes = inputs[InputTag::UCHC];
  if (!volts || !amperes) return std::nullopt;
  return physics::three_phase_power(physics::Volt{*volts}, physics::Ampere{*amperes}).value;
}

std::optional<double> loop_drop(const InputView& inputs) {
  const std::optional<double> rise = inputs[InputTag::CPPR];
  const std::optional<double> valve = inputs[InputTag::MVDP];
  if (!rise || !valve) return std::nullopt;
  constexpr double kPascalPerMillibar = 100.0;
  return (*rise - *valve) * kPascalPerMillibar;
}

std::optional<double> scaled(std::optional<double> value, double factor) {
  return value ? std::optional(*value * factor) : std::nullopt;
}

}  // namespace

FanVotes fan_votes(const InputView& inputs) {
  FanVotes votes{0, 0};
  const auto vote = [&votes](std::optional<double> value, double turning) {
    if (!value) return;
    ++votes.present;
    if (*value > turning) ++votes.running;
  };
  for (const SpeedSignal& signal : kSpeedSignals) vote(inputs[signal.tag], signal.turning);
  vote(inputs[InputTag::UCSDP], kRunningPressure);
  return votes;
}

physics::CoolerInputs cooler_inputs(const InputView& inputs) {
  const FanVotes votes = fan_votes(inputs);
  physics::CoolerInputs cooler;
  cooler.air_inlet_c = inputs[InputTag::UCAIT];
  cooler.relative_humidity = scaled(inputs[InputTag::UCAIH], 0.01);
  cooler.water_inlet_c = inputs[InputTag::UCWIT];
  // A litre of water is taken as a kilogram, as the meter does.
  cooler.water_flow_kg_s = scaled(inputs[InputTag::UCWF], 1.0 / kSecondsPerHour);
  cooler.loop_drop_pa = loop_drop(inputs);
  cooler.fan = votes.present == 0                   ? physics::FanState::unknown
               : 2 * votes.running >= votes.present ? physics::FanState::on
                                                    : physics::FanState::off;
  cooler.fan_voltage_v = inputs[InputTag::UCFMV];
  if (cooler.fan != physics::FanState::off) cooler.fan_speed = fan_speed(inputs);
  cooler.heater_power_w = heater_power(inputs);
  return cooler;
}

}  // namespace hvac::features
