#include "live/fleet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <optional>
#include <thread>

#include "base/hash.h"
#include "plant/plant.h"
#include "store/memory_engine.h"
#include "training/fit.h"
#include "twin/testing.h"

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

ingest::RawReading raw(const AssetId& asset, TimePoint time, const plant::TagValues& values) {
  return {asset, time, {values.begin(), values.end()}};
}

std::size_t feed(Fleet& fleet, const AssetId& asset, plant::Plant& plant, int samples) {
  std::size_t findings = 0;
  for (int i = 0; i < samples; ++i) {
    const plant::PlantReading reading = plant.step();
    const ingest::RawReading one = raw(asset, reading.time, reading.values);
    EXPECT_TRUE(fleet.commit({&one, 1}));
    findings += fleet.view(asset).value()->outcome.findings.size();
  }
  return findings;
}

/// A memory store that can be away.
class FlakyEngine final : public store::Engine {
 public:
  explicit FlakyEngine(const std::atomic<bool>& away) : away_(away) {}
  Result<std::unique_ptr<store::Reader>> read() override {
    if (away_) return fail(ErrorCode::unavailable, "the disk is full");
    return inner_->read();
  }
  Result<std::unique_ptr<store::Writer>> write() override {
    if (away_) return fail(ErrorCode::unavailable, "the disk is full");
    return inner_->write();
  }
  Result<void> verify() override { return inner_->verify(); }
  Result<void> backup_to(const std::filesystem::path& path) override {
    return inner_->backup_to(path);
  }

 private:
  const std::atomic<bool>& away_;
  std::unique_ptr<store::Engine> inner_ = store::make_memory_engine();
};

/// What was predicted and cumulated, to compare bit for bit.
std::vector<double> numbers_of(const AssetView& view) {
  std::vector<double> numbers;
  for (const auto& target : view.outcome.targets) {
    numbers.insert(numbers.end(), {target.predicted.value, target.tracked.value,
                                   target.tracked.interval90.low, target.cusum.above});
  }
  if (view.outcome.health) numbers.push_back(view.outcome.health->index);
  return numbers;
}

std::vector<std::int64_t> stored_times(const store::Store& store, const AssetId& asset,
                                       store::Stream stream) {
  std::vector<std::int64_t> times;
  const auto visited = store.visit(stream, asset, {TimePoint{}, TimePoint{std::chrono::years{200}}},
                                   [&](const store::Row& row) -> Result<void> {
                                     times.push_back(row.time.time_since_epoch().count());
                                     return {};
                                   });
  EXPECT_TRUE(visited);
  return times;
}

bool found(const AssetView& view, twin::FindingKind kind, std::string_view tag) {
  for (const twin::Finding& finding : view.outcome.findings) {
    if (finding.kind == kind && finding.tag == tag) return true;
  }
  return false;
}

const AssetId kCooler{"cooler"};

TEST(Fleet, AFaultySensorIsFoundAndAHealthyCoolerIsLeftInPeace) {
  const auto store = store::open_memory();
  Fleet fleet(telemetry::unit_cooler_profile(), simulated_model("v1"), *store);
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
  const auto store = store::open_memory();
  Fleet fleet(telemetry::unit_cooler_profile(), simulated_model("v1"), *store);
  plant::Plant plant(clean_plant(5));
  const plant::PlantReading first = plant.step();
  const plant::PlantReading second = plant.step();
  const auto push = [&](const plant::PlantReading& reading, TimePoint time) {
    const ingest::RawReading one = raw(kCooler, time, reading.values);
    EXPECT_TRUE(fleet.commit({&one, 1}));
  };
  push(first, first.time);
  push(second, second.time);
  push(second, second.time);
  push(first, first.time);
  const ingest::RawReading zeros =
      raw(kCooler, second.time + std::chrono::seconds{30}, plant::TagValues{});
  EXPECT_TRUE(fleet.commit({&zeros, 1}));
  const plant::PlantReading third = plant.step();
  push(third, third.time + std::chrono::minutes{2});
  const ReadingCounts counts = fleet.view(kCooler).value()->counts;
  EXPECT_EQ(stored_times(*store, kCooler, store::Stream::samples).size(), 4u);
  EXPECT_EQ(stored_times(*store, kCooler, store::Stream::outcomes).size(), 3u);
  EXPECT_EQ(counts.samples, 3u);
  EXPECT_EQ(counts.duplicates, 1u);
  EXPECT_EQ(counts.late, 1u);
  EXPECT_EQ(counts.reboots, 1u);
}

