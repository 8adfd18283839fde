#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "base/files.h"
#include "features/input_view.h"
#include "trees/predict/reference.h"
#include "twin/domain.h"
#include "twin/model.h"
#include "twin/step.h"
#include "twin/testing.h"
#include "twin/tracking.h"

namespace hvac::twin {
namespace {

using telemetry::InputTag;
using telemetry::kTargetCount;
using telemetry::Sample;
using telemetry::TargetTag;
using testing::stump;

ModelParts small_parts() {
  ModelParts parts;
  parts.info = {"", "xgboost", "telemetry", "2026-01-01T00:00:00Z", "abc", 7};
  parts.features = {"UCWIT", "UCAIT"};
  parts.ensembles[0] = {stump(0, 10.0, -1.0, 1.0), stump(0, 12.0, -2.0, 2.0),
                        stump(0, 9.0, -30.0, 30.0)};
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    for (auto& by_evidence : parts.intervals.virtual_sensor[t]) {
      by_evidence = {Margin{-0.5, 0.5}, Margin{-1.0, 1.0}, Margin{-3.0, 2.0}};
    }
    parts.intervals.tracking[t].fill({-0.4, 0.6});
  }
  for (auto& range : parts.domain.ranges) range = {0.0, 40.0};
  parts.domain.ranges[features::column(InputTag::UCAIH)] = {0.0, 100.0};
  parts.domain.ranges[features::column(InputTag::UCWF)] = {0.0, 1000.0};
  parts.card = "{}\n";
  return parts;
}

Sample six_fields(double water_inlet_c) {
  Sample sample;
  sample.set(InputTag::UCWIT, water_inlet_c);
  sample.set(InputTag::UCAIT, 25.0);
  sample.set(InputTag::UCWF, 300.0);
  sample.set(InputTag::UCAIH, 50.0);
  sample.set(InputTag::AMBT, 22.0);
  sample.set(InputTag::UCTSP, 21.0);
  return sample;
}

TEST(Model, AddsTreesToTheBaselineAndMarginsToTheValue) {
  const auto model = Model::make(small_parts()).value();
  features::FeatureBuilder builder = model->builder();
  const auto row = builder.push(features::InputView(six_fields(7.5)));
  const Prediction prediction = model->predict(row);
  const PerTarget<double> base = model->baseline(row);
  EXPECT_DOUBLE_EQ(prediction.targets[0].value, base[0] - 1.0);
  EXPECT_DOUBLE_EQ(prediction.targets[1].value, base[1] - 2.0);
  EXPECT_DOUBLE_EQ(prediction.targets[2].value, base[2] - 30.0);
  EXPECT_DOUBLE_EQ(prediction.targets[0].interval90.low, prediction.targets[0].value - 3.0)
      << "sparse evidence has the widest interval";
  EXPECT_DOUBLE_EQ(prediction.targets[0].interval90.high, prediction.targets[0].value + 2.0);
  EXPECT_GT(prediction.q_thermal_kw, 0.0) << "chilled water takes heat from the air";
  EXPECT_LT(prediction.q_thermal_kw, 20.0);
  EXPECT_TRUE(prediction.domain.inside());
}

// Inside the domain first principles have their share; the interval moves with the value.
TEST(Model, MixesFirstPrinciplesIn) {
  ModelParts parts = small_parts();
  const auto sparse = static_cast<std::size_t>(features::Evidence::sparse);
  for (auto& by_evidence : parts.physics_share[0]) by_evidence[sparse] = 0.25;
  const Prediction trees = Model::make(small_parts()).value()->predict(six_fields(7.5));
  const Prediction both = Model::make(parts).value()->predict(six_fields(7.5));
  ASSERT_EQ(both.evidence, features::Evidence::sparse);
  const TargetPrediction& air = both.targets[0];
  EXPECT_NEAR(air.value, 0.75 * trees.targets[0].value + 0.25 * trees.targets[0].physics, 1e-12);
  EXPECT_NE(air.value, trees.targets[0].value);
  EXPECT_NEAR(air.interval90.low, air.value - 3.0, 1e-12);
  EXPECT_NEAR(air.interval90.high, air.value + 2.0, 1e-12);
  EXPECT_EQ(both.targets[1].value, trees.targets[1].value);
}

TEST(Model, PredictsAlsoFromNothing) {
  const auto model = Model::make(small_parts()).value();
  const Prediction prediction = model->predict(Sample{});
  for (const TargetPrediction& target : prediction.targets) {
    EXPECT_TRUE(std::isfinite(target.value));
  }
  EXPECT_EQ(prediction.regime, features::Regime::unknown);
}

TEST(Bundle, RoundTripsAndPredictsTheSame) {
  ModelParts parts = small_parts();
  parts.physics_share[0][0][0] = 0.35;
  parts.physics_share[2][2][2] = 1.0;
  const BundleFiles files = bundle_files(parts).value();
  const auto model = Model::from_files(files, "v3");
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ((*model)->info().version, "v3");
  EXPECT_EQ((*model)->info().seed, 7u);
  EXPECT_EQ((*model)->parts().physics_share, parts.physics_share);
  EXPECT_EQ(bundle_files((*model)->parts()).value(), files) << "the same parts, the same bytes";
  const auto direct = Model::make(parts).value();
  for (const double water : {5.0, 9.5, 11.0, 20.0}) {
    const Prediction a = (*model)->predict(six_fields(water));
    const Prediction b = direct->predict(six_fields(water));
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      EXPECT_EQ(a.targets[t].value, b.targets[t].value);
      EXPECT_EQ(a.targets[t].interval90.low, b.targets[t].interval90.low);
    }
  }
}

