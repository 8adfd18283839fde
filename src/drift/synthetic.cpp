#include "drift/synthetic.h"

#include <cmath>
#include <functional>
#include <memory>
#include <random>

#include "drift/compare.h"
#include "drift/noise.h"

namespace hvac::drift {
namespace {

constexpr double kMiddle = 20.0;
constexpr double kSd = 3.0;
constexpr std::size_t kTags = 4;
constexpr double kDetected = 0.95;

using Make = std::function<Rows(std::size_t rows, std::uint64_t seed)>;
using Change = std::function<void(Rows& rows, std::uint64_t seed)>;

struct Case {
  std::string name;
  std::string what;
  std::size_t reference_rows;
  std::size_t window_rows;
  std::size_t references;
  std::size_t windows;  // Against each.
  Make make;
  Change change;  // What happens to the first tag of a window, or to how the window is made.
  bool drifts;
};

Make correlated(double correlation) {
  return [correlation](std::size_t rows, std::uint64_t seed) {
    return autoregression(rows, kTags, correlation, seed);
  };
}

const Change kNothing = [](Rows&, std::uint64_t) {};

// Two modes in spells, with another level each; `share` of the spells are of the second.
Rows two_modes(std::size_t rows, double share, std::uint64_t seed) {
  constexpr std::size_t kSpell = 50;
  Rows made = autoregression(rows, kTags, 0.9, seed);
  made.modes = {"fan_on", "fan_off"};
  std::mt19937_64 random(seed);
  std::uint8_t mode = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    if (row % kSpell == 0) mode = uniform(random) < share ? 1 : 0;
    made.mode[row] = mode;
    for (std::vector<double>& column : made.columns) column[row] += mode == 0 ? 0.0 : 8.0 * kSd;
  }
  return made;
}

std::vector<Case> no_drift_cases() {
  const auto modes = [](std::size_t rows, std::uint64_t seed) {
    return two_modes(rows, 0.3, seed);
  };
  const Change season = [](Rows& rows, std::uint64_t seed) {
    rows = two_modes(rows.size(), 0.8, seed);
  };
  return {
      {"independent", "no drift, independent values", 4000, 1000, 40, 10, correlated(0.0), kNothing,
       false},
      {"autocorrelated-0.9", "no drift, neighbours correlated by 0.9", 5000, 2000, 40, 10,
       correlated(0.9), kNothing, false},
      {"autocorrelated-0.99", "no drift, neighbours correlated by 0.99", 20000, 10000, 20, 10,
       correlated(0.99), kNothing, false},
      {"autocorrelated-0.999", "no drift, neighbours correlated by 0.999", 200000, 50000, 5, 20,
       correlated(0.999), kNothing, false},
      {"mode-mix", "no drift, a mode that was seldom becomes common", 5000, 2000, 20, 10, modes,
       season, false},
  };
}

std::vector<Case> drift_cases() {
  const auto each = [](const std::function<double(double, std::mt19937_64&)>& moved) -> Change {
    return [moved](Rows& rows, std::uint64_t seed) {
      std::mt19937_64 random(seed);
      for (double& value : rows.columns[0]) value = moved(value, random);
    };
  };
  const Change shift = each([](double value, std::mt19937_64&) { return value + 1.5 * kSd; });
  const Change scale =
      each([](double value, std::mt19937_64&) { return kMiddle + 2.0 * (value - kMiddle); });
  const Change outliers = each([](double value, std::mt19937_64& random) {
    return uniform(random) < 0.05 ? kMiddle + 15.0 * kSd : value;
  });
  const Change constant = each([](double, std::mt19937_64&) { return kMiddle; });
  const auto found = [](std::string name, std::string what, double correlation, Change change) {
    return Case{std::move(name),         std::move(what),   5000, 1500, 5, 10,
                correlated(correlation), std::move(change), true};
  };
  return {
      found("shift", "one tag shifted by 1.5 standard deviations", 0.9, shift),
      found("scale", "one tag scattering twice as far", 0.9, scale),
      found("outliers", "5 % of one tag beyond the reference", 0.9, outliers),
      found("constant", "one tag holding one value", 0.9, constant),
  };
}

bool alarmed(const Comparison& result, bool drifts) {
  return drifts ? result.features[0].status == Status::critical : result.overall > Status::stable;
}

Result<CaseResult> run(const Case& one, const Options& options, std::uint64_t seed,
                       const Progress& progress) {
  CaseResult result{one.name, one.what, one.drifts,
                    0,        0,        one.drifts ? kDetected : options.false_alarm_rate};
  for (std::size_t r = 0; r < one.references; ++r) {
    auto made = make_reference(one.make(one.reference_rows, seed++));
    if (!made) return fail(made.error());
    const auto reference = std::make_shared<const Reference>(std::move(*made));
    for (std::size_t w = 0; w < one.windows; ++w) {
      Rows rows = one.make(one.window_rows, seed++);
      one.change(rows, seed);
      Window window(reference);
      window.add(rows);
      ++result.windows;
      if (alarmed(compare(window, options), one.drifts)) ++result.alarms;
    }
    const double done = static_cast<double>(r + 1) / static_cast<double>(one.references);
    if (!progress(done, one.name)) {
      return fail(ErrorCode::interrupted, "the proof was stopped");
    }
  }
  return result;
}

}  // namespace

Rows autoregression(std::size_t rows, std::size_t tags, double correlation, std::uint64_t seed) {
  Rows made;
  made.modes = {std::string(kUnknownMode)};
  made.mode.assign(rows, 0);
  std::mt19937_64 random(seed);
  const double news = std::sqrt(1.0 - correlation * correlation);
  for (std::size_t tag = 0; tag < tags; ++tag) {
    made.tags.push_back("TAG" + std::to_string(tag + 1));
    std::vector<double>& column = made.columns.emplace_back();
    column.reserve(rows);
    double state = normal(random);
    for (std::size_t row = 0; row < rows; ++row) {
      column.push_back(kMiddle + kSd * state);
      state = correlation * state + news * normal(random);
    }
  }
  return made;
}

Result<std::vector<CaseResult>> prove(const Options& options, const Progress& progress) {
  std::vector<Case> cases = no_drift_cases();
  for (Case& one : drift_cases()) cases.push_back(std::move(one));
  Options judging = options;
  judging.excluded.clear();
  judging.judged_by = JudgedBy::significance;
  std::vector<CaseResult> results;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto at = [&](std::size_t n) {
      return static_cast<double>(n) / static_cast<double>(cases.size());
    };
    constexpr std::uint64_t kSeeds = 1'000'000;  // A range of seeds for each case.
    auto result = run(cases[i], judging, (i + 1) * kSeeds, part_of(progress, at(i), at(i + 1)));
    if (!result) return fail(result.error());
    results.push_back(std::move(*result));
  }
  return results;
}

}  // namespace hvac::drift