// Property: the same readings give the same outcomes, bit for bit, also among other assets.
TEST(Fleet, ReplayIsTheSameBitForBit) {
  const auto run = [](bool with_others) {
    const auto store = store::open_memory();
    Fleet fleet(telemetry::unit_cooler_profile(), simulated_model("v1"), *store);
    plant::Plant plant(clean_plant(7));
    plant::Plant other(clean_plant(8));
    std::vector<double> values;
    for (int i = 0; i < 200; ++i) {
      if (with_others) feed(fleet, AssetId{"other"}, other, 1);
      feed(fleet, kCooler, plant, 1);
      const auto numbers = numbers_of(*fleet.view(kCooler).value());
      values.insert(values.end(), numbers.begin(), numbers.end());
    }
    return values;
  };
  EXPECT_EQ(run(false), run(true));
}

// Property: ending and starting the program anywhere changes no bit of what it says.
TEST(Fleet, GoesOnBitForBitAfterARestart) {
  const auto run = [](int restart_every) {
    const auto store = store::open_memory();
    std::optional<Fleet> fleet;
    plant::Plant plant(clean_plant(7));
    std::vector<double> values;
    for (int i = 0; i < 150; ++i) {
      if (!fleet || i % restart_every == 0) {
        fleet.emplace(telemetry::unit_cooler_profile(), simulated_model("v1"), *store);
      }
      feed(*fleet, kCooler, plant, 1);
      const auto numbers = numbers_of(*fleet->view(kCooler).value());
      values.insert(values.end(), numbers.begin(), numbers.end());
    }
    return values;
  };
  EXPECT_EQ(run(1000), run(7));
}

// Golden: what a twin puts down. A change of it needs a new version of its form.
TEST(Fleet, WhatATwinPutsDownHasAFixedForm) {
  twin::ModelParts parts;
  parts.info = {"v1", "xgboost", "telemetry", "2026-01-01T00:00:00Z", "abc", 7};
  parts.features = {"UCWIT", "UCAIT"};
  parts.ensembles[0].assign(3, twin::testing::stump(0, 10.0, -1.0, 1.0));
  parts.card = "{}\n";
  const auto store = store::open_memory();
  Fleet fleet(telemetry::unit_cooler_profile(), twin::Model::make(std::move(parts)).value(),
              *store);
  std::vector<double> values(telemetry::unit_cooler_profile()->tags.size());
  for (int i = 0; i < 40; ++i) {
    for (std::size_t tag = 0; tag < values.size(); ++tag) {
      values[tag] = 20.0 + static_cast<double>((i * 7 + static_cast<int>(tag)) % 5);
    }
    const ingest::RawReading reading{
        kCooler, TimePoint{std::chrono::milliseconds{1767225600000 + i * 60000}}, values};
    ASSERT_TRUE(fleet.commit({&reading, 1}));
  }
  const std::string bytes = store->state("twin/cooler").value().value();
  EXPECT_EQ(bytes.size(), 3220u);
  EXPECT_EQ(sha256(bytes), "70dc4f3b2d17cb69b10d03d713af18a1514c3bb585c49da224d154a49ba8d2b9");
}

