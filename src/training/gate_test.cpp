#include "training/gate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "training/comparison.h"
#include "training/held_out.h"
#include "training/sanity.h"
#include "training/split.h"
#include "training/testing.h"
#include "training/train.h"
#include "training/validate.h"

namespace hvac::training {
namespace {

using telemetry::kTargetCount;
using telemetry::Sample;
using telemetry::TargetTag;

/// Rows of a target that swings, and what two models say of them: right but for noise.
struct TwoModels {
  std::vector<Sample> samples;
  std::vector<Judged> before;
  std::vector<Judged> after;
  std::vector<std::uint8_t> scored;
};

TwoModels two_models(double noise_before, double noise_after, std::size_t rows = 3000) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  TwoModels two;
  for (std::size_t i = 0; i < rows; ++i) {
    Sample& sample = two.samples.emplace_back();
    sample.recording = {static_cast<std::uint32_t>(i / 200)};
    Judged before{};
    Judged after{};
    before.prediction.regime = after.prediction.regime = features::Regime::fan_on;
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      const double value = 20.0 + 5.0 * std::sin(0.01 * static_cast<double>(i));
      sample.set(static_cast<TargetTag>(t), value);
      const double old = value + noise_before * normal(random);
      const double now = value + noise_after * normal(random);
      before.prediction.targets[t] = {old, {old - 1.0, old + 1.0}, value + 2.0};
      after.prediction.targets[t] = {
          now, {now - 1.645 * noise_after, now + 1.645 * noise_after}, value + 2.0};
    }
    two.before.push_back(before);
    two.after.push_back(after);
    two.scored.push_back(1);
  }
  return two;
}

Comparison compared(const TwoModels& two) {
  return compare_models(two.samples, two.before, two.after, two.scored, {});
}

/// Everything in order.
GateEvidence good_evidence() {
  GateEvidence evidence;
  evidence.model = "v2";
  evidence.against = "v1";
  evidence.comparison = compared(two_models(0.5, 0.5));
  evidence.held_out_rows = 3000;
  evidence.training_samples = 9000;
  evidence.new_samples = 3000;
  evidence.bundle_bytes = 3'000'000;
  evidence.inference = {0.01, 0.02, 0.03};
  evidence.sanity.monotone = {{"warmer in, warmer out", 300, 6, 0.8, 0.0, "K"}};
  evidence.sanity.points = 400;
  evidence.sanity.balance_points = 500;
  evidence.sanity.predicted_balance = 0.9;
  evidence.sanity.measured_balance = 0.85;
  evidence.delayed_mae_ratio = {1.2, 1.2, 1.2};
  return evidence;
}

TEST(Comparison, ADifferenceMustBeLargerThanItsUncertainty) {
  const auto fan_on = static_cast<std::size_t>(Population::fan_on);
  const TargetComparison same = compared(two_models(0.5, 0.502))[fan_on][0];
  EXPECT_LT(same.change.r2_change.low, 0.0);
  EXPECT_GT(same.change.r2_change.high, 0.0);
  const TargetComparison worse = compared(two_models(0.5, 0.7))[fan_on][0];
  EXPECT_LT(worse.change.r2_change.high, 0.0);
  EXPECT_GT(worse.change.mape_change.low, 0.0);
  EXPECT_GT(worse.change.mae_ratio.low, 1.0);
  EXPECT_NEAR(worse.change.mae_ratio.value, 1.4, 0.1);
  EXPECT_NEAR(worse.change.coverage.value, 0.9, 0.02);
  const TargetComparison few = compared(two_models(0.5, 0.7, 300))[fan_on][0];
  EXPECT_EQ(few.blocks, 3u) << "recordings of 200 and 100 rows";
  EXPECT_TRUE(std::isnan(few.change.r2_change.high)) << "too few blocks to say";
}

TEST(Gate, GoodEvidenceIsAccepted) {
  const Verdict verdict = decide(good_evidence(), {});
  EXPECT_TRUE(verdict.accepted()) << (verdict.reasons().empty() ? "" : verdict.reasons().front());
  EXPECT_TRUE(verdict.reasons().empty());
}

