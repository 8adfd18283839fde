#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <random>

#include "drift/compare.h"
#include "drift/measures.h"
#include "drift/noise.h"
#include "drift/quantiles.h"
#include "drift/synthetic.h"

namespace hvac::drift {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::shared_ptr<const Reference> reference_of(const Rows& rows) {
  auto made = make_reference(rows);
  EXPECT_TRUE(made) << made.error().message;
  return std::make_shared<const Reference>(std::move(*made));
}

Comparison compared(const Rows& reference, const Rows& current, const Options& options = {}) {
  Window window(reference_of(reference));
  window.add(current);
  return compare(window, options);
}

const FeatureDrift& feature(const Comparison& result, std::string_view tag) {
  return *std::find_if(result.features.begin(), result.features.end(),
                       [&](const FeatureDrift& one) { return one.tag == tag; });
}

void move(Rows& rows, std::size_t tag, const std::function<double(double)>& moved) {
  for (double& value : rows.columns[tag]) value = moved(value);
}

// Property: selecting is sorting.
TEST(Quantiles, AreThoseOfTheSortedValues) {
  std::mt19937_64 random(1);
  for (std::size_t n = 1; n < 300; n += 7) {
    std::vector<double> values;
    for (std::size_t i = 0; i < n; ++i) values.push_back(std::floor(50.0 * uniform(random)));
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const std::vector<double> found = quantiles(values, 10);
    for (std::size_t k = 0; k <= 10; ++k) {
      const double place = static_cast<double>((n - 1) * k) / 10.0;
      const auto below = static_cast<std::size_t>(place);
      const double expected =
          sorted[below] + (place - static_cast<double>(below)) *
                              (sorted[std::min(below + 1, n - 1)] - sorted[below]);
      EXPECT_NEAR(found[k], expected, 1e-12) << n << " values, decile " << k;
      EXPECT_NEAR(quantile(values, 0.1 * static_cast<double>(k)), expected, 1e-9);
    }
  }
}

TEST(Psi, IsWhatAHandCalculates) {
  const std::vector<std::uint64_t> reference = {50, 50};
  const std::vector<std::uint64_t> current = {80, 20};
  const double p = 50.5 / 101.0;
  const double q = 80.5 / 101.0;
  EXPECT_NEAR(psi(reference, current),
              (q - p) * std::log(q / p) + (p - q) * std::log((1.0 - q) / (1.0 - p)), 1e-12);
  EXPECT_EQ(psi(reference, reference), 0.0);
  EXPECT_NEAR(expected_psi(10, 1000, 500), 9.0 * 0.003, 1e-12);
}

// Property: without drift, PSI of independent values has the expected mean.
TEST(Psi, HasItsExpectedValueWithoutDrift) {
  double sum = 0.0;
  constexpr int kTimes = 40;
  for (std::uint64_t seed = 0; seed < kTimes; ++seed) {
    const Comparison result = compared(autoregression(2000, 1, 0.0, 2 * seed),
                                       autoregression(1000, 1, 0.0, 2 * seed + 1));
    sum += result.features[0].psi();
    EXPECT_NEAR(result.features[0].modes[0].psi_expected, 9.0 * (1 / 2000.0 + 1 / 1000.0), 1e-12);
  }
  EXPECT_NEAR(sum / kTimes, 0.0135, 0.003);
}

TEST(Psi, CountsByDecilesOfTheReferenceWithOpenEnds) {
  Rows rows = autoregression(1000, 1, 0.0, 1);
  for (std::size_t i = 0; i < 1000; ++i) rows.columns[0][i] = static_cast<double>((i * 37) % 1000);
  Rows current = rows;
  move(current, 0, [](double value) { return value + 2000.0; });  // All in the last bin.
  const double p = 100.5 / 1005.0;
  const double empty = 0.5 / 1005.0;
  const double full = 1000.5 / 1005.0;
  EXPECT_NEAR(compared(rows, current).features[0].psi(),
              9.0 * (empty - p) * std::log(empty / p) + (full - p) * std::log(full / p), 1e-9);
}

TEST(Measures, OfAShiftAreTheShift) {
  const Rows rows = autoregression(5000, 1, 0.0, 3);
  Rows current = rows;
  move(current, 0, [](double value) { return value + 1.5; });
  const Comparison result = compared(rows, current);
  const ModeDrift& drift = result.features[0].modes[0];
  EXPECT_NEAR(drift.wasserstein, 1.5, 0.05);
  EXPECT_NEAR(drift.mean_current - drift.mean_reference, 1.5, 1e-9);
  EXPECT_NEAR(drift.sd_current, drift.sd_reference, 1e-9);
  // Of normal distributions half a standard deviation apart: 2 Phi(1/4) - 1.
  EXPECT_NEAR(drift.ks, 0.1974, 0.02);
}

TEST(Compare, IdenticalDataAreStableWithNoPsi) {
  const Rows rows = autoregression(3000, 12, 0.97, 5);
  const Comparison result = compared(rows, rows);
  EXPECT_EQ(result.overall, Status::stable);
  EXPECT_EQ(result.count(Status::stable), 12U);
  for (const FeatureDrift& one : result.features) EXPECT_LT(one.psi(), 1e-9);
}

// A window that covers the reference's states in most tags excuses no departure of the others,
// however much the reference wanders.
TEST(Compare, OneTagThatMovesAloneIsFoundInWanderingData) {
  const Rows rows = autoregression(6000, 12, 0.997, 7);
  Rows current = rows;
  move(current, 3, [](double value) { return value + 2.0; });
  move(current, 5, [](double value) { return 20.0 + 1.6 * (value - 20.0); });
  const Comparison result = compared(rows, current);
  EXPECT_EQ(result.features[3].status, Status::critical);
  EXPECT_EQ(result.features[5].status, Status::critical);
  EXPECT_EQ(result.count(Status::stable), 10U);
}

TEST(Compare, ALargeShiftOfEveryTagIsCritical) {
  const Rows rows = autoregression(6000, 10, 0.98, 11);
  Rows current = autoregression(3000, 10, 0.98, 12);
  for (std::size_t tag = 0; tag < 10; ++tag) {
    move(current, tag, [](double value) { return value + 9.0; });
  }
  EXPECT_EQ(compared(rows, current).count(Status::critical), 10U);
}

TEST(Compare, FewValuesAreComparedByValue) {
  Rows rows = autoregression(2000, 2, 0.0, 1);
  move(rows, 0, [](double value) { return value > 20.0 ? 1.0 : 0.0; });
  move(rows, 1, [](double) { return 21.0; });
  Rows current = rows;
  EXPECT_EQ(compared(rows, current).overall, Status::stable);
  move(current, 0, [](double value) { return value == 0.0 ? 0.0 : 0.5; });  // A new value.
  move(current, 1, [](double) { return 22.0; });  // What never moved has another value.
  const Comparison result = compared(rows, current);
  EXPECT_TRUE(result.features[0].modes[0].by_value);
  EXPECT_EQ(result.features[0].status, Status::critical);
  EXPECT_EQ(result.features[1].status, Status::critical);
}

// A value that makes up much of the reference has a bin of its own: what leaves it downwards shows.
TEST(Compare, AValueItRestsAtHasABinOfItsOwn) {
  Rows rows = autoregression(2000, 1, 0.0, 1);
  move(rows, 0, [](double value) { return value > 15.0 ? 30.0 : value; });
  Rows current = autoregression(2000, 1, 0.0, 2);
  move(current, 0, [](double value) { return value > 15.0 ? 20.0 + 0.1 * value : value; });
  EXPECT_EQ(compared(rows, current).features[0].status, Status::critical);
}

TEST(Compare, TooFewValuesAreNotJudged) {
  const Rows rows = autoregression(2000, 3, 0.0, 1);
  Rows current = autoregression(99, 3, 0.0, 2);
  Comparison result = compared(rows, current);
  EXPECT_EQ(result.overall, Status::insufficient);
  EXPECT_EQ(result.count(Status::insufficient), 3U);
  EXPECT_NE(result.features[0].reason.find("99"), std::string::npos);
  EXPECT_NE(result.features[0].reason.find("100"), std::string::npos);

  current = autoregression(500, 3, 0.0, 2);
  current.tags[1] = "ANOTHER";                    // A tag is missing ...
  move(current, 2, [](double) { return kNan; });  // ... and one has no value.
  result = compared(rows, current);
  EXPECT_EQ(feature(result, "TAG1").status, Status::stable);
  EXPECT_EQ(feature(result, "TAG2").status, Status::insufficient);
  EXPECT_EQ(feature(result, "TAG3").status, Status::insufficient);
  EXPECT_EQ(result.overall, Status::stable);

  EXPECT_EQ(make_reference(autoregression(99, 1, 0.0, 1)).error().code, ErrorCode::rejected);
}

TEST(Compare, ExcludedTagsAreMeasuredButNotJudged) {
  const Rows rows = autoregression(2000, 2, 0.0, 1);
  Rows current = autoregression(1000, 2, 0.0, 2);
  move(current, 0, [](double value) { return value + 9.0; });
  Options options;
  options.excluded = {"TAG1"};
  const Comparison result = compared(rows, current, options);
  EXPECT_EQ(result.overall, Status::stable);
  EXPECT_TRUE(result.features[0].excluded);
  EXPECT_GT(result.features[0].psi(), 1.0);
}

TEST(Compare, ThresholdsAreThoseOfTheOptions) {
  const Rows rows = autoregression(5000, 1, 0.0, 1);
  Rows current = autoregression(5000, 1, 0.0, 2);
  move(current, 0, [](double value) { return value + 0.4 * 3.0; });  // A PSI of about 0.15.
  EXPECT_EQ(compared(rows, current).overall, Status::warning);
  Options loose;
  loose.psi_warning = 0.3;
  loose.psi_critical = 0.4;
  EXPECT_EQ(compared(rows, current, loose).overall, Status::stable);
  Options strict;
  strict.psi_critical = 0.12;
  const Comparison result = compared(rows, current, strict);
  EXPECT_EQ(result.overall, Status::critical);
  EXPECT_TRUE(result.to_retrain(strict).empty());
  strict.psi_retrain = 0.12;
  EXPECT_EQ(result.to_retrain(strict), std::vector<std::string>{"TAG1"});
}

TEST(Compare, AModeIsComparedWithItself) {
  Rows rows = autoregression(4000, 1, 0.5, 1);
  rows.modes = {"fan_on", "fan_off", "unknown", "service"};
  const auto set = [](Rows& made, std::size_t every) {
    for (std::size_t row = 0; row < made.size(); ++row) {
      made.mode[row] = row % every == 0 ? 1 : 0;
      if (made.mode[row] == 1) made.columns[0][row] += 30.0;
    }
  };
  set(rows, 4);
  Rows current = autoregression(2000, 1, 0.5, 2);
  current.modes = rows.modes;
  set(current, 2);  // The other mode is twice as frequent.
  EXPECT_EQ(compared(rows, current).overall, Status::stable);
  for (std::size_t row = 0; row < current.size(); row += 2) current.columns[0][row] += 9.0;
  const Comparison moved = compared(rows, current);
  EXPECT_EQ(moved.overall, Status::critical);
  EXPECT_EQ(moved.features[0].modes[moved.features[0].worst].mode, "fan_off");

  // Rows of an unknown mode are compared with all rows; those of a mode without reference are not.
  Rows unknown = rows;
  std::fill(unknown.mode.begin(), unknown.mode.end(), 2);
  EXPECT_EQ(compared(rows, unknown).features[0].modes[0].reference_mode, kPooled);
  EXPECT_EQ(compared(rows, unknown).overall, Status::stable);
  std::fill(unknown.mode.begin(), unknown.mode.end(), 3);
  EXPECT_EQ(compared(rows, unknown).overall, Status::insufficient);
  EXPECT_EQ(compared(rows, unknown).unmatched_modes, std::vector<std::string>{"service"});
}

// Days of one kind each: within a recording the signals stay about where they are.
Rows recordings(std::uint32_t count, std::uint32_t rows_each, std::uint64_t seed) {
  constexpr std::size_t kTags = 4;
  Rows rows = autoregression(std::size_t{count} * rows_each, kTags, 0.0, seed);
  std::mt19937_64 random(seed);
  for (std::size_t tag = 0; tag < kTags; ++tag) {
    double level = 0.0;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (row % rows_each == 0) level = 10.0 * normal(random);
      rows.columns[tag][row] += level;
    }
  }
  for (std::size_t row = 0; row < rows.size(); ++row) {
    rows.recording.push_back(static_cast<std::uint32_t>(row / rows_each));
  }
  return rows;
}

