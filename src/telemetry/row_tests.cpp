#include "telemetry/row_tests.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace hvac::telemetry {
namespace {

constexpr double kHalf = 0.5;
constexpr double kFirstWrapped = 65000.0;
constexpr double kLastWrapped = 65535.0;
constexpr double kHardlyEver = 0.05;  // Share of whole numbers below which one stands out.
constexpr std::size_t kMostExchanges = 3;
constexpr double kExplained = 0.2;  // Part of the evidence that may remain after exchanging.
constexpr int kSearchCost = 20;     // In rows.
constexpr int kMostCredit = 2000;

bool on_lattice(double value, double step) {
  const double steps = value / step;
  return std::abs(steps - std::round(steps)) < 1e-4 * std::max(1.0, 1e-8 * std::abs(steps));
}

bool holds(const IdentityRule& rule, std::span<const double> row) {
  const double right = rule.right.evaluate(row);
  const double error = std::abs(row[rule.left] - right);
  return !(error > rule.tolerance + rule.relative * std::abs(right));  // NaN: nothing to say.
}

}  // namespace

RowTests::RowTests(const LayoutModel& model) : model_(model) {}

RowEvidence RowTests::judge_values(std::span<const double> row) const {
  RowEvidence evidence;
  evidence.all_zero = true;
  for (std::size_t tag = 0; tag < row.size(); ++tag) {
    const double value = row[tag];
    if (std::isnan(value)) continue;
    ++evidence.present;
    evidence.all_zero = evidence.all_zero && value == 0.0;
    const Tag& known = model_.profile->tags[tag];
    const Fingerprint& print = model_.tags[tag];
    if (value < known.low || value > known.high) {
      const bool dead = value == 0.0 || (value >= kFirstWrapped && value <= kLastWrapped);
      (dead ? evidence.dead : evidence.outside).set(tag);
    } else if (print.lattice > 0.0 && value != 0.0) {
      if (!on_lattice(value, print.lattice)) {
        evidence.off_lattice.set(tag);
      } else if (print.integer_share < kHardlyEver && value == std::round(value)) {
        evidence.coarse.set(tag);
      }
    }
  }
  return evidence;
}

// Adds to what single values show the fewest further sensors that would explain the broken
// identities, found greedily.
double RowTests::cover_of(std::span<const double> row, RowEvidence& evidence) const {
  const TagSet wrong = evidence.outside | evidence.off_lattice;
  TagSet suspects = wrong | evidence.dead | evidence.coarse;
  double cover =
      static_cast<double>(wrong.count()) + kHalf * static_cast<double>((suspects & ~wrong).count());
  std::uint64_t open = 0;
  for (std::size_t i = 0; i < model_.identities.size(); ++i) {
    const IdentityRule& rule = model_.identities[i];
    if (holds(rule, row)) continue;
    evidence.broken |= std::uint64_t{1} << i;
    const bool explained = std::any_of(rule.columns.begin(), rule.columns.end(),
                                       [&](std::size_t tag) { return suspects.test(tag); });
    if (!explained) open |= std::uint64_t{1} << i;
  }
  while (open != 0) {
    std::array<std::size_t, kMaxTags> degree{};
    std::size_t worst = 0;
    for (std::size_t i = 0; i < model_.identities.size(); ++i) {
      if ((open >> i & 1) == 0) continue;
      for (const std::size_t tag : model_.identities[i].columns) {
        if (++degree[tag] > degree[worst] || degree[worst] == 0) worst = tag;
      }
    }
    cover += 1.0;
    for (std::size_t i = 0; i < model_.identities.size(); ++i) {
      const auto& columns = model_.identities[i].columns;
      if (std::find(columns.begin(), columns.end(), worst) != columns.end()) {
        open &= ~(std::uint64_t{1} << i);
      }
    }
  }
  return cover;
}