// Models made before first principles had a share are all trees.
TEST(Bundle, WithoutASharePredictsByTreesAlone) {
  BundleFiles files = bundle_files(small_parts()).value();
  std::string& info = files["model.json"];
  const std::size_t start = info.find("\"physics_share\"");
  const std::size_t end = info.find("\"features\"");
  ASSERT_LT(start, end);
  info.erase(start, end - start);
  const auto model = Model::from_files(files, "v1");
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ((*model)->parts().physics_share, PhysicsShare{});
}

TEST(Bundle, RejectionNamesTheFile) {
  const BundleFiles good = bundle_files(small_parts()).value();
  for (const auto& [name, bytes] : good) {
    BundleFiles missing = good;
    missing.erase(name);
    auto model = Model::from_files(missing, "v1");
    if (name ==
        "check.json") {  // Older bundles have none; the manifest knows whether it was there.
      EXPECT_TRUE(model) << model.error().message;
    } else {
      ASSERT_FALSE(model) << name;
      EXPECT_EQ(model.error().code, ErrorCode::corrupt);
      EXPECT_NE(model.error().message.find(name), std::string::npos) << model.error().message;
    }

    BundleFiles truncated = good;
    truncated[name] = bytes.substr(0, bytes.size() / 2);
    model = Model::from_files(truncated, "v1");
    ASSERT_FALSE(model) << name;
    EXPECT_EQ(model.error().code, ErrorCode::corrupt);
    EXPECT_NE(model.error().message.find(name), std::string::npos) << model.error().message;
  }
  BundleFiles wrong = good;
  wrong["intervals.json"].replace(wrong["intervals.json"].find("-0.5"), 4, "\"x\"");
  EXPECT_FALSE(Model::from_files(wrong, "v1"));
  wrong = good;
  const std::size_t share = wrong["model.json"].find("\"sparse\": 0");
  ASSERT_NE(share, std::string::npos);
  wrong["model.json"].replace(share, 11, "\"sparse\": 2");
  EXPECT_FALSE(Model::from_files(wrong, "v1")) << "a share above 1";
  wrong = good;
  wrong["model.json"].replace(wrong["model.json"].find("\"UCWIT\""), 7, "\"UCAOT\"");
  const auto target_as_feature = Model::from_files(wrong, "v1");
  ASSERT_FALSE(target_as_feature) << "a target can be no feature";
  EXPECT_NE(target_as_feature.error().message.find("UCAOT"), std::string::npos);
}

