#include "telemetry/layout.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "telemetry/block_builder.h"
#include "telemetry/row_tests.h"

namespace hvac::telemetry {
namespace {

constexpr std::size_t kClasses = 3;
using Scores = std::array<double, kClasses>;  // Log-likelihoods up to a constant, by RowClass.

// Set so that a handful of rows beyond doubt make a block, and a sensor that fails makes none.
constexpr double kCannotBeGood = 3.0;     // A row that more than one sensor would have to explain.
constexpr double kExchanged = 2.0;        // One that an exchange of columns explains.
constexpr double kNothingWrong = -0.4;    // One without fault.
constexpr double kOneWrong = -0.05;       // One that a single sensor explains.
constexpr double kSparse = 3.0;           // One with next to no values ...
constexpr double kNotSparse = -6.0;       // ... and one with values in a block without.
constexpr double kChange = 8.0;           // Cost of beginning another block ...
constexpr double kChangeAtBlank = 4.0;    // ... where a recording ends.
constexpr double kSparsePart = 0.1;       // Part of the file's columns.
constexpr std::size_t kLeastColumns = 5;  // With fewer in the file, no row is sparse.
constexpr std::size_t kDelay = 4096;      // Rows after which a decision stands.

}  // namespace

struct LayoutDetector::State {
  explicit State(LayoutModel learned) : model(std::move(learned)), tests(model), builder(model) {}

  struct Row {
    std::vector<double> values;
    RowEvidence evidence;
    std::array<std::uint8_t, kClasses> from{};  // Best class of the row before, by class.
  };

  Scores score(const RowEvidence& evidence) const;
  void decide(std::size_t rows);  // Hands on the oldest rows.

  const LayoutModel model;
  RowTests tests;
  BlockBuilder builder;
  std::vector<Row> rows;  // The first `held` are undecided; the others are there to be reused.
  std::size_t held = 0;
  Scores best{};
  bool first = true;
};

Scores LayoutDetector::State::score(const RowEvidence& evidence) const {
  if (evidence.present == 0) return {};
  const double columns = static_cast<double>(model.in_file.count());
  if (model.in_file.count() >= kLeastColumns &&
      static_cast<double>(evidence.present) <= std::max(1.0, kSparsePart * columns)) {
    return {0.0, 0.0, kSparse};
  }
  if (evidence.all_zero) return {};
  double scrambled = kNothingWrong;
  if (evidence.cover >= kMoreThanOne) {
    scrambled = kCannotBeGood;
  } else if (evidence.exchanged) {
    scrambled = kExchanged;
  } else if (evidence.cover > 0.0) {
    scrambled = kOneWrong;
  }
  return {0.0, scrambled, kNotSparse};
}

void LayoutDetector::State::decide(std::size_t count) {
  auto at = static_cast<std::size_t>(std::max_element(best.begin(), best.end()) - best.begin());
  std::vector<RowClass> classes(held);
  for (std::size_t i = held; i-- > 0;) {
    classes[i] = static_cast<RowClass>(at);
    at = rows[i].from[at];
  }
  for (std::size_t i = 0; i < count; ++i) {
    builder.add(classes[i], rows[i].values, rows[i].evidence);
  }
  const auto begin = rows.begin();
  std::rotate(begin, begin + static_cast<std::ptrdiff_t>(count),
              begin + static_cast<std::ptrdiff_t>(held));
  held -= count;
}

LayoutDetector::LayoutDetector(LayoutModel model)
    : state_(std::make_unique<State>(std::move(model))) {}
LayoutDetector::~LayoutDetector() = default;
LayoutDetector::LayoutDetector(LayoutDetector&&) noexcept = default;
LayoutDetector& LayoutDetector::operator=(LayoutDetector&&) noexcept = default;

void LayoutDetector::add(std::span<const double> values) {
  State& s = *state_;
  if (s.held == kDelay) s.decide(kDelay / 2);
  if (s.held == s.rows.size()) s.rows.emplace_back();
  State::Row& row = s.rows[s.held++];
  row.values.assign(values.begin(), values.end());
  row.evidence = s.tests.test(values);
  const Scores scores = s.score(row.evidence);
  const double change = row.evidence.present == 0 ? kChangeAtBlank : kChange;
  Scores next{};
  for (std::size_t to = 0; to < kClasses; ++to) {
    std::size_t from = to;
    for (std::size_t other = 0; other < kClasses; ++other) {
      if (s.first || s.best[other] - change <= s.best[from] - (from == to ? 0.0 : change)) continue;
      from = other;
    }
    next[to] = s.best[from] - (from == to ? 0.0 : change) + scores[to];
    row.from[to] = static_cast<std::uint8_t>(from);
  }
  s.first = false;
  const double top = *std::max_element(next.begin(), next.end());
  for (double& score : next) score -= top;
  s.best = next;
}

std::vector<Block> LayoutDetector::finish() {
  state_->decide(state_->held);
  return state_->builder.finish();
}

}  // namespace hvac::telemetry