TEST(Drift, ADayWithoutABreakIsOneRecordingHoweverManyItsRows) {
  const Rows history = recordings(160, 50, 1);
  int drifted = 0;
  for (std::uint64_t day = 2; day < 42; ++day) {
    drifted += compared(history, recordings(1, 8000, day)).overall == Status::stable ? 0 : 1;
  }
  EXPECT_LE(drifted, 2) << "of 40 days, each like one of the history's";

  Rows shifted = recordings(1, 8000, 2);
  for (double& value : shifted.columns[1]) value += 200.0;
  EXPECT_EQ(compared(history, shifted).overall, Status::critical) << "far from any recording";

  Rows many = recordings(160, 50, 3);
  for (double& value : many.columns[1]) value += 15.0;
  EXPECT_EQ(compared(history, many).overall, Status::critical)
      << "of many recordings a shift shows";
}

TEST(Reference, RemembersHowManyRecordingsItIsOf) {
  const Reference reference = make_reference(recordings(160, 50, 1)).value();
  EXPECT_EQ(reference.modes.back().recordings, 160U);
  EXPECT_EQ(parse_reference(reference_text(reference)).value().modes.back().recordings, 160U);
}

TEST(Window, RowByRowIsTheSameAsAtOnce) {
  const Rows rows = autoregression(1000, 3, 0.9, 1);
  const Rows current = autoregression(700, 3, 0.9, 2);
  const auto reference = reference_of(rows);
  Window at_once(reference);
  at_once.add(current);
  Window one_by_one(reference);
  for (std::size_t row = 0; row < current.size(); ++row) {
    const double values[] = {current.columns[0][row], current.columns[1][row],
                             current.columns[2][row]};
    one_by_one.push("unknown", 0, values);
  }
  EXPECT_EQ(one_by_one.rows(), 700U);
  for (std::size_t tag = 0; tag < 3; ++tag) {
    EXPECT_EQ(at_once.modes()[0].tags[tag].cells, one_by_one.modes()[0].tags[tag].cells);
    EXPECT_EQ(at_once.modes()[0].tags[tag].moments.mean,
              one_by_one.modes()[0].tags[tag].moments.mean);
  }
}