TEST(Domain, GrowsWithDistanceAndNamesTheWorstFeature) {
  const auto model = Model::make(small_parts()).value();
  const Domain near = model->predict(six_fields(20.0)).domain;
  Sample far = six_fields(20.0);
  far.set(InputTag::AMBT, 60.0);
  const Domain outside = model->predict(far).domain;
  EXPECT_FALSE(outside.inside());
  EXPECT_DOUBLE_EQ(outside.distance, 2.0);
  EXPECT_EQ(outside.worst_feature, static_cast<int>(features::column(InputTag::AMBT)));
  EXPECT_LT(near.distance, outside.distance);
}

Prediction flat_prediction(double value) {
  Prediction prediction{};
  for (auto& target : prediction.targets) target = {value, {value - 1, value + 1}, value};
  prediction.regime = features::Regime::fan_on;
  prediction.evidence = features::Evidence::complete;
  return prediction;
}

Sample measured(double value) {
  Sample sample;
  for (std::size_t t = 0; t < kTargetCount; ++t) sample.set(static_cast<TargetTag>(t), value);
  return sample;
}

TEST(Tracking, LearnsASlowBiasButNothingYoungerThanFiveRows) {
  Intervals intervals;
  for (auto& by_regime : intervals.tracking) by_regime.fill({-0.5, 0.5});
  Tracker tracker;
  for (std::size_t row = 0; row < 60; ++row) {
    const PerTarget<Tracked> now = tracker.push(intervals, flat_prediction(20.0), measured(21.0));
    if (row < kTrackingDelayRows) {
      EXPECT_EQ(now[0].bias, 0.0) << "row " << row;
    } else {
      EXPECT_GT(now[0].bias, 0.0);
    }
    if (row == 59) {
      EXPECT_NEAR(now[0].value, 21.0, 0.05);
    }
  }
}

TEST(Tracking, IgnoresMissingTargetsAndLimitsOddOnes) {
  Intervals intervals;
  for (auto& by_regime : intervals.tracking) by_regime.fill({-0.5, 0.5});
  Tracker tracker;
  for (int row = 0; row < 20; ++row) {
    EXPECT_EQ(tracker.push(intervals, flat_prediction(20.0), Sample{})[0].bias, 0.0);
  }
  for (int row = 0; row < 20; ++row)
    tracker.push(intervals, flat_prediction(20.0), measured(500.0));
  EXPECT_LE(tracker.push(intervals, flat_prediction(20.0), Sample{})[0].bias, 3.0);
}

// Property: whatever the noise is, the adaptive interval ends up holding nine in ten.
TEST(Tracking, IntervalAdaptsToTheNoise) {
  for (const double noise : {0.2, 1.0, 3.0}) {
    Intervals intervals;
    for (auto& by_regime : intervals.tracking) by_regime.fill({-1.0, 1.0});
    Tracker tracker;
    std::mt19937_64 random(42);
    std::normal_distribution<double> normal(0.0, noise);
    int inside = 0;
    constexpr int kRows = 4000;
    for (int row = 0; row < kRows; ++row) {
      const double value = 20.0 + normal(random);
      const Tracked now = tracker.push(intervals, flat_prediction(20.0), measured(value))[0];
      if (row >= kRows / 2) inside += now.interval90.low <= value && value <= now.interval90.high;
    }
    EXPECT_NEAR(inside / (kRows / 2.0), 0.9, 0.03) << "noise " << noise;
  }
}

Sample at(int second, double shift) {
  Sample sample = six_fields(7.5 + shift);
  sample.time = TimePoint{std::chrono::seconds{1700000000 + second}};
  sample.set(InputTag::UCFS, 760.0);
  sample.set(InputTag::UCFMS, 1085.0);
  sample.set(InputTag::UCFMV, 274.0);
  sample.set(InputTag::UCSDP, 5.4);
  sample.set(TargetTag::UCAOT, 17.0 + shift);
  sample.set(TargetTag::UCWOT, 15.0 + shift);
  sample.set(TargetTag::UCAF, 880.0);
  return sample;
}

