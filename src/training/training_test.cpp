#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "base/json.h"
#include "training/intervals.h"
#include "training/mask.h"
#include "training/mixture.h"
#include "training/parallel.h"
#include "training/report.h"
#include "training/score.h"
#include "training/split.h"
#include "training/testing.h"
#include "training/train.h"

namespace hvac::training {
namespace {

using telemetry::InputTag;
using telemetry::kTargetCount;
using telemetry::Sample;
using telemetry::TargetTag;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<Sample> recordings(std::initializer_list<std::size_t> rows) {
  std::vector<Sample> samples;
  std::uint32_t id = 0;
  for (const std::size_t n : rows) {
    for (std::size_t i = 0; i < n; ++i) samples.emplace_back().recording = {id};
    ++id;
  }
  return samples;
}

// Property: every row is tested once, and no model learned from the recording it is tested on
// unless that recording was too long and was cut with an embargo.
TEST(Split, FoldsKeepRecordingsWhole) {
  const auto samples = recordings({70, 10, 50, 90, 33, 75, 80, 5, 60, 90, 88, 71, 64, 90, 92, 32});
  const auto splits = grouped_folds(samples, 5);
  std::vector<int> tested(samples.size(), 0);
  for (const Split& split : splits) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      tested[i] += split.test[i];
      EXPECT_FALSE(split.test[i] != 0 && split.train[i] != 0);
      for (std::size_t j = 0; j < samples.size(); j += 7) {
        EXPECT_FALSE(samples[i].recording == samples[j].recording && split.test[i] != 0 &&
                     split.train[j] != 0);
      }
    }
  }
  EXPECT_TRUE(std::ranges::all_of(tested, [](int n) { return n == 1; }));
}

// Property: data that grow do not move what was there to other folds, so that the models of a
// retraining can be compared with those before it.
TEST(Split, WhatIsAddedDoesNotMoveWhatWasThere) {
  const auto before = recordings({2500, 700, 1300, 40, 1900, 80});
  auto after = before;
  for (const Sample& sample : recordings({900, 3000})) {
    after.push_back(sample);
    after.back().recording.value += 6;
  }
  const auto old_folds = grouped_folds(before, 5);
  const auto new_folds = grouped_folds(after, 5);
  for (std::size_t k = 0; k < 5; ++k) {
    EXPECT_TRUE(
        std::ranges::equal(old_folds[k].test, std::span(new_folds[k].test).first(before.size())));
    EXPECT_GT(std::ranges::count(new_folds[k].test, 1), 1000) << "folds are of similar size";
  }
}

TEST(Split, OneLongRecordingIsCutWithAnEmbargo) {
  const auto samples = recordings({5000});
  for (const Split& split : grouped_folds(samples, 5)) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (split.test[i] == 0) continue;
      const std::size_t from = i < kEmbargoRows ? 0 : i - kEmbargoRows;
      for (std::size_t j = from; j < std::min(samples.size(), i + kEmbargoRows); ++j) {
        ASSERT_EQ(split.train[j], 0) << i << " is tested, " << j << " is learned from";
      }
    }
  }
}

TEST(Split, LastBlockHasAnEmbargo) {
  const Split split = last_block(1000, 0.15);
  EXPECT_EQ(std::ranges::count(split.test, 1), 150);
  EXPECT_EQ(split.test[850], 1);
  EXPECT_EQ(split.train[849], 0);
  EXPECT_EQ(split.train[850 - kEmbargoRows - 1], 1);
}

TEST(Score, MatchesWhatAHandCalculates) {
  std::vector<double> measured, predicted;
  std::vector<twin::Interval> intervals;
  for (int i = 0; i < 20; ++i) {
    measured.push_back(i);
    predicted.push_back(i + (i % 2 == 0 ? 1.0 : -0.5));
    intervals.push_back({i + (i < 5 ? 1.0 : -1.0), i + 2.0});
  }
  measured.push_back(kNan);
  predicted.push_back(3.0);
  intervals.push_back({0, 1});
  const Score s = score(measured, predicted, intervals);
  EXPECT_EQ(s.n, 20u);
  EXPECT_DOUBLE_EQ(s.mae, 0.75);
  EXPECT_DOUBLE_EQ(s.bias, 0.25);
  EXPECT_NEAR(s.rmse, std::sqrt(0.625), 1e-12);
  EXPECT_NEAR(s.r2, 1.0 - 12.5 / 665.0, 1e-12);
  EXPECT_DOUBLE_EQ(s.coverage90, 0.75);
  EXPECT_TRUE(std::isnan(score(std::vector<double>{1.0}, std::vector<double>{1.0}).r2));
}

