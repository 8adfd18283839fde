#include "training/calibration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "telemetry/profile.h"
#include "training/dataset.h"
#include "training/split.h"

namespace hvac::training {
namespace {

using physics::CoolerInputs;
using physics::CoolerOutputs;
using physics::CoolerParameters;
using physics::FanState;

CoolerParameters some_cooler() {
  CoolerParameters cooler;
  cooler.air_conductance_w_k = 210.0;
  cooler.water_conductance_w_k = 390.0;
  cooler.fan_flow_slope_m3_h = 1.05;
  cooler.fan_flow_offset_m3_h = 60.0;
  cooler.loop_flow_kg_s = 0.07;
  cooler.loop_flow_share = 0.9;
  cooler.heater_share = 0.93;
  cooler.air_outlet_bias_k = 0.6;
  cooler.water_outlet_bias_k = -0.3;
  return cooler;
}

// Telemetry of `cooler`, with noise and one row in twenty grossly wrong.
std::vector<CalibrationRow> telemetry(const CoolerParameters& cooler, std::size_t rows) {
  std::mt19937_64 random{20261124};
  const auto between = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  std::normal_distribution<double> noise;
  std::vector<CalibrationRow> list;
  for (std::size_t i = 0; i < rows; ++i) {
    CoolerInputs in;
    in.air_inlet_c = between(17.0, 32.0);
    in.relative_humidity = between(0.25, 0.8);
    in.water_inlet_c = between(5.0, 20.0);
    in.water_flow_kg_s = between(0.0, 0.15);
    in.loop_drop_pa = 80000.0 + between(0.0, 20000.0);
    in.fan_speed = between(0.0, 1.0) < 0.5 ? 490.0 : between(700.0, 1000.0);
    in.fan = FanState::on;
    in.heater_power_w = between(0.0, 1.0) < 0.1 ? 2170.0 : 5.0;
    const CoolerOutputs out = steady_state(cooler, in);
    const double gross = between(0.0, 1.0) < 0.05 ? 15.0 : 0.0;
    list.push_back({in, out.air_outlet_c + 0.2 * noise(random) + gross,
                    out.water_outlet_c + 0.2 * noise(random) - gross,
                    out.air_flow_m3_h + 10.0 * noise(random) + 10.0 * gross});
  }
  return list;
}

TEST(Calibration, FindsTheCoolerAgainDespiteNoiseAndGrossErrors) {
  const CoolerParameters truth = some_cooler();
  const auto rows = telemetry(truth, 1500);
  const Result<Calibration> result = calibrate(rows, CoolerParameters{}, no_progress());
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->converged);