TEST(ReferenceText, ReadsBackAndJudgesTheSame) {
  Rows rows = autoregression(3000, 3, 0.9, 1);
  move(rows, 1, [](double value) { return std::floor(value / 5.0); });
  move(rows, 2, [](double value) { return value > 0.0 ? kNan : value; });  // Too few values.
  auto made = *make_reference(rows);
  made.source = "a \"file\"";
  made.model_version = "v3";
  const auto read = parse_reference(reference_text(made));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->source, made.source);
  EXPECT_EQ(read->model_version, "v3");

  Rows current = autoregression(1000, 3, 0.9, 2);
  move(current, 0, [](double value) { return value + 0.7; });
  Window before(std::make_shared<const Reference>(made));
  Window after(std::make_shared<const Reference>(*read));
  before.add(current);
  after.add(current);
  const Comparison one = compare(before, {});
  const Comparison other = compare(after, {});
  for (std::size_t tag = 0; tag < 3; ++tag) {
    EXPECT_EQ(one.features[tag].status, other.features[tag].status);
    EXPECT_EQ(one.features[tag].psi(), other.features[tag].psi());
    if (one.features[tag].modes.empty()) continue;
    EXPECT_NEAR(one.features[tag].modes[0].psi_limit, other.features[tag].modes[0].psi_limit, 1e-5);
  }
}

