#include "store/twin_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "store/store.h"
#include "store/testing.h"

namespace hvac::store {
namespace {

twin::Outcome some_outcome() {
  twin::Outcome outcome{};
  outcome.time = at_ms(kNewYearMs);
  outcome.targets[0].predicted = {13.0, {12.5, 13.5}, 12.9};
  outcome.targets[0].tracked = {13.1, {12.7, 13.4}, 0.1};
  outcome.targets[0].measured = 14.0;
  outcome.targets[0].residual = 1.0;
  outcome.q_thermal_kw = 2.5;
  outcome.health = twin::Health{0.9, -0.01, std::nullopt};
  outcome.air_flow_is_virtual = true;
  return outcome;
}

double value_of(const Row& row, const std::string& series) {
  const auto& names = row.layout->series;
  const auto place = std::find(names.begin(), names.end(), series);
  return place == names.end() ? -999.0
                              : row.values.at(static_cast<std::size_t>(place - names.begin()));
}

TEST(OutcomeRow, HasEachValueUnderItsName) {
  const Row row = outcome_row(AssetId{"a"}, some_outcome(), outcome_layout("v3"));
  EXPECT_EQ(row.layout->origin, "v3");
  ASSERT_EQ(row.values.size(), row.layout->series.size());
  EXPECT_EQ(value_of(row, "UCAOT.predicted"), 13.0);
  EXPECT_EQ(value_of(row, "UCAOT.low"), 12.5);
  EXPECT_EQ(value_of(row, "UCAOT.physics"), 12.9);
  EXPECT_EQ(value_of(row, "UCAOT.tracked_high"), 13.4);
  EXPECT_EQ(value_of(row, "UCAOT.bias"), 0.1);
  EXPECT_EQ(value_of(row, "UCAOT.residual"), 1.0);
  EXPECT_TRUE(std::isnan(value_of(row, "UCWOT.measured")));
  EXPECT_EQ(value_of(row, "q_thermal_kw"), 2.5);
  EXPECT_EQ(value_of(row, "health_index"), 0.9);
  EXPECT_TRUE(std::isnan(value_of(row, "days_to_threshold")));
  EXPECT_TRUE(std::isnan(value_of(row, "water_kw")));
  EXPECT_EQ(value_of(row, "air_flow_is_virtual"), 1.0);
}

TEST(OutcomeRow, IsRolledUpLikeATag) {
  const auto store = open_memory();
  ASSERT_TRUE(store->commit(
      {.outcomes = {outcome_row(AssetId{"a"}, some_outcome(), outcome_layout("v3"))}}));
  const auto history =
      store->history({AssetId{"a"}, Stream::outcomes, "UCAOT.residual", kAllTime, 1});
  ASSERT_TRUE(history) << history.error().message;
  EXPECT_EQ(history->points.at(0).mean, 1.0);
}

TEST(StoredFinding, IsTheSameHoweverLongItHolds) {
  const twin::Finding finding{twin::FindingKind::sensor_bad, "UCAIT", at_ms(kNewYearMs), 40.0,
                              30.0};
  const Finding stored = stored_finding(AssetId{"a"}, finding);
  EXPECT_EQ(stored.time, at_ms(kNewYearMs));
  EXPECT_EQ(stored.kind, "sensor_bad");
  EXPECT_EQ(stored.subject, "UCAIT");
  EXPECT_EQ(stored.text, describe(finding));
}

TEST(SampleLayout, IsTheProfilesTags) {
  const auto profile = telemetry::unit_cooler_profile();
  const auto layout = sample_layout(*profile);
  ASSERT_EQ(layout->series.size(), profile->tags.size());
  EXPECT_EQ(layout->series[5], profile->tags[5].name);
  EXPECT_EQ(layout->origin, profile->name);
}

}  // namespace
}  // namespace hvac::store