  // The same cooler, whatever flows its coil is described at.
  for (const CalibrationRow& row : rows) {
    const CoolerOutputs expected = steady_state(truth, row.inputs);
    const CoolerOutputs fitted = steady_state(result->cooler, row.inputs);
    EXPECT_NEAR(fitted.air_outlet_c, expected.air_outlet_c, 0.25);
    EXPECT_NEAR(fitted.water_outlet_c, expected.water_outlet_c, 0.4);
    EXPECT_NEAR(fitted.air_flow_m3_h, expected.air_flow_m3_h, 12.0);
  }
  EXPECT_NEAR(result->cooler.heater_share, truth.heater_share, 0.04);
  for (const FittedParameter& p : result->parameters) {
    EXPECT_TRUE(std::isfinite(p.standard_error)) << p.name;
    EXPECT_GT(p.standard_error, 0.0) << p.name;
  }
}

TEST(Calibration, SaysWhatTheRowsCannotTell) {
  auto rows = telemetry(some_cooler(), 1000);
  for (CalibrationRow& row : rows) {
    row.inputs.heater_power_w = 0.0;
    row.inputs.loop_drop_pa.reset();
    const CoolerOutputs out = steady_state(some_cooler(), row.inputs);
    row.air_outlet_c = out.air_outlet_c;
    row.water_outlet_c = out.water_outlet_c;
  }
  const Result<Calibration> result = calibrate(rows, CoolerParameters{}, no_progress());
  ASSERT_TRUE(result) << result.error().message;
  const auto identified = [&](std::string_view name) {
    return std::find_if(result->parameters.begin(), result->parameters.end(),
                        [&](const FittedParameter& p) { return p.name == name; })
        ->identified;
  };
  EXPECT_FALSE(identified("heater_share"));
  EXPECT_FALSE(identified("loop_flow_kg_s"));
  EXPECT_TRUE(identified("air_conductance_w_k"));
  EXPECT_EQ(result->cooler.heater_share, CoolerParameters{}.heater_share);
  const auto noted = [&](std::string_view text) {
    return std::any_of(result->notes.begin(), result->notes.end(), [&](const std::string& note) {
      return note.find(text) != std::string::npos;
    });
  };
  EXPECT_TRUE(noted("heater_share cannot be told from these rows: the heater is on in 0.0 %"));
  EXPECT_TRUE(noted("pump rise and valve drop are known in 0.0 %"));
}

TEST(Calibration, IsTheSameEachTime) {
  const auto rows = telemetry(some_cooler(), 300);
  const auto first = calibrate(rows, CoolerParameters{}, no_progress());
  const auto second = calibrate(rows, CoolerParameters{}, no_progress());
  EXPECT_EQ(first->cooler, second->cooler);
}

// The rig's telemetry, by five folds grouped by recording, fan on.
TEST(Calibration, FollowsTheRigOnRecordingsItWasNotFittedTo) {
  const char* folder = std::getenv("HVAC_TWIN_DATA");
  const std::filesystem::path file =
      (folder != nullptr ? std::filesystem::path(folder)
                         : std::filesystem::path(HVAC_SOURCE_DIR) / "../shared/data") /
      "unit_cooler_rig.csv";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is absent";
  const auto data = load_dataset(file, telemetry::unit_cooler_profile(), no_progress());
  ASSERT_TRUE(data) << data.error().message;
  const CoolerParameters start;
  const auto all = calibration_rows(data->samples, {}, start);
  std::array<std::vector<double>, 3> measured, modelled;
  for (const Split& split : grouped_folds(data->samples, 5)) {
    const auto fitted =
        calibrate(calibration_rows(data->samples, split.train, start), start, no_progress());
    ASSERT_TRUE(fitted) << fitted.error().message;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (split.test[i] == 0 || all[i].inputs.fan != FanState::on) continue;
      const CoolerOutputs out = steady_state(fitted->cooler, all[i].inputs);
      const std::array model = {out.air_outlet_c, out.water_outlet_c, out.air_flow_m3_h};
      const std::array truth = {all[i].air_outlet_c, all[i].water_outlet_c, all[i].air_flow_m3_h};
      for (std::size_t t = 0; t < 3; ++t) {
        if (!truth[t]) continue;
        measured[t].push_back(*truth[t]);
        modelled[t].push_back(model[t]);
      }
    }
  }
  const std::array least = {0.95, 0.94, 0.92};
  for (std::size_t t = 0; t < 3; ++t) {
    const double mean = std::accumulate(measured[t].begin(), measured[t].end(), 0.0) /
                        static_cast<double>(measured[t].size());
    double error = 0.0, spread = 0.0;
    for (std::size_t i = 0; i < measured[t].size(); ++i) {
      error += std::pow(modelled[t][i] - measured[t][i], 2);
      spread += std::pow(measured[t][i] - mean, 2);
    }
    EXPECT_GE(1.0 - error / spread, least[t]) << "target " << t;
  }
}

// Rejection.
TEST(Calibration, RefusesTooFewRowsAndStopsWhenAsked) {
  const auto rows = telemetry(some_cooler(), 300);
  const auto few = calibrate(std::span(rows).first(40), CoolerParameters{}, no_progress());
  EXPECT_EQ(few.error().code, ErrorCode::rejected);
  EXPECT_NE(few.error().message.find("40 rows"), std::string::npos);
  const auto stopped =
      calibrate(rows, CoolerParameters{}, [](double, std::string_view) { return false; });
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
}

}  // namespace
}  // namespace hvac::training
