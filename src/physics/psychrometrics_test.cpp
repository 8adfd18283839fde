#include "physics/psychrometrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <utility>

#include "physics/moist_air.h"

namespace hvac::physics {
namespace {

constexpr Pascal kSeaLevel{101325.0};

// Golden: reference points from psychrolib, tests/test_psychrolib_si.py.
constexpr std::pair<Celsius, Pascal> kSaturation[] = {
    {Celsius{-60.0}, Pascal{1.08}},     {Celsius{-20.0}, Pascal{103.24}},
    {Celsius{-5.0}, Pascal{401.74}},    {Celsius{5.0}, Pascal{872.6}},
    {Celsius{25.0}, Pascal{3169.7}},    {Celsius{50.0}, Pascal{12351.3}},
    {Celsius{100.0}, Pascal{101418.0}},
};

TEST(SaturationPressure, MatchesReferencePointsOverIceAndWater) {
  for (const auto& [t, expected] : kSaturation) {
    const Result<Pascal> actual = saturation_pressure(t);
    ASSERT_TRUE(actual) << actual.error().message;
    EXPECT_NEAR(actual->value, expected.value, 3e-4 * expected.value + 0.01) << t.value;
  }
}

TEST(Psychrometrics, MatchesReferencePoints) {
  EXPECT_NEAR(saturation_humidity_ratio(Celsius{5.0}, kSeaLevel)->value, 0.005425,
              0.005 * 0.005425);
  EXPECT_NEAR(saturation_humidity_ratio(Celsius{25.0}, kSeaLevel)->value, 0.020173,
              0.005 * 0.020173);
  EXPECT_NEAR(saturated_air(25.0, kSeaLevel.value).enthalpy_j_kg, 76504.0, 0.01 * 76504.0);
  EXPECT_NEAR(enthalpy(Celsius{30.0}, KgPerKg{0.02})->value, 81316.0, 1.0);
  const auto density_30 = density(Celsius{30.0}, KgPerKg{0.02}, Pascal{95461.0});
  EXPECT_NEAR(1.02 / density_30->value, 0.94086, 1e-5);
  EXPECT_NEAR(wet_bulb(Celsius{1.0}, KgPerKg{0.002}, kSeaLevel)->value, -2.1992, 0.001 * 2.2);
  const Pascal low{100000.0};
  const KgPerKg ratio = *humidity_ratio(Celsius{7.0}, Fraction{0.61}, low);
  EXPECT_NEAR(wet_bulb(Celsius{7.0}, ratio, low)->value, 3.92667, 0.001 * 3.93);
}

// Property: each of temperature, dew point and humidity is found again from the others.
TEST(Psychrometrics, RoundTrips) {
  std::mt19937_64 random{20261124};
  std::uniform_real_distribution<double> temperature{-40.0, 60.0};
  std::uniform_real_distribution<double> humidity{0.02, 1.0};
  std::uniform_real_distribution<double> pressure{70000.0, 110000.0};
  for (int i = 0; i < 5000; ++i) {
    const Celsius t{temperature(random)};
    const Fraction rh{humidity(random)};
    const Pascal p{pressure(random)};
    SCOPED_TRACE(testing::Message() << t.value << " degC, " << rh.value << ", " << p.value);
    const KgPerKg w = *humidity_ratio(t, rh, p);
    EXPECT_NEAR(relative_humidity(t, w, p)->value, rh.value, 1e-9);
    const Celsius dew = *dew_point(w, p);
    EXPECT_NEAR(saturation_humidity_ratio(dew, p)->value, w.value, 1e-7 * w.value);
    const Celsius wet = *wet_bulb(t, w, p);
    // Below 0 degC the wet bulb is of ice.
    EXPECT_LE(wet.value, t.value + 1e-6);
    if (wet.value > 0.1) {
      EXPECT_GE(wet.value, dew.value - 1e-3);
    }
    const double h = saturated_air(t.value, p.value).enthalpy_j_kg;
    EXPECT_NEAR(saturation_temp_c(h, p.value, t.value + 15.0), t.value, 1e-5);
  }
}

// Property: the table is the formula, and the curve rises.
TEST(Saturation, TableEqualsFormulaAndRises) {
  double before = 0.0;
  for (double t = -70.0; t < 110.0; t += 0.0173) {
    const double exact = saturation_pressure_pa(t);
    const Saturation s = saturation(t);
    // Between 0 and 0.01 degC, the triple point, the two branches of the formula part by 1e-3.
    const double tolerance = t > 0.0 && t < 0.011 ? 1e-3 : 5e-8;
    ASSERT_NEAR(s.pressure_pa, exact, tolerance * exact) << t;
    ASSERT_GT(s.pressure_pa, before) << t;
    ASSERT_GT(s.slope_pa_k, 0.0);
    before = s.pressure_pa;
  }
}

// Rejection.
TEST(Psychrometrics, RejectsWhatIsNotPhysical) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto code = [](const auto& r) { return r.error().code; };
  EXPECT_EQ(code(humidity_ratio(Celsius{20.0}, Fraction{55.0}, kSeaLevel)),  // percent!
            ErrorCode::out_of_range);
  EXPECT_EQ(code(humidity_ratio(Celsius{nan}, Fraction{0.5}, kSeaLevel)), ErrorCode::out_of_range);
  EXPECT_EQ(code(humidity_ratio(Celsius{20.0}, Fraction{0.5}, Pascal{0.0})),
            ErrorCode::out_of_range);
  EXPECT_EQ(code(humidity_ratio(Celsius{120.0}, Fraction{1.0}, kSeaLevel)),
            ErrorCode::out_of_range);
  EXPECT_EQ(code(wet_bulb(Celsius{10.0}, KgPerKg{0.02}, kSeaLevel)), ErrorCode::out_of_range);
  EXPECT_EQ(code(dew_point(KgPerKg{0.0}, kSeaLevel)), ErrorCode::out_of_range);
  EXPECT_EQ(code(saturation_pressure(Celsius{-101.0})), ErrorCode::out_of_range);
  EXPECT_NE(saturation_pressure(Celsius{-101.0}).error().message.find("-101"), std::string::npos);
}

}  // namespace
}  // namespace hvac::physics