std::string outcome_text(const Outcome& outcome) {
  std::string text =
      fmt::format("{:%H:%M:%S} {} {} q={:.9g} domain={:.9g}", outcome.time, name(outcome.regime),
                  name(outcome.evidence), outcome.q_thermal_kw, outcome.domain.distance);
  if (outcome.heat_balance)
    text += fmt::format(" air={:.9g} water={:.9g}", outcome.heat_balance->air_kw,
                        outcome.heat_balance->water_kw);
  if (outcome.health) text += fmt::format(" health={:.9g}", outcome.health->index);
  text += fmt::format(" flow={:.9g}{}\n", outcome.air_flow_m3_h,
                      outcome.air_flow_is_virtual ? " virtual" : "");
  for (const TargetOutcome& t : outcome.targets) {
    text += fmt::format(
        "  {:.9g} [{:.9g} {:.9g}] physics {:.9g} tracked {:.9g} residual {:.9g} cusum {:.9g} "
        "{:.9g}\n",
        t.predicted.value, t.predicted.interval90.low, t.predicted.interval90.high,
        t.predicted.physics, t.tracked.value, t.residual, t.cusum.above, t.cusum.below);
  }
  for (const Finding& finding : outcome.findings) {
    text += fmt::format("  ! {} since {:%H:%M:%S}: {}\n", name(finding.kind), finding.since,
                        describe(finding));
  }
  return text;
}

// Golden: samples in, outcomes out. HVAC_APPROVE=1 writes the file anew: review its diff.
TEST(Step, OutcomesAreTheSame) {
  const auto model = Model::make(small_parts()).value();
  State state(*model);
  std::string actual;
  for (int i = 0; i < 80; ++i) {
    Sample sample = at(10 * i, 0.02 * i);
    if (i >= 40 && i < 60) sample.set(TargetTag::UCAF, 0.0, telemetry::Quality::stuck);
    if (i >= 70) sample.set(InputTag::AMBT, 75.0);
    const auto outcome = step(state, *model, sample);
    ASSERT_TRUE(outcome) << outcome.error().message;
    actual += outcome_text(*outcome);
  }
  const std::filesystem::path file =
      std::filesystem::path(HVAC_SOURCE_DIR) / "src/twin/testdata/step.golden";
  if (std::getenv("HVAC_APPROVE") != nullptr) {
    ASSERT_TRUE(write_file_atomically(file, actual));
  }
  EXPECT_EQ(actual, read_file(file).value());
}

TEST(Step, ACopyOfTheStateGoesOnTheSame) {
  const auto model = Model::make(small_parts()).value();
  State state(*model);
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(step(state, *model, at(10 * i, 0.1)));
  State copy = state;
  for (int i = 30; i < 60; ++i) {
    EXPECT_EQ(outcome_text(step(state, *model, at(10 * i, 0.3)).value()),
              outcome_text(step(copy, *model, at(10 * i, 0.3)).value()));
  }
}

TEST(Step, RejectsWhatHasNoTimeOrGoesBack) {
  const auto model = Model::make(small_parts()).value();
  State state(*model);
  EXPECT_EQ(step(state, *model, six_fields(7.0)).error().code, ErrorCode::invalid_argument);
  ASSERT_TRUE(step(state, *model, at(100, 0.0)));
  EXPECT_FALSE(step(state, *model, at(100, 0.0)));
  EXPECT_FALSE(step(state, *model, at(90, 0.0)));
  EXPECT_TRUE(step(state, *model, at(110, 0.0)));
}

TEST(Cusum, FollowsADepartureNotNoise) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  Cusum cusum;
  for (int i = 0; i < 20000; ++i) {
    cusum.push(normal(random));
    ASSERT_FALSE(cusum.high() || cusum.low()) << i;
  }
  for (int i = 0; i < 60; ++i) cusum.push(3.0 + normal(random));
  EXPECT_TRUE(cusum.high());
  EXPECT_FALSE(cusum.low());
  for (int i = 0; i < 60; ++i) cusum.push(0.0);
  EXPECT_FALSE(cusum.high()) << "where nothing can be said it goes";
}

