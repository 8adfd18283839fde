#include "physics/coil.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "physics/moist_air.h"

namespace hvac::physics {
namespace {

struct ReferencePoint {
  double humidity_ratio, heat_w, air_outlet_k, sensible_ratio, dry_fraction;
};

std::vector<ReferencePoint> reference() {
  const char* folder = std::getenv("HVAC_TWIN_DATA");
  std::ifstream in((folder != nullptr ? std::filesystem::path(folder)
                                      : std::filesystem::path(HVAC_SOURCE_DIR) / "../shared/data") /
                   "wet_coil_reference.csv");
  std::vector<ReferencePoint> points;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream cells(line);
    std::vector<double> v;
    for (std::string cell; std::getline(cells, cell, ',');) v.push_back(std::stod(cell));
    points.push_back({v[1], v[2], v[3], v[4], v[5]});
  }
  return points;
}

CoilOutlet reference_coil(double humidity_ratio) {
  constexpr double kUa = 4748.0;
  constexpr double kRatio = 2.0 / 3.0;  // air side to water side, of the reference model
  return coil({WattPerKelvin{kUa * (1.0 + kRatio)}, WattPerKelvin{kUa * (1.0 + 1.0 / kRatio)}},
              {.air_temp = Celsius{(80.0 - 32.0) / 1.8},
               .air_humidity_ratio = KgPerKg{humidity_ratio},
               // The reference's flow is of moist air.
               .air_flow = KgPerSecond{2.646 / (1.0 + humidity_ratio)},
               .water_temp = Celsius{(42.0 - 32.0) / 1.8},
               .water_flow = KgPerSecond{3.78},
               .pressure = Pascal{101325.0}});
}

// Golden: Modelica Buildings' wet coil swept over inlet humidity.
TEST(Coil, FollowsTheReferenceFromDryToWet) {
  const std::vector<ReferencePoint> points = reference();
  if (points.empty()) GTEST_SKIP() << "wet_coil_reference.csv is absent";
  for (const ReferencePoint& p : points) {
    const CoilOutlet out = reference_coil(p.humidity_ratio);
    SCOPED_TRACE(testing::Message() << "w " << p.humidity_ratio << " dry " << p.dry_fraction);
    const bool dry = p.dry_fraction > 0.9999;
    const bool wet = p.dry_fraction < 0.001;
    EXPECT_NEAR(out.total_heat.value, p.heat_w, (dry ? 5e-4 : 0.011) * p.heat_w);
    // Between, the reference lets its outlet air be supersaturated; ours drops the fog and is
    // warmer by what that sets free.
    EXPECT_NEAR(out.air_temp.value + kKelvinOffset, p.air_outlet_k, dry ? 0.005 : wet ? 0.1 : 0.3);
    EXPECT_NEAR(1.0 - out.wet_fraction.value, p.dry_fraction, 0.015);
  }
}

// Everything a cooler may meet and more: freezing and hot water, dry and saturated air.
struct AnyCoil {
  std::mt19937_64 random{20261124};

  double between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  }
  double log_between(double low, double high) {
    return std::exp(between(std::log(low), std::log(high)));
  }
  CoilConductance conductance() {
    return {WattPerKelvin{log_between(20.0, 20000.0)}, WattPerKelvin{log_between(20.0, 20000.0)}};
  }
  CoilInlet inlet() {
    const double air_c = between(-25.0, 55.0);
    const double pressure = between(80000.0, 105000.0);
    const double saturated = saturated_air(air_c, pressure).humidity_ratio;
    const double humidity = std::min(between(0.0, 1.2), 1.0);  // often exactly saturated
    return {.air_temp = Celsius{air_c},
            .air_humidity_ratio = KgPerKg{humidity * saturated},
            .air_flow = KgPerSecond{log_between(0.005, 5.0)},
            .water_temp = Celsius{between(-10.0, 80.0)},
            .water_flow = KgPerSecond{log_between(0.001, 5.0)},
            .pressure = Pascal{pressure}};
  }
};

// Property: energy and water close, and the second law holds.
TEST(Coil, KeepsItsBalancesAndLimits) {
  AnyCoil any;
  for (int i = 0; i < 50000; ++i) {
    const CoilConductance hA = any.conductance();
    const CoilInlet in = any.inlet();
    const CoilOutlet out = coil(hA, in);
    SCOPED_TRACE(testing::Message()
                 << "air " << in.air_temp.value << " degC " << in.air_humidity_ratio.value << " "
                 << in.air_flow.value << " kg/s, water " << in.water_temp.value << " degC "
                 << in.water_flow.value << " kg/s, hA " << hA.air.value << " " << hA.water.value);
    const double scale = 1e-9 * (std::abs(out.total_heat.value) + 1.0);
    const double water_w =
        in.water_flow.value * kWaterHeat * (out.water_temp.value - in.water_temp.value);
    ASSERT_NEAR(water_w, out.total_heat.value, 1e3 * scale);
    const double air_w =
        in.air_flow.value * (enthalpy_j_kg(in.air_temp.value, in.air_humidity_ratio.value) -
                             enthalpy_j_kg(out.air_temp.value, out.air_humidity_ratio.value));
    ASSERT_NEAR(air_w, out.total_heat.value, 1e3 * scale);
    ASSERT_NEAR(out.condensate.value,
                in.air_flow.value * (in.air_humidity_ratio.value - out.air_humidity_ratio.value),
                1e-9);
    ASSERT_GE(out.condensate.value, 0.0);
    ASSERT_LE(out.sensible_heat.value, out.total_heat.value + scale);

    const double coldest = std::min(in.air_temp.value, in.water_temp.value);
    const double warmest = std::max(in.air_temp.value, in.water_temp.value);
    for (const double t : {out.air_temp.value, out.water_temp.value, out.surface_temp.value}) {
      ASSERT_GE(t, coldest - 1e-6);
      ASSERT_LE(t, warmest + 1e-3);
    }
    const double saturated = saturated_air(out.air_temp.value, in.pressure.value).humidity_ratio;
    ASSERT_LE(out.air_humidity_ratio.value, saturated * (1.0 + 1e-6));
    for (const Fraction f : {out.effectiveness, out.wet_fraction, out.bypass_factor}) {
      ASSERT_GE(f.value, 0.0);
      ASSERT_LE(f.value, 1.0);
    }
  }
}

}  // namespace
}  // namespace hvac::physics