// A population is worse when the growth is above the limit and not by chance.
TEST(Gate, APopulationMustBeSurelyWorseByMoreThanTheLimit) {
  const auto passes = [](double value, double low) {
    GateEvidence evidence = good_evidence();
    TargetComparison& target = evidence.comparison[static_cast<std::size_t>(Population::fan_on)][0];
    target.change.mae_ratio.value = value;
    target.change.mae_ratio.low = low;
    target.after.mae = value * target.before.mae;
    return decide(evidence, {}).accepted();
  };
  EXPECT_FALSE(passes(1.29, 1.03));
  EXPECT_TRUE(passes(1.29, 0.99));
  EXPECT_TRUE(passes(1.04, 1.01));
}

// Too little is a reason as soon as it is found, too much when it is sure.
TEST(Gate, IntervalsMustHoldWhatTheySay) {
  const auto passes = [](double low, double found, double high) {
    GateEvidence evidence = good_evidence();
    auto& coverage =
        evidence.comparison[static_cast<std::size_t>(Population::all)][1].change.coverage;
    coverage.low = low;
    coverage.value = found;
    coverage.high = high;
    return decide(evidence, {}).accepted();
  };
  EXPECT_TRUE(passes(0.85, 0.88, 0.92));
  EXPECT_FALSE(passes(0.80, 0.86, 0.91));
  EXPECT_TRUE(passes(0.92, 0.95, 0.98));
  EXPECT_FALSE(passes(0.94, 0.96, 0.98));
}

// Rejection: each criterion by itself, with a reason in words.
TEST(Gate, EachFaultIsAReason) {
  struct Fault {
    const char* check;
    const char* word;
    std::function<void(GateEvidence&)> apply;
  };
  const std::vector<Fault> faults = {
      {"samples", "9000 usable samples", [](GateEvidence& e) { e.new_samples = 0; }},
      {"training_samples", "learned from 3000",
       [](GateEvidence& e) { e.training_samples = 3000, e.new_samples = 9000; }},
      {"training_known", "not known", [](GateEvidence& e) { e.training_known = false; }},
      {"held_out", "blocks",
       [](GateEvidence& e) { e.comparison = compared(two_models(0.5, 0.5, 200)); }},
      {"r2", "R2", [](GateEvidence& e) { e.comparison = compared(two_models(0.5, 0.8)); }},
      {"mape", "MAPE", [](GateEvidence& e) { e.comparison = compared(two_models(0.5, 0.8)); }},
      {"population", "fan_on",
       [](GateEvidence& e) { e.comparison = compared(two_models(0.5, 0.8)); }},
      {"accuracy", "first principles",
       [](GateEvidence& e) {
         e.against.reset();
         e.comparison = compared(two_models(9.0, 9.0));
       }},
      {"coverage", "intervals",
       [](GateEvidence& e) {
         TwoModels two = two_models(0.5, 0.5);
         for (Judged& judged : two.after) {
           for (auto& target : judged.prediction.targets) {
             target.interval90 = {target.value - 0.5, target.value + 0.5};
           }
         }
         e.comparison = compared(two);
       }},
      {"inference", "ms", [](GateEvidence& e) { e.inference.p95_ms = 3.0; }},
      {"inference", "ms", [](GateEvidence& e) { e.inference.p99_ms = 130.0; }},
      {"bundle_size", "12.00 MB", [](GateEvidence& e) { e.bundle_bytes = 12'000'000; }},
      {"physics", "warmer", [](GateEvidence& e) { e.sanity.monotone[0].broken = 120; }},
      {"physics", "not so", [](GateEvidence& e) { e.sanity.monotone[0].mean = -0.2; }},
      {"possible", "UCAOT 90 degC",
       [](GateEvidence& e) { e.sanity.impossible = 20, e.sanity.worst = "UCAOT 90 degC"; }},
      {"heat_balance", "heat", [](GateEvidence& e) { e.sanity.predicted_balance = 0.6; }},
      {"leakage", "UCWDP",
       [](GateEvidence& e) { e.suspects.push_back({"UCWDP", "UCAOT", 0, 1.0, 0.0, 0.0}); }},
      {"leakage", "past targets", [](GateEvidence& e) { e.delayed_mae_ratio[1] = 0.4; }},
      {"leakage", "audit", [](GateEvidence& e) { e.audit_failures = {"an old failure"}; }},
  };
  for (const Fault& fault : faults) {
    GateEvidence evidence = good_evidence();
    fault.apply(evidence);
    const Verdict verdict = decide(evidence, {});
    EXPECT_FALSE(verdict.accepted()) << fault.check;
    bool found = false;
    for (const GateCheck& check : verdict.checks) {
      found = found || (check.name == fault.check && !check.passed &&
                        check.text.find(fault.word) != std::string::npos);
    }
    EXPECT_TRUE(found) << fault.check << " " << fault.word;
  }
}

