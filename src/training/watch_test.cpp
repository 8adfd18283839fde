#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <random>

#include "base/json.h"
#include "training/shadow.h"
#include "training/triggers.h"
#include "twin/testing.h"

namespace hvac::training {
namespace {

using telemetry::InputTag;
using telemetry::kTargetCount;
using telemetry::Sample;
using telemetry::TargetTag;

/// A model whose air outlet is `shift` too warm.
std::shared_ptr<const twin::Model> model_of(const std::string& version, double shift) {
  twin::ModelParts parts;
  parts.info = {"", "xgboost", "simulated", "2026-01-01T00:00:00Z", "abc", 7};
  parts.features = {"UCWIT", "UCAIT"};
  const auto trees = [&](double add) {
    return twin::testing::stump(0, 10.0, -1.0 + add, 1.0 + add);
  };
  parts.ensembles[0] = {trees(shift), trees(shift), trees(shift)};
  for (auto& by_regime : parts.intervals.virtual_sensor) {
    for (auto& by_evidence : by_regime) by_evidence.fill({-0.5, 0.5});
  }
  for (auto& range : parts.domain.ranges) range = {0.0, 1000.0};
  parts.card = "{}\n";
  return twin::Model::from_files(twin::bundle_files(parts).value(), version).value();
}

/// Live telemetry of a cooler that does what `truth` says but for noise.
class Plant {
 public:
  explicit Plant(std::shared_ptr<const twin::Model> truth) : truth_(std::move(truth)) {}

  Sample next() {
    Sample sample;
    sample.time = TimePoint(std::chrono::seconds(10 * ++rows_));
    sample.set(InputTag::UCAIT, 24.0 + 3.0 * std::sin(0.05 * rows_));
    sample.set(InputTag::UCWIT, 9.0 + 3.0 * std::cos(0.03 * rows_));
    sample.set(InputTag::UCWF, 150.0);
    sample.set(InputTag::UCFS, 700.0);
    const twin::Prediction prediction = truth_->predict(sample);
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      sample.set(static_cast<TargetTag>(t), prediction.targets[t].value + noise_(random_));
    }
    return sample;
  }

 private:
  std::shared_ptr<const twin::Model> truth_;
  int rows_ = 0;
  std::mt19937_64 random_{4};
  std::normal_distribution<double> noise_{0.0, 0.2};
};

struct Watched {
  std::shared_ptr<const twin::Model> champion;
  ShadowTrial trial;
  LiveScores live{"v1"};
};

/// What is known after `rows` samples of a cooler that is as v1 says.
Watched watched(double challenger_shift, int rows) {
  auto champion = model_of("v1", 0.0);
  Watched result{champion, ShadowTrial(model_of("v2", challenger_shift), "v1", TimePoint{})};
  Plant plant(champion);
  twin::State state(*champion);
  for (int i = 0; i < rows; ++i) {
    const Sample sample = plant.next();
    const auto outcome = twin::step(state, *champion, sample).value();
    result.trial.see({"cooler"}, sample, outcome, "v1");
    result.live.see(outcome, "v1");
  }
  return result;
}

TEST(Shadow, AnEqualChallengerIsNotWorseAndAWarmOneIs) {
  EXPECT_EQ(watched(0.0, 1500).trial.worse(0.95), "");
  const Watched warm = watched(0.5, 1500);
  EXPECT_NE(warm.trial.worse(0.95).find("UCAOT"), std::string::npos);
  EXPECT_EQ(warm.trial.samples(), 1500u);
  const auto report = warm.trial.report(0.95);
  const auto& target = report.at("populations").at("all").at("UCAOT");
  EXPECT_EQ(target.at("n"), 1500);
  EXPECT_GT(target.at("challenger").at("mae").to_number<double>(),
            target.at("champion").at("mae").to_number<double>());
}

TEST(Shadow, AFewSamplesDoNotCondemn) { EXPECT_EQ(watched(0.5, 300).trial.worse(0.95), ""); }

TEST(Shadow, OutcomesOfAnotherModelAreNotCounted) {
  const auto champion = model_of("v1", 0.0);
  ShadowTrial trial(model_of("v2", 0.0), "v1", TimePoint{});
  Plant plant(champion);
  twin::State state(*champion);
  const Sample sample = plant.next();
  trial.see({"cooler"}, sample, twin::step(state, *champion, sample).value(), "v3");
  EXPECT_EQ(trial.samples(), 0u);
}

TEST(Shadow, ScoresSurviveARestartAndOnlyOfTheSameTrial) {
  const Watched before = watched(0.5, 800);
  const auto saved = parse_json(json_text(before.trial.to_json())).value();
  ShadowTrial same(model_of("v2", 0.5), "v1", TimePoint{});
  ASSERT_TRUE(same.resume(saved));
  EXPECT_EQ(same.samples(), before.trial.samples());
  EXPECT_EQ(same.worse(0.95),
            before.trial.worse(0.95));  // Sums of batches differ in the last digit.
  ShadowTrial later(model_of("v2", 0.5), "v1", TimePoint(std::chrono::seconds(1)));
  EXPECT_FALSE(later.resume(saved));
  ShadowTrial other(model_of("v2", 0.5), "v9", TimePoint{});
  EXPECT_FALSE(other.resume(saved));
  ShadowTrial damaged(model_of("v2", 0.5), "v1", TimePoint{});
  EXPECT_FALSE(damaged.resume(parse_json(R"({"challenger":"v2","champion":"v1"})").value()));
}

TEST(PairedBlocks, CoarseningKeepsTheSums) {
  PairedBlocks blocks(TargetTag::UCAOT, 10);
  for (int i = 0; i < 1000; ++i) {
    blocks.add({}, 20.0 + i % 7, {20.0, {19.0, 23.0}, 0.0}, {21.0, {19.0, 23.0}, 0.0});
  }
  const PairedSums before = blocks.sums();
  EXPECT_EQ(blocks.count(), 100u);
  blocks.coarsen(30);
  EXPECT_EQ(blocks.count(), 25u);
  EXPECT_DOUBLE_EQ(blocks.sums().yy, before.yy);
  EXPECT_DOUBLE_EQ(blocks.sums().errors[1].squares, before.errors[1].squares);
  blocks.keep_newest(5);
  EXPECT_EQ(blocks.sums().n, 200.0);
}

TriggerFacts quiet_facts() {
  TriggerFacts facts;
  facts.now = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1};
  facts.model_created = facts.now - std::chrono::days(30);
  const auto live = watched(0.0, 1500).live.r2_with_fan_on(0, 20.0);
  facts.targets.push_back({"UCAOT", 0.99, live});
  return facts;
}