TEST(Fleet, ADamagedStateIsNamedDroppedAndBegunAnew) {
  const auto store = store::open_memory();
  plant::Plant plant(clean_plant(7));
  {
    Fleet fleet(telemetry::unit_cooler_profile(), simulated_model("v1"), *store);
    feed(fleet, kCooler, plant, 30);
  }
  std::string bytes = store->state("twin/cooler").value().value();
  for (const std::size_t length : {std::size_t{0}, std::size_t{5}, bytes.size() / 2}) {
    ASSERT_TRUE(store->commit({.states = {{"twin/cooler", bytes.substr(0, length)}}}));
    std::vector<std::string> warnings;
    FleetOptions options;
    options.warn = [&](const std::string& what) { warnings.push_back(what); };
    Fleet fleet(telemetry::unit_cooler_profile(), simulated_model("v1"), *store, options);
    feed(fleet, kCooler, plant, 1);
    ASSERT_EQ(warnings.size(), 1u) << length;
    EXPECT_NE(warnings[0].find("cooler"), std::string::npos) << warnings[0];
    EXPECT_EQ(fleet.view(kCooler).value()->counts.samples, 1u);
  }
  bytes[bytes.size() / 2] ^= 1;
  ASSERT_TRUE(store->commit({.states = {{"twin/cooler", bytes}}}));
  Fleet fleet(telemetry::unit_cooler_profile(), simulated_model("v1"), *store);
  feed(fleet, kCooler, plant, 1);
  EXPECT_EQ(fleet.metrics().damaged_states, 1u);
}

// Property: what could not be committed has not happened.
TEST(Fleet, WhileTheStoreIsAwayNothingChanges) {
  std::atomic<bool> away = false;
  store::Store store(std::make_unique<FlakyEngine>(away));
  Fleet fleet(telemetry::unit_cooler_profile(), simulated_model("v1"), store);
  const auto steady_store = store::open_memory();
  Fleet steady(telemetry::unit_cooler_profile(), simulated_model("v1"), *steady_store);
  plant::Plant plant(clean_plant(7));
  plant::Plant same_plant(clean_plant(7));
  for (int i = 0; i < 60; ++i) {
    const plant::PlantReading reading = plant.step();
    const ingest::RawReading one = raw(kCooler, reading.time, reading.values);
    away = i % 3 == 1;
    const auto done = fleet.commit({&one, 1});
    if (away) {
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().code, ErrorCode::unavailable);
      away = false;
      ASSERT_TRUE(fleet.commit({&one, 1}));
    }
    feed(steady, kCooler, same_plant, 1);
    ASSERT_EQ(numbers_of(*fleet.view(kCooler).value()), numbers_of(*steady.view(kCooler).value()));
  }
  EXPECT_EQ(fleet.metrics().failed_commits, 20u);
}

// A controller's clock that ran ahead must not end the telemetry once it is put right.
TEST(Fleet, AClockPutRightIsBelieved) {
  const auto store = store::open_memory();
  plant::Plant plant(clean_plant(7));
  const plant::PlantReading reading = plant.step();
  FleetOptions options;
  options.clock = [&] { return reading.time; };
  Fleet fleet(telemetry::unit_cooler_profile(), simulated_model("v1"), *store, options);
  const ingest::RawReading ahead =
      raw(kCooler, reading.time + std::chrono::days{3}, reading.values);
  const ingest::RawReading right = raw(kCooler, reading.time, reading.values);
  ASSERT_TRUE(fleet.commit({&ahead, 1}));
  ASSERT_TRUE(fleet.commit({&right, 1}));
  EXPECT_EQ(fleet.view(kCooler).value()->outcome.time, reading.time);
}

