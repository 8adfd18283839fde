#include "live/fleet.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "plant/plant.h"
#include "training/fit.h"

namespace hvac::live {
namespace {

using telemetry::TargetTag;

plant::PlantOptions clean_plant(std::uint64_t seed) {
  plant::PlantOptions options;
  options.seed = seed;
  options.interval_s = 30.0;
  options.quirks = plant::kNoQuirks;
  return options;
}

/// A model of the simulated cooler, quickly learned, with margins of plausible size.
ModelPointer simulated_model(const std::string& version) {
  static const twin::ModelParts parts = [] {
    std::vector<telemetry::Sample> samples;
    for (const plant::PlantReading& reading : plant::simulated_history(clean_plant(3), 1500)) {
      telemetry::Sample& sample = samples.emplace_back();
      sample.recording = {reading.recording};
      for (std::size_t i = 0; i < plant::kTagCount; ++i) {
        const std::string_view tag = plant::kTags[i].name;
        const double value = reading.values[i];
        if (const auto input = telemetry::find_input(tag)) sample.set(*input, value);
        if (const auto target = telemetry::find_target(tag)) sample.set(*target, value);
      }
    }
    training::FitOptions options;
    options.trees.rounds = 20;
    options.trees.learning_rate = 0.2;
    const std::vector<std::uint8_t> every(samples.size(), 1);
    twin::ModelParts fitted = training::fit(samples, every, options, no_progress()).value().parts;
    for (std::size_t t = 0; t < telemetry::kTargetCount; ++t) {
      const double half = t == telemetry::index(TargetTag::UCAF) ? 40.0 : 1.2;
      for (auto& by_evidence : fitted.intervals.virtual_sensor[t]) {
        by_evidence.fill({-half, half});
      }
      fitted.intervals.tracking[t].fill({-half, half});
    }
    return fitted;
  }();
  twin::ModelParts copy = parts;
  copy.info.version = version;
  return twin::Model::make(std::move(copy)).value();
}

std::size_t feed(Fleet& fleet, const AssetId& asset, plant::Plant& plant, int samples) {
  std::size_t findings = 0;
  for (int i = 0; i < samples; ++i) {
    plant::PlantReading reading = plant.step();
    fleet.push(asset, reading.time, reading.values);
    findings += fleet.view(asset).value()->outcome.findings.size();
  }
  return findings;
}

bool found(const AssetView& view, twin::FindingKind kind, std::string_view tag) {
  for (const twin::Finding& finding : view.outcome.findings) {
    if (finding.kind == kind && finding.tag == tag) return true;
  }
  return false;
}

const AssetId kCooler{"cooler"};

TEST(Fleet, AFaultySensorIsFoundAndAHealthyCoolerIsLeftInPeace) {
  Fleet fleet(telemetry::unit_cooler_profile(), simulated_model("v1"));
  plant::PlantOptions options = clean_plant(11);
  plant::Plant plant(options);
  const std::size_t before = feed(fleet, kCooler, plant, 800);
  EXPECT_LT(static_cast<double>(before) / 800.0, 0.05) << "findings per sample without a fault";

  plant.inject(plant::fault_named("bias-UCAF", 0.0).value());
  feed(fleet, kCooler, plant, 600);
  const auto view = fleet.view(kCooler).value();
  EXPECT_TRUE(found(*view, twin::FindingKind::above_prediction, "UCAF") ||
              found(*view, twin::FindingKind::below_prediction, "UCAF"));
}

TEST(Fleet, CountsDuplicatesLateReadingsAndReboots) {
  Fleet fleet(telemetry::unit_cooler_profile(), simulated_model("v1"));
  plant::Plant plant(clean_plant(5));
  const plant::PlantReading first = plant.step();
  const plant::PlantReading second = plant.step();
  const auto push = [&](const plant::PlantReading& reading, TimePoint time) {
    plant::TagValues values = reading.values;
    fleet.push(kCooler, time, values);
  };
  push(first, first.time);
  push(second, second.time);
  push(second, second.time);
  push(first, first.time);
  plant::TagValues zeros{};
  fleet.push(kCooler, second.time + std::chrono::seconds{30}, zeros);
  const plant::PlantReading third = plant.step();
  push(third, third.time + std::chrono::minutes{2});
  const ReadingCounts counts = fleet.view(kCooler).value()->counts;
  EXPECT_EQ(counts.samples, 3u);
  EXPECT_EQ(counts.duplicates, 1u);
  EXPECT_EQ(counts.late, 1u);
  EXPECT_EQ(counts.reboots, 1u);
}

// Property: the same readings give the same outcomes, bit for bit, also among other assets.
TEST(Fleet, ReplayIsTheSameBitForBit) {
  const auto run = [](bool with_others) {
    Fleet fleet(telemetry::unit_cooler_profile(), simulated_model("v1"));
    plant::Plant plant(clean_plant(7));
    plant::Plant other(clean_plant(8));
    std::vector<double> values;
    for (int i = 0; i < 200; ++i) {
      if (with_others) feed(fleet, AssetId{"other"}, other, 1);
      feed(fleet, kCooler, plant, 1);
      const auto view = fleet.view(kCooler).value();
      for (const auto& target : view->outcome.targets) {
        values.push_back(target.predicted.value);
        values.push_back(target.tracked.value);
        values.push_back(target.cusum.above);
      }
    }
    return values;
  };
  EXPECT_EQ(run(false), run(true));
}

TEST(Fleet, UnknownAssetIsNamedWithTheKnownOnes) {
  Fleet fleet(telemetry::unit_cooler_profile(), simulated_model("v1"));
  plant::Plant plant(clean_plant(5));
  feed(fleet, kCooler, plant, 1);
  const auto missing = fleet.view(AssetId{"boiler"});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("cooler"), std::string::npos);
}

TEST(Fleet, ModelsChangeAndViewsAreReadWhileReadingsCome) {
  Fleet fleet(telemetry::unit_cooler_profile(), simulated_model("v1"));
  std::size_t heard = 0;
  fleet.listen([&](const std::shared_ptr<const AssetView>&) { ++heard; });
  const ModelPointer second = simulated_model("v2");
  std::jthread reader([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      for (const auto& view : fleet.views()) {
        ASSERT_TRUE(view->model_version == "v1" || view->model_version == "v2");
      }
    }
  });
  plant::Plant plant(clean_plant(9));
  feed(fleet, kCooler, plant, 100);
  fleet.use(second);
  feed(fleet, kCooler, plant, 100);
  EXPECT_EQ(fleet.view(kCooler).value()->model_version, "v2");
  EXPECT_EQ(heard, 200u);
}

}  // namespace
}  // namespace hvac::live
