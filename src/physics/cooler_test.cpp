#include "physics/cooler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace hvac::physics {
namespace {

using Named = std::vector<std::pair<std::string, double>>;

TEST(CoolerParameters, ComeBackFromTheirList) {
  CoolerParameters cooler;
  cooler.air_conductance_w_k = 123.25;
  cooler.water_outlet_bias_k = -0.125;
  Named named;
  for (const auto& [name, value] : list_parameters(cooler)) named.emplace_back(name, value);
  EXPECT_EQ(cooler_from(named), cooler);
}

// Rejection: the message names the key, the value and the limits.
TEST(CoolerParameters, RejectWrongKeysAndValues) {
  const auto message = [](const Named& named) { return cooler_from(named).error().message; };
  EXPECT_EQ(message({{"ua", 1.0}}), "cooler parameter 'ua' is not known");
  EXPECT_EQ(message({{"heater_share", 1.0}, {"heater_share", 1.0}}),
            "cooler parameter 'heater_share' is given twice");
  EXPECT_EQ(message({{"heater_share", -0.5}}),
            "cooler parameter 'heater_share' is -0.5, outside 0..2");
  EXPECT_FALSE(cooler_from(Named{{"heater_share", std::nan("")}}));
}

// Anything a sensor may say or leave out, far beyond what it can mean.
struct AnyCooler {
  std::mt19937_64 random{20261124};

  double between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  }
  std::optional<double> maybe(double value) {
    return between(0.0, 1.0) < 0.2 ? std::nullopt : std::optional(value);
  }
  CoolerInputs inputs(int i) {
    CoolerInputs in;
    in.air_inlet_c = maybe(between(-60.0, 120.0));
    in.relative_humidity = maybe(between(-0.2, 1.2));
    in.water_inlet_c = maybe(between(-60.0, 150.0));
    in.water_flow_kg_s = maybe(std::max(between(-0.5, 1.0), 0.0));
    in.loop_drop_pa = maybe(between(-50000.0, 200000.0));
    in.fan_speed = maybe(std::max(between(-500.0, 2000.0), 0.0));
    in.fan_voltage_v = maybe(between(0.0, 400.0));
    in.fan = static_cast<FanState>(i % 3);
    in.heater_power_w = maybe(between(-100.0, 5000.0));
    in.retained_wetting_g_kg = maybe(between(-1.0, 50.0));
    return in;
  }
  // Parameters anywhere within a hundred times of the defaults, or 0, as far as they are allowed.
  CoolerParameters parameters() {
    Named named;
    for (const auto& [name, value] : list_parameters(CoolerParameters{})) {
      const double other = between(0.0, 1.0) < 0.1 ? 0.0 : value * std::exp(between(-4.6, 4.6));
      const Named one = {{std::string(name), other}};
      named.emplace_back(name, cooler_from(one) ? other : value);
    }
    return *cooler_from(named);
  }
};

// Property: nothing is NaN, whatever is missing, standing or reversed, in whatever cooler.
TEST(SteadyState, IsFiniteForAnyInputAndCooler) {
  AnyCooler any;
  for (int i = 0; i < 50000; ++i) {
    const CoolerParameters cooler = i % 10 == 0 ? any.parameters() : CoolerParameters{};
    const CoolerOutputs out = steady_state(cooler, any.inputs(i));
    for (const double value :
         {out.air_outlet_c, out.water_outlet_c, out.air_flow_m3_h, out.air_mass_flow_kg_s,
          out.water_flow_kg_s, out.total_heat_w, out.sensible_heat_w, out.heater_heat_w,
          out.condensate_kg_s, out.surface_temp_c, out.dew_point_c, out.outlet_relative_humidity,
          out.wet_fraction, out.ua_w_k, out.ntu, out.effectiveness, out.bypass_factor}) {
      ASSERT_TRUE(std::isfinite(value)) << i;
    }
    ASSERT_LE(out.outlet_relative_humidity, 1.0);
    ASSERT_GE(out.condensate_kg_s, 0.0);
  }
}

// The coil becomes wet and dries slowly; a new recording begins settled.
TEST(CoolerMemory, RemembersHowWetTheCoilHasBecome) {
  const CoolerParameters cooler;
  CoolerInputs damp;
  damp.air_inlet_c = 25.0;
  damp.relative_humidity = 0.7;
  damp.water_inlet_c = 7.0;
  damp.water_flow_kg_s = 0.1;
  damp.fan_speed = 760.0;
  damp.fan = FanState::on;
  CoolerInputs dry = damp;
  dry.relative_humidity = 0.2;
  const double wet = wetting_g_kg(cooler, damp);
  ASSERT_GT(wet, 3.0);
  ASSERT_EQ(wetting_g_kg(cooler, dry), 0.0);

  CoolerMemory memory(cooler);
  EXPECT_EQ(memory.recall(damp).retained_wetting_g_kg, wet);
  const int samples = static_cast<int>(cooler.wetting_memory_samples);
  CoolerInputs later;
  for (int i = 0; i < samples; ++i) later = memory.recall(dry);
  EXPECT_NEAR(*later.retained_wetting_g_kg, wet * std::exp(-1.0), 0.01 * wet);
  EXPECT_LT(steady_state(cooler, later).air_flow_m3_h, steady_state(cooler, dry).air_flow_m3_h);
  memory.forget();
  EXPECT_EQ(memory.recall(dry).retained_wetting_g_kg, 0.0);
}

TEST(SteadyState, CoolsHeatsAndStandsStill) {
  const CoolerParameters cooler;
  const CoolerInputs cooling{.air_inlet_c = 25.0,
                             .relative_humidity = 0.5,
                             .water_inlet_c = 7.0,
                             .water_flow_kg_s = 0.06,
                             .fan_speed = 760.0,
                             .fan = FanState::on,
                             .heater_power_w = std::nullopt};
  const CoolerOutputs cold = steady_state(cooler, cooling);
  EXPECT_LT(cold.air_outlet_c, 24.0);
  EXPECT_GT(cold.water_outlet_c, 8.0);
  EXPECT_GT(cold.total_heat_w, cold.sensible_heat_w);
  EXPECT_EQ(cold.assumed_inputs, 0);

  CoolerInputs warming = cooling;
  warming.water_inlet_c = 45.0;
  const CoolerOutputs warm = steady_state(cooler, warming);
  EXPECT_LT(warm.total_heat_w, 0.0);
  EXPECT_GT(warm.air_outlet_c, 25.0);
  EXPECT_EQ(warm.condensate_kg_s, 0.0);

  CoolerInputs heated = cooling;
  heated.heater_power_w = 2170.0;
  const double rise_c = steady_state(cooler, heated).air_outlet_c - cold.air_outlet_c;
  EXPECT_NEAR(rise_c, 2170.0 / (cold.air_mass_flow_kg_s * 1020.0), 0.1);

  CoolerInputs standing = cooling;
  standing.fan = FanState::off;
  EXPECT_EQ(steady_state(cooler, standing).air_flow_m3_h, cooler.fan_off_reading_m3_h);
  EXPECT_EQ(steady_state(cooler, standing).air_outlet_c, 25.0 + cooler.fan_off_warmth_k);
  standing.fan_voltage_v = 45.0;
  EXPECT_EQ(steady_state(cooler, standing).air_outlet_c, 25.0 + cooler.fan_off_powered_warmth_k);
}

}  // namespace
}  // namespace hvac::physics