// Property: margins from one half of exchangeable residuals hold nine in ten of the other half.
TEST(Intervals, HoldNineInTen) {
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal(0.3, 1.0);
  std::vector<Residual> residuals;
  std::vector<std::uint8_t> use;
  for (std::size_t i = 0; i < 8000; ++i) {
    const double e = normal(random);
    residuals.push_back({i, features::Regime::fan_on, features::Evidence::complete, {e, e, kNan}});
    use.push_back(i % 2 == 0);
  }
  const twin::Intervals intervals = fit_intervals(residuals, residuals, use);
  const twin::Margin margin = intervals.virtual_sensor[0][0][0];
  int held = 0;
  for (std::size_t i = 1; i < residuals.size(); i += 2) {
    held += margin.low <= residuals[i].value[0] && residuals[i].value[0] <= margin.high;
  }
  EXPECT_NEAR(held / 4000.0, 0.9, 0.02);
  EXPECT_EQ(intervals.virtual_sensor[0][1][2].high, margin.high) << "rare rows borrow";
  EXPECT_EQ(intervals.virtual_sensor[2][0][0].high, 0.0) << "nothing was measured";
}

// Where first principles are nearer they get a share, elsewhere and where rows are rare none.
TEST(Mixture, IsWhatMakesTheErrorsSmallest) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> trees(0.0, 1.0);
  std::normal_distribution<double> physics(0.0, 0.5);
  std::vector<Residual> residuals;
  std::vector<std::uint8_t> use;
  const auto add = [&](features::Regime regime, std::size_t rows) {
    for (std::size_t i = 0; i < rows; ++i) {
      residuals.push_back({residuals.size(),
                           regime,
                           features::Evidence::complete,
                           {trees(random), physics(random), trees(random)},
                           {physics(random), trees(random), kNan}});
      use.push_back(1);
    }
  };
  add(features::Regime::fan_off, 4000);
  add(features::Regime::fan_on, 50);
  const twin::PhysicsShare share = fit_physics_share(residuals, use);
  const auto off = static_cast<std::size_t>(features::Regime::fan_off);
  const auto on = static_cast<std::size_t>(features::Regime::fan_on);
  EXPECT_NEAR(share[0][off][0], 0.8, 0.06) << "in proportion to the variances";
  EXPECT_EQ(share[1][off][0], 0.0) << "a fifth of it would gain a tenth only";
  EXPECT_EQ(share[2][off][0], 0.0) << "first principles say nothing";
  EXPECT_EQ(share[0][on][0], 0.0) << "too few rows";
  const Residual& first = residuals.front();
  EXPECT_NEAR(mixed(first, share).value[0],
              first.value[0] + share[0][off][0] * (first.physics[0] - first.value[0]), 1e-12);
  EXPECT_EQ(mixed(first, share).value[2], first.value[2]);
}

TEST(Mask, RequiredFieldsStayAndTargetsAreNeverHidden) {
  Sample sample;
  for (std::size_t i = 0; i < telemetry::kInputCount; ++i) {
    sample.set(static_cast<InputTag>(i), 1.0);
  }
  for (std::size_t t = 0; t < kTargetCount; ++t) sample.set(static_cast<TargetTag>(t), 1.0);
  const Sample six = hide(sample, only_required_fields());
  int left = 0;
  for (std::size_t i = 0; i < telemetry::kInputCount; ++i) {
    left += six.input(static_cast<InputTag>(i)).has_value();
  }
  EXPECT_EQ(left, 6);
  std::mt19937_64 random(5);
  for (int i = 0; i < 100; ++i) {
    const Sample hidden = hide(sample, random_mask(random));
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      EXPECT_TRUE(hidden.target(static_cast<TargetTag>(t)));
    }
  }
}

TEST(Jobs, TheFirstErrorAndAStopEndThem) {
  const auto failed = run_jobs(
      20,
      [](std::size_t i, const Progress&) -> Result<void> {
        if (i == 3) return fail(ErrorCode::rejected, "three");
        return {};
      },
      no_progress());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "three");
  const auto stopped = run_jobs(
      20,
      [](std::size_t, const Progress& step) -> Result<void> {
        if (!step(0.5, "work")) return fail(ErrorCode::interrupted, "stopped");
        return {};
      },
      [](double, std::string_view) { return false; });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
}

using testing::quick;
using testing::simulated;

