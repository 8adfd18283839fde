#include "features/cooler_inputs.h"

#include <gtest/gtest.h>

namespace hvac::features {
namespace {

using physics::FanState;
using telemetry::InputTag;
using telemetry::Sample;

Sample running() {
  Sample sample;
  sample.set(InputTag::UCFS, 760.0);
  sample.set(InputTag::UCFMS, 1085.0);
  sample.set(InputTag::UCFMV, 274.0);
  sample.set(InputTag::UCSDP, 6.3);
  return sample;
}

TEST(CoolerInputs, OneStuckOrMissingFanSignalChangesNothing) {
  const double speed = *cooler_inputs(InputView(running())).fan_speed;
  for (const InputTag tag : {InputTag::UCFS, InputTag::UCFMS, InputTag::UCFMV, InputTag::UCSDP}) {
    SCOPED_TRACE(telemetry::name(tag));
    for (const bool missing : {false, true}) {
      Sample sample = running();
      sample.set(tag, 0.0, missing ? telemetry::Quality::missing : telemetry::Quality::good);
      const physics::CoolerInputs inputs = cooler_inputs(InputView(sample));
      EXPECT_EQ(inputs.fan, FanState::on);
      EXPECT_NEAR(*inputs.fan_speed, speed, 0.02 * speed);
    }
  }
}

TEST(CoolerInputs, StandingFanIsOffThoughOneSignalIsStuckOn) {
  Sample sample;
  sample.set(InputTag::UCFS, 0.0);
  sample.set(InputTag::UCFMS, 1085.0);
  sample.set(InputTag::UCFMV, 45.0);
  sample.set(InputTag::UCSDP, 0.0);
  const physics::CoolerInputs inputs = cooler_inputs(InputView(sample));
  EXPECT_EQ(inputs.fan, FanState::off);
  EXPECT_FALSE(inputs.fan_speed);
}

TEST(CoolerInputs, NothingKnownIsUnknown) {
  const Sample sample;
  const physics::CoolerInputs inputs = cooler_inputs(InputView(sample));
  EXPECT_EQ(inputs.fan, FanState::unknown);
  EXPECT_FALSE(inputs.air_inlet_c || inputs.water_flow_kg_s || inputs.heater_power_w);
}

TEST(CoolerInputs, ConvertsUnits) {
  Sample sample = running();
  sample.set(InputTag::UCWF, 720.0);
  sample.set(InputTag::UCAIH, 45.0);
  sample.set(InputTag::UCHV, 409.0);
  sample.set(InputTag::UCHC, 3.07);
  const physics::CoolerInputs inputs = cooler_inputs(InputView(sample));
  EXPECT_NEAR(*inputs.water_flow_kg_s, 0.2, 1e-12);
  EXPECT_NEAR(*inputs.relative_humidity, 0.45, 1e-12);
  EXPECT_NEAR(*inputs.heater_power_w, 2174.8, 0.5);
}

}  // namespace
}  // namespace hvac::features