std::vector<std::string> names(const std::vector<Trigger>& triggers) {
  std::vector<std::string> result;
  for (const Trigger& trigger : triggers) result.push_back(trigger.name);
  return result;
}

TEST(Triggers, NothingIsDueWhenAllIsWell) {
  EXPECT_EQ(names(due(quiet_facts(), {})), std::vector<std::string>{});
}

TEST(Triggers, EachIsPulledByItsOwnCause) {
  using Names = std::vector<std::string>;
  TriggerFacts drifted = quiet_facts();
  drifted.psi = {{"UCWIT", 0.61}, {"UCAIT", 0.3}};
  const auto drift = due(drifted, {});
  EXPECT_EQ(names(drift), Names{"drift"});
  EXPECT_NE(drift.front().text.find("UCWIT PSI 0.61"), std::string::npos);
  EXPECT_EQ(drift.front().text.find("UCAIT"), std::string::npos);

  TriggerFacts old = quiet_facts();
  old.model_created = old.now - std::chrono::days(130);
  EXPECT_EQ(names(due(old, {})), Names{"schedule"});

  TriggerFacts spring = quiet_facts();
  spring.now = std::chrono::sys_days{std::chrono::year{2026} / 4 / 20};
  EXPECT_EQ(names(due(spring, {})), Names{"season"});
  spring.opened["season"] = spring.now - std::chrono::days(2);
  EXPECT_EQ(names(due(spring, {})), Names{}) << "once per season";
  TriggerFacts winter = quiet_facts();
  winter.now = std::chrono::sys_days{std::chrono::year{2026} / 12 / 20};
  winter.model_created = winter.now;
  EXPECT_EQ(names(due(winter, {.season_starts = {"01-02"}})), Names{}) << "it was just trained";
  winter.model_created = winter.now - std::chrono::days(90);
  EXPECT_EQ(names(due(winter, {.season_starts = {"01-02"}})), Names{"season"}) << "next year's";

  TriggerFacts card = quiet_facts();
  card.targets[0].card_r2 = 0.9999;
  EXPECT_EQ(names(due(card, {})), Names{"accuracy"});
  TriggerFacts tracking = quiet_facts();
  EXPECT_EQ(names(due(tracking, {.min_r2_of_tracking = 0.9999})), Names{"accuracy"});
  tracking.targets[0].live.n = 100;
  EXPECT_EQ(names(due(tracking, {.min_r2_of_tracking = 0.9999})), Names{}) << "too few";
}

TEST(Triggers, AClosedProposalKeepsItsTriggerQuiet) {
  TriggerFacts facts = quiet_facts();
  facts.psi = {{"UCWIT", 0.61}};
  facts.closed["drift"] = facts.now - std::chrono::days(3);
  EXPECT_TRUE(due(facts, {}).empty());
  facts.closed["drift"] = facts.now - std::chrono::days(20);
  EXPECT_EQ(due(facts, {}).size(), 1u);
}

}  // namespace
}  // namespace hvac::training
