#include "physics/residual.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

namespace hvac::physics {
namespace {

const CoolerInputs kCooling{.air_inlet_c = 25.0,
                            .relative_humidity = 0.45,
                            .water_inlet_c = 7.0,
                            .water_flow_kg_s = 0.06,
                            .fan_speed = 760.0,
                            .fan = FanState::on};

Residual between(const CoolerOutputs& measured, const CoolerOutputs& modelled) {
  return {measured.air_outlet_c - modelled.air_outlet_c,
          measured.water_outlet_c - modelled.water_outlet_c,
          measured.air_flow_m3_h - modelled.air_flow_m3_h};
}

double size_of(const ResidualSplit& split, Cause cause) {
  // In units of what the sensors usually err.
  const auto c = static_cast<std::size_t>(cause);
  return std::abs(split.part[0][c]) / 0.4 + std::abs(split.part[1][c]) / 0.4 +
         std::abs(split.part[2][c]) / 15.0;
}

Cause greatest(const ResidualSplit& split) {
  Cause most = Cause::coil;
  for (const Cause cause : {Cause::water_flow, Cause::fan, Cause::sensor}) {
    if (size_of(split, cause) > size_of(split, most)) most = cause;
  }
  return most;
}

TEST(ResidualSplit, BlamesWhatHasChanged) {
  const CoolerParameters clean;
  const CoolerOutputs expected = steady_state(clean, kCooling);

  CoolerParameters fouled = clean;
  fouled.air_conductance_w_k *= 0.6;
  fouled.water_conductance_w_k *= 0.6;
  const ResidualSplit coil =
      split_residual(clean, kCooling, between(steady_state(fouled, kCooling), expected));
  EXPECT_EQ(greatest(coil), Cause::coil);
  EXPECT_NEAR(coil.coil_factor, 0.65, 0.12);
  EXPECT_NEAR(coil.air_flow_factor, 1.0, 0.03);

  CoolerInputs starved = kCooling;
  starved.water_flow_kg_s = 0.042;
  const ResidualSplit water =
      split_residual(clean, kCooling, between(steady_state(clean, starved), expected));
  EXPECT_EQ(greatest(water), Cause::water_flow);
  EXPECT_NEAR(water.water_flow_factor, 0.7, 0.12);

  CoolerParameters slipping = clean;
  slipping.fan_flow_slope_m3_h *= 0.8;
  const ResidualSplit fan =
      split_residual(clean, kCooling, between(steady_state(slipping, kCooling), expected));
  EXPECT_EQ(greatest(fan), Cause::fan);
  EXPECT_NEAR(fan.air_flow_factor, 0.8, 0.05);

  // With water as warm as the air no coil and no flow can make the outlets differ.
  CoolerInputs idle = kCooling;
  idle.water_inlet_c = idle.air_inlet_c;
  const ResidualSplit sensor = split_residual(clean, idle, {2.0, -1.0, 0.0});
  EXPECT_EQ(greatest(sensor), Cause::sensor);
  EXPECT_NEAR(sensor.part[0][static_cast<std::size_t>(Cause::sensor)], 2.0, 1e-9);
}

// Property: the parts of a target add up to its residual, whatever is missing, and are finite.
TEST(ResidualSplit, PartsAddUp) {
  std::mt19937_64 random{20261124};
  const auto between_ = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  for (int i = 0; i < 5000; ++i) {
    CoolerInputs in = kCooling;
    in.air_inlet_c = between_(-10.0, 50.0);
    in.relative_humidity = between_(0.0, 1.0);
    in.water_inlet_c = between_(0.0, 60.0);
    in.water_flow_kg_s = std::max(between_(-0.02, 0.2), 0.0);
    in.fan = i % 5 == 0 ? FanState::off : FanState::on;
    Residual residual = {between_(-8.0, 8.0), between_(-8.0, 8.0), between_(-300.0, 300.0)};
    if (i % 3 == 0) residual[static_cast<std::size_t>(i % 7 % 3)].reset();
    const ResidualSplit split = split_residual(CoolerParameters{}, in, residual);
    for (std::size_t t = 0; t < kResidualCount; ++t) {
      const double sum = std::accumulate(split.part[t].begin(), split.part[t].end(), 0.0);
      ASSERT_NEAR(sum, residual[t].value_or(0.0), 1e-9);
    }
    ASSERT_TRUE(std::isfinite(split.coil_factor) && std::isfinite(split.water_flow_factor) &&
                std::isfinite(split.air_flow_factor));
  }
}

}  // namespace
}  // namespace hvac::physics