TEST(Train, SameDataAndSeedGiveTheSameBytes) {
  const Dataset data = simulated(1600);
  const auto first = train(data, "simulated", "2026-01-01T00:00:00Z", quick(), no_progress());
  ASSERT_TRUE(first) << first.error().message;
  const auto second = train(data, "simulated", "2026-01-01T00:00:00Z", quick(), no_progress());
  ASSERT_TRUE(second);
  const auto files = twin::bundle_files(first->parts).value();
  EXPECT_EQ(files, twin::bundle_files(second->parts).value());

  // What it learned is worth something, beside what costs nothing.
  const auto& on = first->assessment.grouped[static_cast<std::size_t>(Population::fan_on)];
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    EXPECT_GT(on[t].virtual_sensor.n, 300u);
    EXPECT_GT(on[t].virtual_sensor.r2, 0.8) << telemetry::kTargetNames[t];
    EXPECT_NEAR(on[t].virtual_sensor.coverage90, 0.9, 0.06) << telemetry::kTargetNames[t];
  }

  // A bundle read back predicts the same, and fewer inputs mean a wider interval.
  const auto model = twin::Model::from_files(files, "v1");
  ASSERT_TRUE(model) << model.error().message;
  const auto direct = twin::Model::make(first->parts).value();
  const Sample whole = data.samples[800];
  const Sample six = hide(whole, only_required_fields());
  const auto from_six = (*model)->predict(six);
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const double value = direct->predict(whole).targets[t].value;
    EXPECT_NEAR((*model)->predict(whole).targets[t].value, value, 1e-6 * std::abs(value))
        << "sums of floats in another order";
    EXPECT_TRUE(std::isfinite(from_six.targets[t].value));
  }
  const auto& margins = first->parts.intervals.virtual_sensor;
  const auto width = [&](std::size_t t, features::Evidence e) {
    const twin::Margin& m = margins[t][static_cast<std::size_t>(features::Regime::unknown)]
                                   [static_cast<std::size_t>(e)];
    return m.high - m.low;
  };
  const twin::Margin& complete = margins[0][static_cast<std::size_t>(features::Regime::fan_on)]
                                        [static_cast<std::size_t>(features::Evidence::complete)];
  EXPECT_GT(width(0, features::Evidence::sparse), complete.high - complete.low);

  const auto card = parse_json(first->parts.card);
  ASSERT_TRUE(card);
  const auto& scores = card->at("populations").at("fan_on").at("UCAOT").at("virtual");
  EXPECT_EQ(scores.at("n").to_number<std::size_t>(), on[0].virtual_sensor.n);
}

TEST(Train, AnInputThatHoldsATargetIsRefused) {
  Dataset data = simulated(1600);
  for (Sample& sample : data.samples) {
    const auto outlet = sample.target(TargetTag::UCAOT);
    if (outlet) sample.set(InputTag::UCWDP, 3.0 * *outlet + 5.0);
  }
  const auto trained = train(data, "simulated", "2026-01-01T00:00:00Z", quick(), no_progress());
  ASSERT_FALSE(trained);
  EXPECT_EQ(trained.error().code, ErrorCode::rejected);
  EXPECT_NE(trained.error().message.find("UCWDP"), std::string::npos) << trained.error().message;
}

TEST(Train, AnInputThatHoldsYesterdaysTargetIsRefused) {
  Dataset data = simulated(1600);
  for (std::size_t i = data.samples.size() - 1; i > 0; --i) {
    const auto outlet = data.samples[i - 1].target(TargetTag::UCWOT);
    if (outlet) data.samples[i].set(InputTag::MVWF, *outlet);
  }
  const auto trained = train(data, "simulated", "2026-01-01T00:00:00Z", quick(), no_progress());
  ASSERT_FALSE(trained);
  EXPECT_NE(trained.error().message.find("MVWF"), std::string::npos) << trained.error().message;
}

TEST(Train, TooLittleDataIsRefusedInWords) {
  Dataset data = simulated(1600);
  data.samples.resize(150);
  const auto trained = train(data, "simulated", "2026-01-01T00:00:00Z", quick(), no_progress());
  ASSERT_FALSE(trained);
  EXPECT_EQ(trained.error().code, ErrorCode::rejected);
}

TEST(Train, StopsWhenAsked) {
  const Dataset data = simulated(1600);
  int steps = 0;
  const auto trained = train(data, "simulated", "2026-01-01T00:00:00Z", quick(),
                             [&](double, std::string_view) { return ++steps < 20; });
  ASSERT_FALSE(trained);
  EXPECT_EQ(trained.error().code, ErrorCode::interrupted);
}

}  // namespace
}  // namespace hvac::training