// Rejection: whatever is cut or changed is refused as corrupt or still makes sense; it never
// crashes what uses it.
TEST(ReferenceText, RefusesWhatMakesNoSense) {
  const std::string text = reference_text(*make_reference(autoregression(300, 2, 0.5, 1)));
  for (std::size_t length = 0; length < text.size(); length += 97) {
    EXPECT_EQ(parse_reference(text.substr(0, length)).error().code, ErrorCode::corrupt);
  }
  std::mt19937_64 random(1);
  std::size_t refused = 0;
  for (int i = 0; i < 300; ++i) {
    std::string changed = text;
    changed[random() % changed.size()] = "0123456789-,]["[random() % 14];
    const auto read = parse_reference(changed);
    if (!read) {
      ++refused;
      continue;
    }
    Window window(std::make_shared<const Reference>(*read));
    window.add(autoregression(200, 2, 0.5, 2));
    EXPECT_EQ(compare(window, {}).features.size(), read->tags.size());
  }
  EXPECT_GT(refused, 100U);
}

TEST(Options, AreChecked) {
  EXPECT_TRUE(check(Options{}));
  Options wrong;
  wrong.psi_critical = 0.05;
  EXPECT_EQ(check(wrong).error().code, ErrorCode::out_of_range);
  EXPECT_NE(check(wrong).error().message.find("psi_critical"), std::string::npos);
}

}  // namespace
}  // namespace hvac::drift