void RowTests::find_broken_pairs(std::span<const double> row) {
  broken_pairs_.clear();
  for (const PairRule& pair : model_.pairs) {
    if (!pair.allows(row[pair.given], row[pair.tag])) broken_pairs_.push_back(&pair);
  }
}

double RowTests::cover_with_pairs(const RowEvidence& evidence) const {
  const TagSet suspects = evidence.outside | evidence.off_lattice | evidence.dead | evidence.coarse;
  double cover = evidence.cover;
  std::vector<const PairRule*> open;
  for (const PairRule* pair : broken_pairs_) {
    if (!suspects.test(pair->given) && !suspects.test(pair->tag)) open.push_back(pair);
  }
  while (!open.empty()) {
    std::array<std::size_t, kMaxTags> degree{};
    std::size_t worst = open.front()->tag;
    for (const PairRule* pair : open) {
      for (const std::size_t tag : {pair->given, pair->tag}) {
        if (++degree[tag] > degree[worst]) worst = tag;
      }
    }
    cover += 1.0;
    std::erase_if(
        open, [worst](const PairRule* pair) { return pair->given == worst || pair->tag == worst; });
  }
  return cover;
}

// How much speaks against a row, every test counted.
double RowTests::weight(std::span<const double> row) {
  const RowEvidence evidence = judge_values(row);
  double sum = static_cast<double>((evidence.outside | evidence.off_lattice).count()) +
               kHalf * static_cast<double>((evidence.dead | evidence.coarse).count());
  for (const IdentityRule& rule : model_.identities) sum += holds(rule, row) ? 0.0 : 1.0;
  for (const PairRule& pair : model_.pairs) {
    sum += pair.allows(row[pair.given], row[pair.tag]) ? 0.0 : 1.0;
  }
  return sum;
}

bool RowTests::exchanges_explain(std::span<const double> row, const RowEvidence& evidence) {
  TagSet suspects = evidence.outside | evidence.off_lattice | evidence.dead | evidence.coarse;
  for (const PairRule* pair : broken_pairs_) suspects.set(pair->given).set(pair->tag);
  for (std::size_t i = 0; i < model_.identities.size(); ++i) {
    if ((evidence.broken >> i & 1) == 0) continue;
    for (const std::size_t tag : model_.identities[i].columns) suspects.set(tag);
  }
  std::vector<std::size_t> tags;
  for (std::size_t tag = 0; tag < row.size(); ++tag) {
    if (suspects.test(tag) && !std::isnan(row[tag])) tags.push_back(tag);
  }
  trial_.assign(row.begin(), row.end());
  const double before = weight(row);
  double best = before;
  for (std::size_t exchange = 0; exchange < kMostExchanges && best > 0.0; ++exchange) {
    std::pair<std::size_t, std::size_t> chosen{0, 0};
    for (std::size_t i = 0; i < tags.size(); ++i) {
      for (std::size_t k = i + 1; k < tags.size(); ++k) {
        std::swap(trial_[tags[i]], trial_[tags[k]]);
        const double after = weight(trial_);
        std::swap(trial_[tags[i]], trial_[tags[k]]);
        if (after >= best) continue;
        best = after;
        chosen = {tags[i], tags[k]};
      }
    }
    if (chosen.first == chosen.second) break;
    std::swap(trial_[chosen.first], trial_[chosen.second]);
  }
  return best <= kExplained * before;
}

RowEvidence RowTests::test(std::span<const double> row) {
  RowEvidence evidence = judge_values(row);
  evidence.cover = cover_of(row, evidence);
  credit_ = std::min(credit_ + 1, kMostCredit);
  if (evidence.cover >= kMoreThanOne || model_.pairs.empty()) return evidence;
  find_broken_pairs(row);
  if (broken_pairs_.empty() || cover_with_pairs(evidence) < kMoreThanOne) return evidence;
  if (credit_ >= kSearchCost) {
    credit_ -= kSearchCost;
    last_answer_ = exchanges_explain(row, evidence);
  }
  evidence.exchanged = last_answer_;
  return evidence;
}

}  // namespace hvac::telemetry
