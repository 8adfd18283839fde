#include "alerts/grouping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerts/machine.h"
#include "twin/cusum.h"

namespace hvac::alerts {
namespace {

using namespace std::chrono_literals;
using telemetry::TargetTag;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using twin::FindingKind;

constexpr TimePoint kStart{1'764'000'000'000ms};
const AssetId kCooler{"cooler-1"};
enum Cause { coil, water_flow, fan, sensor };

/// An outcome with everything measured and nothing found.
twin::Outcome well() {
  twin::Outcome outcome{};
  outcome.time = kStart;
  for (twin::TargetOutcome& target : outcome.targets) {
    target.predicted.value = 10.0;
    target.predicted.interval90 = {9.0, 11.0};
    target.measured = 10.0;
  }
  outcome.explanation = physics::ResidualSplit{};
  return outcome;
}

void depart(twin::Outcome& outcome, TargetTag tag, FindingKind side, Cause cause, double cusum) {
  const auto t = telemetry::index(tag);
  twin::TargetOutcome& target = outcome.targets[t];
  const double way = side == FindingKind::above_prediction ? 2.0 : -2.0;
  target.measured = 10.0 + way;
  (way > 0.0 ? target.cusum.above : target.cusum.below) = cusum;
  outcome.explanation->part[t][cause] = way;
  outcome.findings.push_back({side, telemetry::name(tag), kStart - 1min, 2.0, twin::Cusum::kLimit});
}

std::vector<std::string> keys(const std::vector<Condition>& conditions) {
  std::vector<std::string> all;
  for (const Condition& condition : conditions) all.push_back(text_of(condition.key));
  return all;
}

TEST(FindingGroups, DeparturesOfOneCauseAreOneCondition) {
  FindingGroups groups;
  twin::Outcome outcome = well();
  depart(outcome, TargetTag::UCAOT, FindingKind::above_prediction, coil, 80.0);
  depart(outcome, TargetTag::UCWOT, FindingKind::below_prediction, coil, 45.0);
  groups.follow(outcome);
  const auto all = groups.conditions(kCooler, outcome);
  ASSERT_THAT(keys(all), ElementsAre("cooler-1 departure coil"));
  EXPECT_EQ(all[0].value, 2.0);
  EXPECT_EQ(all[0].limit, 1.0);  // Half of the 90 % interval
  EXPECT_EQ(all[0].unit, "K");
  EXPECT_EQ(all[0].confidence, 1.0);
  EXPECT_THAT(all[0].detail, HasSubstr("UCAOT is 12.00, predicted 10.00"));
  EXPECT_THAT(all[0].detail, HasSubstr("UCWOT is 8.00"));
}

TEST(FindingGroups, DeparturesOfTwoCausesAreTwo) {
  FindingGroups groups;
  twin::Outcome outcome = well();
  depart(outcome, TargetTag::UCWOT, FindingKind::above_prediction, water_flow, 45.0);
  depart(outcome, TargetTag::UCAF, FindingKind::below_prediction, fan, 80.0);
  groups.follow(outcome);
  EXPECT_THAT(keys(groups.conditions(kCooler, outcome)),
              ElementsAre("cooler-1 departure fan", "cooler-1 departure water_flow"));
}

TEST(FindingGroups, ADepartureKeepsItsCauseWhenTheExplanationWavers) {
  FindingGroups groups;
  twin::Outcome outcome = well();
  depart(outcome, TargetTag::UCAOT, FindingKind::above_prediction, coil, 80.0);
  groups.follow(outcome);
  groups.conditions(kCooler, outcome);
  twin::Outcome other = well();
  depart(other, TargetTag::UCAOT, FindingKind::above_prediction, sensor, 80.0);
  for (int i = 0; i < 200; ++i) groups.follow(other);
  EXPECT_THAT(keys(groups.conditions(kCooler, other)), ElementsAre("cooler-1 departure coil"));
}

TEST(FindingGroups, WithoutAnExplanationItIsUnexplained) {
  FindingGroups groups;
  twin::Outcome outcome = well();
  depart(outcome, TargetTag::UCAOT, FindingKind::above_prediction, coil, 80.0);
  outcome.explanation.reset();
  groups.follow(outcome);
  const auto all = groups.conditions(kCooler, outcome);
  EXPECT_THAT(keys(all), ElementsAre("cooler-1 departure unexplained"));
  EXPECT_FALSE(all[0].confidence);
}

TEST(FindingGroups, ATargetWhoseSensorIsBadDoesNotDepart) {
  FindingGroups groups;
  twin::Outcome outcome = well();
  depart(outcome, TargetTag::UCAF, FindingKind::below_prediction, fan, 80.0);
  outcome.findings.push_back({FindingKind::sensor_bad, "UCAF", kStart, 10.0, 10.0});
  groups.follow(outcome);
  EXPECT_THAT(keys(groups.conditions(kCooler, outcome)), ElementsAre("cooler-1 sensor_bad UCAF"));
}

TEST(FindingGroups, WhatIsGoneSaysItsValueForTheDeadband) {
  FindingGroups groups;
  twin::Outcome outcome = well();
  depart(outcome, TargetTag::UCAOT, FindingKind::above_prediction, coil, 80.0);
  groups.follow(outcome);
  groups.conditions(kCooler, outcome);
  twin::Outcome later = well();
  later.targets[telemetry::index(TargetTag::UCAOT)].cusum.above = 34.0;
  const auto gone = groups.gone({kCooler, AlarmKind::departure, "coil"}, later);
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->presence, Presence::gone);
  EXPECT_EQ(gone->value, 34.0);
  EXPECT_EQ(gone->limit, twin::Cusum::kLimit);
}

TEST(FindingGroups, WhatCannotBeJudgedIsNeitherThereNorGone) {
  const FindingGroups groups;
  const twin::Outcome outcome = well();  // No heat balance, no health
  EXPECT_FALSE(groups.gone({kCooler, AlarmKind::heat_balance_open, ""}, outcome));
  EXPECT_FALSE(groups.gone({kCooler, AlarmKind::coil_fouled, ""}, outcome));
  EXPECT_FALSE(groups.gone({kCooler, AlarmKind::stale_data, ""}, outcome));
  EXPECT_TRUE(groups.gone({kCooler, AlarmKind::sensor_bad, "UCAIT"}, outcome));
}

}  // namespace
}  // namespace hvac::alerts
