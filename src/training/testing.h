#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include "plant/plant.h"
#include "training/dataset.h"
#include "training/fit.h"

/// What the tests of training share.
namespace hvac::training::testing {

/// A few recordings of a simulated cooler.
inline Dataset simulated(std::size_t rows, std::uint64_t seed = 1) {
  Dataset data;
  data.source = "simulated";
  data.sha256 = "0";
  plant::PlantOptions options;
  options.seed = seed;
  options.quirks = plant::kNoQuirks;
  options.interval_s = 30.0;
  for (const plant::PlantReading& reading : plant::simulated_history(options, rows)) {
    telemetry::Sample& sample = data.samples.emplace_back();
    sample.recording = {reading.recording};
    for (std::size_t i = 0; i < plant::kTagCount; ++i) {
      const double value = reading.values[i];
      if (std::isnan(value)) continue;
      const std::string_view name = plant::kTags[i].name;
      if (const auto input = telemetry::find_input(name)) sample.set(*input, value);
      if (const auto target = telemetry::find_target(name)) sample.set(*target, value);
    }
  }
  data.rows = static_cast<std::int64_t>(data.samples.size());
  data.usable_rows = data.rows;
  return data;
}

/// The same with the targets of other rows.
inline Dataset shuffled_targets(Dataset data) {
  std::vector<telemetry::Sample> from = data.samples;
  std::mt19937_64 random(9);
  std::shuffle(from.begin(), from.end(), random);
  for (std::size_t i = 0; i < from.size(); ++i) {
    for (std::size_t t = 0; t < telemetry::kTargetCount; ++t) {
      const auto target = static_cast<telemetry::TargetTag>(t);
      const auto value = from[i].target(target);
      data.samples[i].set(target, value.value_or(0.0),
                          value ? telemetry::Quality::good : telemetry::Quality::missing);
    }
  }
  return data;
}

/// Training that takes a second.
inline FitOptions quick() {
  FitOptions options;
  options.trees.rounds = 10;
  options.trees.max_leaves = 15;
  options.trees.learning_rate = 0.3;
  return options;
}

}  // namespace hvac::training::testing
