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
    const bool wet = p.dry_fraction < 0.0001;
    // Between dry and wet the reference weighs the two heats, which falls short of a coil computed
    // slice by slice (below) by up to 6 %.
    const double heat = dry ? 5e-4 : wet ? 0.011 : 0.05;
    EXPECT_NEAR(out.total_heat.value, p.heat_w, heat * p.heat_w);
    EXPECT_NEAR(out.air_temp.value + kKelvinOffset, p.air_outlet_k, dry ? 0.005 : 0.1);
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

// A coil in counterflow cut into slices, each with its own surface temperature from the balance of
// heat and vapour (Lewis number 1): what the closed formulas stand for.
struct Sliced {
  double heat_w;
  double air_outlet_c;
};

double slice_surface_c(double hA_air, double hA_water, double air_c, double ratio, double water_c,
                       double pressure) {
  const double dry = (hA_air * air_c + hA_water * water_c) / (hA_air + hA_water);
  if (ratio <= saturated_air(dry, pressure).humidity_ratio) return dry;
  double low = water_c, high = air_c;
  for (int i = 0; i < 30; ++i) {
    const double middle = 0.5 * (low + high);
    const double given =
        hA_air / heat_capacity_j_kg_k(ratio) *
        (enthalpy_j_kg(air_c, ratio) - saturated_air(middle, pressure).enthalpy_j_kg);
    (given > hA_water * (middle - water_c) ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

Sliced sliced_coil(const CoilConductance& hA, const CoilInlet& in) {
  constexpr int kSlices = 100;
  const double air = hA.air.value / kSlices;
  const double water = hA.water.value / kSlices;
  const double pressure = in.pressure.value;
  double low = in.water_temp.value, high = in.air_temp.value;
  Sliced result{};
  for (int round = 0; round < 30; ++round) {  // shooting: the water outlet that fits its inlet
    double water_c = 0.5 * (low + high);
    double air_c = in.air_temp.value;
    double ratio = in.air_humidity_ratio.value;
    result.heat_w = 0.0;
    for (int i = 0; i < kSlices; ++i) {
      const double surface = slice_surface_c(air, water, air_c, ratio, water_c, pressure);
      const double capacity = heat_capacity_j_kg_k(ratio);
      const double excess = ratio - saturated_air(surface, pressure).humidity_ratio;
      const double heat = water * (surface - water_c);
      air_c -= air * (air_c - surface) / (in.air_flow.value * capacity);
      ratio -= std::max(excess, 0.0) * air / capacity / in.air_flow.value;
      water_c -= heat / (in.water_flow.value * kWaterHeat);
      result.heat_w += heat;
    }
    result.air_outlet_c = air_c;
    (water_c > in.water_temp.value ? high : low) = 0.5 * (low + high);
  }
  return result;
}

// Property: dry, wet or between, the closed formulas are the sliced coil's heat within 12 %, most
// often within 3 %.
TEST(Coil, AgreesWithACoilCutIntoSlices) {
  AnyCoil any;
  int close = 0;
  constexpr int kCoils = 150;
  for (int i = 0; i < kCoils; ++i) {
    const double hA_air = any.log_between(100.0, 1000.0);
    const CoilConductance hA{WattPerKelvin{hA_air},
                             WattPerKelvin{hA_air * any.log_between(0.7, 4.0)}};
    const double air_c = any.between(18.0, 32.0);
    const double saturated = saturated_air(air_c, kSeaLevelPa).humidity_ratio;
    const double capacity = hA_air * any.log_between(0.3, 2.0);
    const CoilInlet in{.air_temp = Celsius{air_c},
                       .air_humidity_ratio = KgPerKg{saturated * any.between(0.2, 0.8)},
                       .air_flow = KgPerSecond{capacity / kDryAirHeat},
                       .water_temp = Celsius{any.between(4.0, 12.0)},
                       .water_flow = KgPerSecond{capacity * any.log_between(0.5, 6.0) / kWaterHeat},
                       .pressure = Pascal{kSeaLevelPa}};
    const CoilOutlet out = coil(hA, in);
    const Sliced expected = sliced_coil(hA, in);
    SCOPED_TRACE(testing::Message() << i << ": wet " << out.wet_fraction.value);
    EXPECT_NEAR(out.total_heat.value, expected.heat_w, 0.12 * expected.heat_w);
    EXPECT_NEAR(out.air_temp.value, expected.air_outlet_c, 0.8);
    close += std::abs(out.total_heat.value / expected.heat_w - 1.0) < 0.03 ? 1 : 0;
  }
  EXPECT_GT(close, kCoils * 3 / 4);
}

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
      ASSERT_LE(t, warmest + 1e-6);
    }
    const double saturated = saturated_air(out.air_temp.value, in.pressure.value).humidity_ratio;
    ASSERT_LE(out.air_humidity_ratio.value, saturated * (1.0 + 1e-6));
    for (const Fraction f : {out.effectiveness, out.wet_fraction, out.bypass_factor}) {
      ASSERT_GE(f.value, 0.0);
      ASSERT_LE(f.value, 1.0);
    }
  }
}

// A coil as unit coolers have: neither side all but insulated, water that does not freeze.
bool is_usual(const CoilConductance& hA, const CoilInlet& in) {
  const double ratio = hA.air.value / hA.water.value;
  const double ntu = coil(hA, in).ntu;
  return ratio > 0.1 && ratio < 5.0 && in.water_temp.value > 0.5 && in.air_temp.value < 45.0 &&
         ntu > 0.1 && ntu < 6.0;
}