TEST(Gate, LimitsAreSettings) {
  GateEvidence evidence = good_evidence();
  evidence.training_samples = 100;
  evidence.new_samples = 100;
  GateLimits limits;
  limits.min_samples = 200;
  limits.min_training_samples = 100;
  EXPECT_TRUE(decide(evidence, limits).accepted());
}

std::shared_ptr<const twin::Model> trained_on(const Dataset& data) {
  const auto trained =
      train(data, "simulated", "2026-01-01T00:00:00Z", testing::quick(), no_progress());
  const auto files = twin::bundle_files(trained.value().parts);
  return twin::Model::from_files(files.value(), "v1").value();
}

/// Of simulated data, and one of its first 900 rows; made once.
const Dataset& data() {
  static const Dataset kData = testing::simulated(1600);
  return kData;
}
const std::shared_ptr<const twin::Model>& half_model() {
  static const auto kModel = [] {
    Dataset half = data();
    half.samples.resize(900);
    return trained_on(half);
  }();
  return kModel;
}
const std::shared_ptr<const twin::Model>& whole_model() {
  static const auto kModel = trained_on(data());
  return kModel;
}

TEST(HeldOut, RowsThatWereLearnedFromGetTheFoldsPredictions) {
  const auto said = judge_fairly(*whole_model(), data().samples);
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ(said->learned, data().samples.size());
  EXPECT_EQ(said->unknown, 0u);
  // What the card says of held-out rows, not the model's memory of them.
  const auto honest = compare(data().samples, said->judged, said->fair);
  const auto naive = compare(data().samples, judge(*whole_model(), data().samples), said->fair);
  const auto fan_on = static_cast<std::size_t>(Population::fan_on);
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    EXPECT_GT(honest[fan_on][t].virtual_sensor.mae, naive[fan_on][t].virtual_sensor.mae);
  }
}

TEST(HeldOut, RowsBesideLearnedOnesAreNotFairAndOthersAre) {
  const std::vector<Sample>& samples = data().samples;
  const std::uint32_t cut = samples[900].recording.value;
  const auto said = judge_fairly(*half_model(), samples).value();
  EXPECT_EQ(said.learned, 900u);
  EXPECT_EQ(said.fair[899], 1);
  EXPECT_EQ(said.fair.back(), 1);
  for (std::size_t i = 900; i < samples.size() && i <= 899 + kEmbargoRows; ++i) {
    EXPECT_EQ(said.fair[i], samples[i].recording.value == cut ? 0 : 1) << i;
  }
}

TEST(HeldOut, ADamagedRecordIsCorrupt) {
  twin::ModelParts parts = whole_model()->parts();
  parts.held_out.pop_back();
  const auto model = twin::Model::make(parts).value();
  EXPECT_EQ(judge_fairly(*model, data().samples).error().code, ErrorCode::corrupt);
}

// Golden in words: a model of real physics passes, one that learned noise is caught by physics and
// by accuracy.
TEST(Validate, AModelOfShuffledTargetsIsRejectedAndAGoodOneIsNot) {
  GateLimits limits;  // Small data, and a build that is slow.
  limits.min_samples = 1500;
  limits.min_training_samples = 1000;
  limits.max_inference_p95_ms = 50.0;
  const Candidate candidate{whole_model(), "v1", 1'000'000, Vouched::no};
  const auto evidence =
      gather_evidence(candidate, std::nullopt, data(), limits.confidence, no_progress());
  ASSERT_TRUE(evidence) << evidence.error().message;
  const Verdict verdict = decide(*evidence, limits);
  EXPECT_TRUE(verdict.accepted()) << verdict_text(*evidence, verdict);

  const Candidate challenger{trained_on(testing::shuffled_targets(data())), "v2", 1'000'000,
                             Vouched::no};
  for (const auto& against :
       {std::optional<Incumbent>({whole_model(), "v1"}), std::optional<Incumbent>()}) {
    const auto other =
        gather_evidence(challenger, against, data(), limits.confidence, no_progress());
    ASSERT_TRUE(other);
    const Verdict rejected = decide(*other, limits);
    EXPECT_FALSE(rejected.accepted());
    EXPECT_GE(rejected.reasons().size(), 3u) << verdict_text(*other, rejected);
  }
}

}  // namespace
}  // namespace hvac::training