std::optional<int> samples_until_finding(SensorLatch& latch, auto&& is_bad, int most) {
  for (int i = 0; i < most; ++i) {
    if (latch.see(is_bad(i), TimePoint{std::chrono::seconds{i}})) return i + 1;
  }
  return std::nullopt;
}

TEST(SensorLatch, ComesAfterTenBadSamplesAndGoesAfterTwentyGoodOnes) {
  SensorLatch latch;
  EXPECT_EQ(samples_until_finding(latch, [](int) { return true; }, 100), SensorLatch::kSamples);
  int good = 0;
  while (latch.see(false, TimePoint{std::chrono::seconds{100}}) && good < 100) ++good;
  EXPECT_EQ(good, 20);
  EXPECT_EQ(samples_until_finding(
                latch, [](int) { return true; }, 100),
            SensorLatch::kSamples)
      << "it begins from nothing again";
}

// A loose contact that spoils every second sample is as useless as a broken wire.
TEST(SensorLatch, SeesALooseContactAndForgivesALostValueNowAndThen) {
  SensorLatch every_second;
  EXPECT_EQ(samples_until_finding(every_second, [](int i) { return i % 2 == 0; }, 1000), 37);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(every_second.see(i % 2 == 0, TimePoint{std::chrono::seconds{2000 + i}})) << i;
  }
  SensorLatch every_fourth;
  EXPECT_EQ(
      samples_until_finding(every_fourth, [](int i) { return i % 4 == 0; }, 100000), std::nullopt);
}

// Property: whatever conductance made the outlet temperature is found again.
TEST(Health, FindsTheConductanceAgain) {
  physics::CoolerParameters clean;
  physics::CoolerInputs inputs;
  inputs.air_inlet_c = 25.0;
  inputs.relative_humidity = 0.4;
  inputs.water_inlet_c = 7.0;
  inputs.water_flow_kg_s = 0.15;
  inputs.fan = physics::FanState::on;
  inputs.fan_speed = 760.0;
  for (const double ratio : {0.3, 0.6, 0.9, 1.0, 1.2}) {
    physics::CoolerParameters fouled = clean;
    fouled.air_conductance_w_k *= ratio;
    fouled.water_conductance_w_k *= ratio;
    const auto found =
        conductance_ratio(clean, inputs, physics::steady_state(fouled, inputs).air_outlet_c);
    ASSERT_TRUE(found) << ratio;
    EXPECT_NEAR(*found, ratio, 0.005);
  }
  inputs.fan = physics::FanState::off;
  EXPECT_FALSE(conductance_ratio(clean, inputs, 15.0));
}

TEST(Health, SeesADeclineAndHowLongItLasts) {
  HealthTracker tracker;
  const TimePoint start{std::chrono::hours{480000}};
  for (int hour = 0; hour < 24 * 30; ++hour) {
    tracker.push(start + std::chrono::hours{hour}, 1.0 - 0.005 * hour / 24.0);
  }
  const auto health = tracker.health();
  ASSERT_TRUE(health);
  EXPECT_NEAR(health->trend_per_day, -0.005, 0.0005);
  ASSERT_TRUE(health->days_to_threshold);
  EXPECT_NEAR(*health->days_to_threshold, (health->index - kCleanAt) / 0.005, 5.0);
}

TEST(Health, DoesNotCallAFewDaysATrend) {
  HealthTracker tracker;
  const TimePoint start{std::chrono::hours{480000}};
  for (int hour = 0; hour < 24 * 3; ++hour) {
    tracker.push(start + std::chrono::hours{hour}, 1.0 - 0.05 * hour / 24.0);
  }
  EXPECT_TRUE(std::isnan(tracker.health()->trend_per_day));
  EXPECT_FALSE(tracker.health()->days_to_threshold);
  for (int hour = 0; hour < 24 * 30; ++hour) {
    tracker.push(start + std::chrono::hours{72 + hour}, 0.6);
  }
  EXPECT_EQ(tracker.health()->days_to_threshold, 0.0) << "dirty is dirty, whatever the trend";
}

}  // namespace
}  // namespace hvac::twin