// Property: more flow on either side or more conductance never moves less heat, but for 0.5 % where
// condensation begins.
TEST(Coil, HeatGrowsWithEachFlowAndConductance) {
  AnyCoil any;
  int usual = 0;
  for (int i = 0; i < 50000; ++i) {
    const CoilConductance hA = any.conductance();
    const CoilInlet in = any.inlet();
    const double factor = any.between(1.0, 1.5);
    if (!is_usual(hA, in)) continue;
    ++usual;
    const double before = std::abs(coil(hA, in).total_heat.value);
    CoilInlet more_air = in;
    more_air.air_flow.value *= factor;
    CoilInlet more_water = in;
    more_water.water_flow.value *= factor;
    CoilConductance more_hA = hA;
    more_hA.air.value *= factor;
    for (const double after :
         {coil(hA, more_air).total_heat.value, coil(hA, more_water).total_heat.value,
          coil(more_hA, in).total_heat.value}) {
      ASSERT_GE(std::abs(after), before * (1.0 - 0.005)) << i;
    }
  }
  EXPECT_GT(usual, 5000);
}

// Property: no jump in heat or outlet as humidity goes from dry to wet.
TEST(Coil, IsSmoothBetweenItsRegimes) {
  AnyCoil any;
  for (int i = 0; i < 300; ++i) {
    const CoilConductance hA = any.conductance();
    CoilInlet in = any.inlet();
    if (!is_usual(hA, in) || in.water_temp.value > in.air_temp.value) continue;
    const double saturated = saturated_air(in.air_temp.value, in.pressure.value).humidity_ratio;
    constexpr int kSteps = 2000;
    in.air_humidity_ratio.value = 0.0;
    CoilOutlet before = coil(hA, in);
    for (int step = 1; step <= kSteps; ++step) {
      in.air_humidity_ratio.value = saturated * step / kSteps;
      const CoilOutlet now = coil(hA, in);
      const double drive = in.air_temp.value - in.water_temp.value;
      ASSERT_NEAR(now.total_heat.value, before.total_heat.value,
                  0.02 * std::abs(before.total_heat.value) + 1e-6);
      ASSERT_NEAR(now.air_temp.value, before.air_temp.value, 0.01 * drive);
      before = now;
    }
  }
}

TEST(Coil, StandsStillWithoutFlowAndWithReversedTemperaturesHeats) {
  const CoilConductance hA{WattPerKelvin{300.0}, WattPerKelvin{400.0}};
  const CoilInlet in{.air_temp = Celsius{25.0},
                     .air_humidity_ratio = KgPerKg{0.012},
                     .air_flow = KgPerSecond{0.3},
                     .water_temp = Celsius{7.0},
                     .water_flow = KgPerSecond{0.1},
                     .pressure = Pascal{kSeaLevelPa}};
  EXPECT_GT(coil(hA, in).condensate.value, 0.0);
  CoilInlet no_air = in, no_water = in, hot = in;
  no_air.air_flow.value = 0.0;
  no_water.water_flow.value = 0.0;
  hot.water_temp.value = 60.0;
  for (const CoilInlet& still : {no_air, no_water}) {
    const CoilOutlet out = coil(hA, still);
    EXPECT_EQ(out.total_heat.value, 0.0);
    EXPECT_EQ(out.air_temp, still.air_temp);
    EXPECT_EQ(out.water_temp, still.water_temp);
  }
  const CoilOutlet heating = coil(hA, hot);
  EXPECT_LT(heating.total_heat.value, 0.0);
  EXPECT_GT(heating.air_temp, hot.air_temp);
  EXPECT_EQ(heating.condensate.value, 0.0);
  EXPECT_EQ(heating.air_humidity_ratio, hot.air_humidity_ratio);
}

// Property: dirt on either side moves less heat, as a resistance in series.
TEST(CoilSide, FoulingAddsItsResistance) {
  const CoilSide clean{WattPerKelvin{300.0}, KgPerSecond{0.3}, 0.8, KelvinPerWatt{0.0}};
  CoilSide dirty = clean;
  dirty.fouling.value = 0.002;
  for (const double flow : {0.05, 0.3, 0.5}) {
    const double before = conductance(clean, KgPerSecond{flow}).value;
    EXPECT_NEAR(before, 300.0 * std::pow(flow / 0.3, 0.8), 1e-9);
    EXPECT_NEAR(1.0 / conductance(dirty, KgPerSecond{flow}).value, 1.0 / before + 0.002, 1e-12);
  }
  EXPECT_EQ(conductance(clean, KgPerSecond{0.0}).value, 0.0);
}

// Golden: Incropera et al., table 11.4 and figure 11.14: NTU 1 at ratio 1 gives 0.5; ratio 0 gives
// 1 - exp(-NTU).
TEST(Counterflow, EffectivenessAtItsLimits) {
  EXPECT_NEAR(counterflow_effectiveness(1.0, 1.0).value, 0.5, 1e-6);
  EXPECT_NEAR(counterflow_effectiveness(2.0, 0.0).value, 1.0 - std::exp(-2.0), 1e-12);
  EXPECT_EQ(counterflow_effectiveness(0.0, 0.5).value, 0.0);
  EXPECT_NEAR(counterflow_effectiveness(1e6, 0.9).value, 1.0, 1e-12);
}

}  // namespace
}  // namespace hvac::physics
