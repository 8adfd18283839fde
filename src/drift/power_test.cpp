#include <gtest/gtest.h>

#include <memory>

#include "drift/compare.h"
#include "drift/report.h"
#include "drift/synthetic.h"
#include "plant/plant.h"

/// False alarms and power, on series whose truth is known. `hvac-twin drift report --test` runs
/// more of them.
namespace hvac::drift {
namespace {

// Windows of `window_rows` in which anything was warned of, against references of the same process.
std::size_t false_alarms(double correlation, std::size_t reference_rows, std::size_t window_rows,
                         std::size_t tags, std::size_t references, std::size_t windows) {
  std::size_t alarms = 0;
  std::uint64_t seed = 100'000;
  for (std::size_t r = 0; r < references; ++r) {
    const auto reference = std::make_shared<const Reference>(
        *make_reference(autoregression(reference_rows, tags, correlation, seed++)));
    for (std::size_t w = 0; w < windows; ++w) {
      Window window(reference);
      window.add(autoregression(window_rows, tags, correlation, seed++));
      if (compare(window, {}).overall > Status::stable) ++alarms;
    }
  }
  return alarms;
}

// Each: at most 1 % of the windows.
TEST(FalseAlarms, AreRareOnIndependentValues) {
  EXPECT_LE(false_alarms(0.0, 2000, 500, 3, 20, 10), 2U);
}

TEST(FalseAlarms, AreRareOnCorrelatedValues) {
  EXPECT_LE(false_alarms(0.9, 4000, 1000, 3, 20, 10), 2U);
  EXPECT_LE(false_alarms(0.98, 5000, 5000, 3, 20, 5), 1U);
}

TEST(FalseAlarms, AreRareOnStronglyCorrelatedValues) {
  EXPECT_LE(false_alarms(0.999, 200'000, 50'000, 1, 5, 20), 1U);
}

TEST(FalseAlarms, AreRareOnTheSimulatedCooler) {
  plant::PlantOptions options;
  options.interval_s = 120.0;
  options.quirks = plant::kNoQuirks;
  plant::Plant cooler(options);
  const auto take = [&](std::size_t n) {
    Rows rows;
    rows.modes = {"fan_on", "fan_off"};
    rows.columns.resize(plant::kTagCount);
    for (const plant::TagInfo& tag : plant::kTags) rows.tags.emplace_back(tag.name);
    for (std::size_t i = 0; i < n; ++i) {
      const plant::PlantReading reading = cooler.step();
      rows.mode.push_back(reading.values[plant::index(plant::Tag::UCFS)] > 200.0 ? 0 : 1);
      for (std::size_t tag = 0; tag < plant::kTagCount; ++tag) {
        rows.columns[tag].push_back(reading.values[tag]);
      }
    }
    return rows;
  };
  constexpr std::size_t kDay = 720;
  const auto reference = std::make_shared<const Reference>(*make_reference(take(21 * kDay)));
  std::size_t alarms = 0;
  for (int day = 0; day < 20; ++day) {
    Window window(reference);
    window.add(take(kDay));
    if (compare(window, {}).overall > Status::stable) ++alarms;
  }
  EXPECT_EQ(alarms, 0U);

  // The same cooler, a sensor 6 K off.
  Rows broken = take(kDay);
  const std::size_t inlet = plant::index(plant::Tag::UCAIT);
  for (double& value : broken.columns[inlet]) value += 6.0;
  Window window(reference);
  window.add(broken);
  const Comparison result = compare(window, {});
  EXPECT_EQ(result.features[inlet].status, Status::critical) << report_text(result, {});
}

TEST(Power, FindsWhatDrifts) {
  const auto detected = [](const std::function<double(double, std::size_t)>& moved) {
    std::size_t found = 0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const auto reference = std::make_shared<const Reference>(
          *make_reference(autoregression(5000, 2, 0.9, 1000 + seed)));
      Rows rows = autoregression(1500, 2, 0.9, 2000 + seed);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        rows.columns[0][i] = moved(rows.columns[0][i], i);
      }
      Window window(reference);
      window.add(rows);
      const Comparison result = compare(window, {});
      if (result.features[0].status == Status::critical) ++found;
      EXPECT_EQ(result.features[1].status, Status::stable);
    }
    return found;
  };
  EXPECT_EQ(detected([](double value, std::size_t) { return value + 4.5; }), 10U);
  EXPECT_EQ(detected([](double value, std::size_t) { return 20.0 + 2.0 * (value - 20.0); }), 10U);
  EXPECT_EQ(detected([](double value, std::size_t i) { return i % 20 == 0 ? 65.0 : value; }), 10U);
  EXPECT_EQ(detected([](double, std::size_t) { return 20.0; }), 10U);
}

// Where the reference wanders, a high PSI is called drift only for who asks for PSI.
TEST(JudgedBy, PsiFollowsTheThresholdsAndSaysTheDoubt) {
  const auto reference =
      std::make_shared<const Reference>(*make_reference(autoregression(5000, 1, 0.99, 1)));
  Options by_psi;
  by_psi.judged_by = JudgedBy::psi;
  std::size_t doubtful = 0;
  for (std::uint64_t seed = 2; seed < 12; ++seed) {
    Window window(reference);
    window.add(autoregression(1000, 1, 0.99, seed));
    const ModeDrift cautious = compare(window, {}).features[0].modes.at(0);
    const ModeDrift asked = compare(window, by_psi).features[0].modes.at(0);
    EXPECT_EQ(asked.psi, cautious.psi);
    EXPECT_EQ(asked.psi_status, asked.psi < 0.1   ? Status::stable
                                : asked.psi < 0.2 ? Status::warning
                                                  : Status::critical);
    EXPECT_GE(asked.status, asked.psi_status);
    if (asked.psi_status == Status::stable || asked.significant) continue;
    ++doubtful;
    EXPECT_EQ(cautious.status, Status::stable);
    EXPECT_NE(cautious.reason.find("no change"), std::string::npos) << cautious.reason;
    EXPECT_NE(asked.reason.find("no change"), std::string::npos) << asked.reason;
  }
  EXPECT_GT(doubtful, 4U);
}

TEST(Proof, StopsWhenAsked) {
  const auto stopped = prove({}, [](double, std::string_view) { return false; });
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
}

}  // namespace
}  // namespace hvac::drift
