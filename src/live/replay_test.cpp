#include "live/replay.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "live/fleet.h"
#include "plant/plant.h"
#include "plant/tags.h"
#include "store/testing.h"
#include "twin/testing.h"

namespace hvac::live {
namespace {

const AssetId kCooler{"cooler"};

ModelPointer small_model(const std::string& version, double shift) {
  twin::ModelParts parts;
  parts.info = {version, "xgboost", "telemetry", "2026-01-01T00:00:00Z", "abc", 7};
  parts.features = {"UCWIT", "UCAIT"};
  parts.ensembles[0].assign(3, twin::testing::stump(0, 10.0, -1.0, 1.0 + shift));
  parts.card = "{}\n";
  return twin::Model::make(std::move(parts)).value();
}

Result<ModelPointer> model_of(const std::string& version) {
  if (version == "v1") return small_model("v1", 0.0);
  if (version == "v2") return small_model("v2", 0.5);
  return fail(ErrorCode::not_found, version);
}

Pace at_once() {
  return [](TimePoint) { return true; };
}

std::vector<ingest::RawReading> readings_of(std::uint64_t seed, int n) {
  plant::PlantOptions options;
  options.seed = seed;
  options.interval_s = 30.0;
  options.quirks.reboots_per_day = 20.0;
  options.quirks.gaps_per_day = 5.0;
  plant::Plant plant(options);
  std::vector<ingest::RawReading> readings;
  for (int i = 0; i < n; ++i) {
    const plant::PlantReading reading = plant.step();
    readings.push_back({kCooler, reading.time, {reading.values.begin(), reading.values.end()}});
  }
  return readings;
}

// Property: what was live, with late and repeated readings, reboots and a change of model, comes
// out the same bit for bit from what is stored.
TEST(Replay, WhatIsStoredGivesTheSameOutcomesBitForBit) {
  const auto store = store::open_memory();
  Fleet fleet(telemetry::unit_cooler_profile(), small_model("v1", 0.0), *store);
  auto readings = readings_of(3, 600);
  std::swap(readings[100], readings[101]);
  std::swap(readings[300], readings[305]);
  readings.insert(readings.begin() + 200, readings.begin() + 150, readings.begin() + 170);
  for (std::size_t i = 0; i < readings.size(); i += 7) {
    if (i > 350) fleet.use(small_model("v2", 0.5));
    const auto some = std::span(readings).subspan(i, std::min<std::size_t>(7, readings.size() - i));
    ASSERT_TRUE(fleet.commit(some));
  }
  ASSERT_GT(fleet.metrics().outcomes, 300u);

  std::size_t shown = 0;
  const auto comparison = replay_stored(
      {kCooler, store::kAllTime}, *store, telemetry::unit_cooler_profile(), model_of,
      [&](const ViewPointer&) { ++shown; }, at_once(), no_progress());
  ASSERT_TRUE(comparison) << comparison.error().message;
  EXPECT_EQ(comparison->stepped, fleet.metrics().outcomes);
  EXPECT_EQ(comparison->different, 0u) << comparison->first_series;
  EXPECT_EQ(comparison->same, comparison->stepped);
  EXPECT_EQ(shown, comparison->stepped);
}

TEST(Replay, AnotherModelIsSeenToDiffer) {
  const auto store = store::open_memory();
  Fleet fleet(telemetry::unit_cooler_profile(), small_model("v1", 0.0), *store);
  ASSERT_TRUE(fleet.commit(readings_of(3, 50)));
  const auto comparison = replay_stored(
      {kCooler, store::kAllTime}, *store, telemetry::unit_cooler_profile(),
      [](const std::string&) -> Result<ModelPointer> { return small_model("v1", 3.0); },
      [](const ViewPointer&) {}, at_once(), no_progress());
  ASSERT_TRUE(comparison);
  EXPECT_GT(comparison->different, 0u);
  EXPECT_TRUE(comparison->first_different);
}

TEST(Replay, AFileGivesWhatTheReadingsGaveBitForBit) {
  const store::ScratchFolder folder;
  const auto readings = readings_of(4, 200);
  const auto path = folder.path() / "telemetry.csv";
  {
    std::ofstream file(path);
    file << "timestamp";
    for (const auto& tag : plant::kTags) file << ";" << tag.name;
    file.precision(17);
    for (const ingest::RawReading& reading : readings) {
      file << "\n" << reading.time.time_since_epoch().count();
      for (const double value : reading.values) {
        file << ";";
        if (value == value) file << value;
      }
    }
    file << "\n";
  }
  const auto stored = [&](auto&& feed) {
    const auto store = store::open_memory();
    Fleet fleet(telemetry::unit_cooler_profile(), small_model("v1", 0.0), *store);
    feed(fleet);
    return store->state("twin/cooler").value().value();
  };
  const std::string live = stored([&](Fleet& fleet) {
    for (const auto& reading : readings) EXPECT_TRUE(fleet.commit({&reading, 1}));
  });
  const std::string replayed = stored([&](Fleet& fleet) {
    const auto report =
        replay_file({.file = path, .asset = kCooler}, telemetry::unit_cooler_profile(), fleet,
                    at_once(), no_progress());
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->readings, readings.size());
  });
  EXPECT_EQ(live, replayed);
}

}  // namespace
}  // namespace hvac::live