// Property: however a batch is made up and on however many threads, each asset's outcomes are its
// own, and each instant is stored once.
TEST(Fleet, LargeBatchesOnManyThreadsSayTheSameAsSingleReadings) {
  constexpr int kAssets = 12;
  constexpr int kEach = 40;
  std::vector<ingest::RawReading> all;
  for (int asset = 0; asset < kAssets; ++asset) {
    plant::Plant plant(clean_plant(100 + static_cast<std::uint64_t>(asset)));
    for (int i = 0; i < kEach; ++i) {
      const plant::PlantReading reading = plant.step();
      all.push_back(raw(AssetId{"cooler-" + std::to_string(asset)}, reading.time, reading.values));
    }
  }
  std::ranges::stable_sort(all, {}, &ingest::RawReading::time);
  const auto run = [&](std::size_t batch, std::size_t threads) {
    const auto store = store::open_memory();
    FleetOptions options;
    options.threads = threads;
    Fleet fleet(telemetry::unit_cooler_profile(), simulated_model("v1"), *store, options);
    for (std::size_t from = 0; from < all.size(); from += batch) {
      const std::span some = std::span(all).subspan(from, std::min(batch, all.size() - from));
      EXPECT_TRUE(fleet.commit(some));
      EXPECT_TRUE(fleet.commit(some.first(1)));  // Comes again.
    }
    std::vector<double> numbers;
    for (const ViewPointer& view : fleet.views()) {
      const auto of_one = numbers_of(*view);
      numbers.insert(numbers.end(), of_one.begin(), of_one.end());
      EXPECT_EQ(stored_times(*store, view->asset, store::Stream::samples).size(),
                static_cast<std::size_t>(kEach));
    }
    return numbers;
  };
  const auto singly = run(1, 1);
  EXPECT_EQ(singly, run(all.size(), 4));
  EXPECT_EQ(singly, run(300, 3));
}

// One program ingests, another one shows.
TEST(Fleet, ShowsWhatAnotherProcessCommitted) {
  const auto store = store::open_memory();
  Fleet ingests(telemetry::unit_cooler_profile(), simulated_model("v1"), *store);
  Fleet shows(telemetry::unit_cooler_profile(), simulated_model("v1"), *store);
  std::size_t heard = 0;
  shows.listen([&](std::span<const ViewPointer> views) { heard += views.size(); });
  plant::Plant plant(clean_plant(7));
  feed(ingests, kCooler, plant, 20);
  ASSERT_TRUE(shows.catch_up());
  heard = 0;
  feed(ingests, kCooler, plant, 3);
  ASSERT_TRUE(shows.catch_up());
  ASSERT_TRUE(shows.catch_up());
  EXPECT_EQ(heard, 3u);
  const auto original = ingests.view(kCooler).value();
  const auto copy = shows.view(kCooler).value();
  EXPECT_EQ(copy->outcome.time, original->outcome.time);
  EXPECT_EQ(copy->model_version, "v1");
  EXPECT_EQ(copy->sample.input(telemetry::InputTag::UCAIT),
            original->sample.input(telemetry::InputTag::UCAIT));
  for (std::size_t t = 0; t < telemetry::kTargetCount; ++t) {
    EXPECT_FLOAT_EQ(static_cast<float>(copy->outcome.targets[t].predicted.value),
                    static_cast<float>(original->outcome.targets[t].predicted.value));
    EXPECT_EQ(copy->outcome.targets[t].measured.has_value(),
              original->outcome.targets[t].measured.has_value());
  }
}

TEST(Fleet, UnknownAssetIsNamedWithTheKnownOnes) {
  const auto store = store::open_memory();
  Fleet fleet(telemetry::unit_cooler_profile(), simulated_model("v1"), *store);
  plant::Plant plant(clean_plant(5));
  feed(fleet, kCooler, plant, 1);
  const auto missing = fleet.view(AssetId{"boiler"});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("cooler"), std::string::npos);
}

TEST(Fleet, ModelsChangeAndViewsAreReadWhileReadingsCome) {
  const auto store = store::open_memory();
  Fleet fleet(telemetry::unit_cooler_profile(), simulated_model("v1"), *store);
  std::size_t heard = 0;
  fleet.listen([&](std::span<const ViewPointer> views) { heard += views.size(); });
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
