#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "physics/fan.h"
#include "physics/heater.h"
#include "physics/pump.h"
#include "physics/sensor.h"

namespace hvac::physics {
namespace {

constexpr FanCurve kFan{PressureRise{400.0}, 900.0, 1500.0, Watt{250.0}};
constexpr Valve kValve{FlowCoefficient{3.7}, 25.0, FlowCoefficient{0.0}};
constexpr PumpLoop kLoop{PressureRise{156000.0}, 3000.0, PressureRise{82000.0}, 150000.0};

// Property: V ~ N, dp ~ N^2, P ~ N^3.
TEST(Fan, FollowsTheFanLaws) {
  const FanPoint full = fan_point(kFan, Fraction{1.0}, 0.3);
  for (const double n : {0.0, 0.2, 0.5, 0.9}) {
    const FanPoint part = fan_point(kFan, Fraction{n}, 0.3);
    EXPECT_NEAR(part.flow.value, n * full.flow.value, 1e-12);
    EXPECT_NEAR(part.rise.value, n * n * full.rise.value, 1e-9);
    EXPECT_NEAR(part.power.value, n * n * n * full.power.value, 1e-9);
  }
}

TEST(Fan, MovesLessThroughACloggedFilterOnItsCurve) {
  double before = 1e9;
  for (const double clogging : {0.0, 0.5, 1.0, 4.0}) {
    const FanPoint point = fan_point(kFan, Fraction{0.8}, clogging);
    EXPECT_LT(point.flow.value, before);
    before = point.flow.value;
    const double on_curve =
        kFan.shutoff.value * 0.64 - kFan.curvature * point.flow.value * point.flow.value;
    EXPECT_NEAR(point.rise.value, on_curve, 1e-9);
  }
}

TEST(Valve, OpensByEqualPercentagesFromTight) {
  EXPECT_EQ(valve_coefficient(kValve, Fraction{0.0}).value, 0.0);
  EXPECT_NEAR(valve_coefficient(kValve, Fraction{1.0}).value, 3.7, 1e-12);
  const auto kv = [](double x) { return valve_coefficient(kValve, Fraction{x}).value; };
  EXPECT_NEAR(kv(0.4) / kv(0.3), kv(0.8) / kv(0.7), 1e-9);
  for (double x = 0.0; x < 1.0; x += 0.01) EXPECT_LT(kv(x), kv(x + 0.01));
  const Valve passing{FlowCoefficient{3.7}, 25.0, FlowCoefficient{0.3}};
  EXPECT_NEAR(valve_coefficient(passing, Fraction{0.0}).value, 0.3, 1e-12);
}

// Property: the pump's rise is what loop and valve take, at any speed and opening.
TEST(PumpLoop, RiseEqualsDrops) {
  std::mt19937_64 random{20261124};
  std::uniform_real_distribution<double> part{0.0, 1.0};
  for (int i = 0; i < 2000; ++i) {
    const double speed = 1.2 * part(random);
    const FlowCoefficient kv = valve_coefficient(kValve, Fraction{part(random)});
    const LoopPoint point = loop_point(kLoop, Fraction{speed}, kv);
    ASSERT_GE(point.flow.value, 0.0);
    if (point.flow.value == 0.0) continue;
    const double drops = kLoop.fixed.value + point.valve_drop.value +
                         kLoop.resistance * point.flow.value * point.flow.value;
    ASSERT_NEAR(point.pump_rise.value, drops, 1e-6);
  }
}

TEST(PumpLoop, StandsStillWhenShutOrTooWeak) {
  EXPECT_EQ(loop_point(kLoop, Fraction{1.0}, FlowCoefficient{0.0}).flow.value, 0.0);
  EXPECT_EQ(loop_point(kLoop, Fraction{0.1}, FlowCoefficient{1.0}).flow.value, 0.0);
  EXPECT_EQ(loop_point(kLoop, Fraction{0.0}, FlowCoefficient{1.0}).pump_rise.value, 0.0);
}

// Golden: the rig's pump, 189 L/h at 1541 mbar, is logged with 8 W.
TEST(PumpLoop, HydraulicPower) {
  EXPECT_NEAR(hydraulic_power(CubicMetrePerHour{0.189}, PressureRise{154100.0}).value, 8.1, 0.05);
}

TEST(Heater, IsAThreePhaseResistance) {
  const Ampere current = heater_current(Watt{2170.0}, Volt{409.0}, Volt{409.0});
  EXPECT_NEAR(current.value, 3.063, 0.001);  // the rig logs 3.07 A
  EXPECT_NEAR(three_phase_power(Volt{409.0}, current).value, 2170.0, 1e-9);
  const Ampere low = heater_current(Watt{2170.0}, Volt{409.0}, Volt{380.0});
  EXPECT_NEAR(three_phase_power(Volt{380.0}, low).value, 2170.0 * std::pow(380.0 / 409.0, 2), 1e-9);
}

TEST(Sensor, LagsExactlyWhateverTheStep) {
  Lag coarse(20.0), fine(20.0);
  coarse.step(30.0, 15.0, 15.0);
  for (int i = 0; i < 150; ++i) fine.step(30.0, 15.0, 0.1);
  EXPECT_NEAR(coarse.value(), 20.0 + 10.0 * (1.0 - std::exp(-1.0)), 1e-12);
  EXPECT_NEAR(fine.value(), coarse.value(), 1e-9);
  EXPECT_EQ(coarse.step(5.0, 0.0, 1.0), 5.0);
}

TEST(Sensor, DelaysAndQuantises) {
  Delay delay(2);
  EXPECT_EQ(delay.step(1.0), 1.0);
  EXPECT_EQ(delay.step(2.0), 1.0);
  EXPECT_EQ(delay.step(3.0), 1.0);
  EXPECT_EQ(delay.step(4.0), 2.0);
  EXPECT_EQ(Delay(0).step(7.0), 7.0);
  EXPECT_NEAR(quantised(4.9, 0.488), 4.88, 1e-12);
  EXPECT_EQ(quantised(4.9, 0.0), 4.9);
}

}  // namespace
}  // namespace hvac::physics
