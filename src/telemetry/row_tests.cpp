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
constexpr double kExplained = 0.1;  // Part of the evidence that may remain after exchanging.
constexpr int kEnoughCharges = 2;
constexpr int kSearchCost = 20;  // In rows.
constexpr int kMostCredit = 2000;

bool broken(const IdentityRule& rule, std::span<const double> row) {
  return rule.test(row) == IdentityOutcome::broken;
}

}  // namespace

RowTests::RowTests(const LayoutModel& model) : model_(model), bins_(model.tags.size()) {}

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
      } else if (print.integer_share < kHardlyEver && value == nearest_whole(value)) {
        evidence.coarse.set(tag);
      }
    }
  }
  return evidence;
}

// Adds to what single values show the fewest further sensors that would explain the broken
// identities and pairs, found greedily.
double RowTests::cover_of(const RowEvidence& evidence) {
  const TagSet wrong = evidence.outside | evidence.off_lattice;
  const TagSet suspects = wrong | evidence.dead | evidence.coarse;
  open_.clear();
  for (std::size_t i = 0; i < model_.identities.size(); ++i) {
    if ((evidence.broken >> i & 1) != 0) open_.push_back(model_.identities[i].columns);
  }
  for (const auto& pair : broken_pairs_) open_.push_back(pair);
  std::erase_if(open_, [&](std::span<const std::size_t> tags) {
    return std::any_of(tags.begin(), tags.end(), [&](std::size_t tag) { return suspects[tag]; });
  });
  double cover =
      static_cast<double>(wrong.count()) + kHalf * static_cast<double>((suspects & ~wrong).count());
  while (!open_.empty()) {
    std::array<std::size_t, kMaxTags> degree{};
    std::size_t worst = open_.front().front();
    for (const auto tags : open_) {
      for (const std::size_t tag : tags) {
        if (++degree[tag] > degree[worst]) worst = tag;
      }
    }
    cover += 1.0;
    std::erase_if(open_, [worst](std::span<const std::size_t> tags) {
      return std::find(tags.begin(), tags.end(), worst) != tags.end();
    });
  }
  return cover;
}

void RowTests::find_bins(std::span<const double> row) {
  for (std::size_t tag = 0; tag < row.size(); ++tag) bins_[tag] = model_.tags[tag].bin_of(row[tag]);
}

void RowTests::find_broken_pairs(std::span<const double> row) {
  broken_pairs_.clear();
  find_bins(row);
  for (const PairRule& pair : model_.pairs) {
    if (!pair.allows(bins_[pair.given()], row[pair.tag()])) broken_pairs_.push_back(pair.tags);
  }
}

// How much speaks against a row, every test counted.
double RowTests::weight(std::span<const double> row) {
  const RowEvidence evidence = judge_values(row);
  double sum = static_cast<double>((evidence.outside | evidence.off_lattice).count()) +
               kHalf * static_cast<double>((evidence.dead | evidence.coarse).count());
  for (const IdentityRule& rule : model_.identities) sum += broken(rule, row) ? 1.0 : 0.0;
  find_bins(row);
  for (const PairRule& pair : model_.pairs) {
    sum += pair.allows(bins_[pair.given()], row[pair.tag()]) ? 0.0 : 1.0;
  }
  return sum;
}

// What speaks against each tag by itself: tests that it fails, those of its value counted more.
std::vector<int> RowTests::charges(const RowEvidence& evidence) const {
  std::vector<int> charges(model_.tags.size(), 0);
  const TagSet suspects = evidence.outside | evidence.off_lattice | evidence.dead | evidence.coarse;
  for (std::size_t tag = 0; tag < charges.size(); ++tag) {
    if (suspects.test(tag)) charges[tag] += kEnoughCharges;
  }
  for (const auto pair : broken_pairs_) {
    for (const std::size_t tag : pair) ++charges[tag];
  }
  for (std::size_t i = 0; i < model_.identities.size(); ++i) {
    if ((evidence.broken >> i & 1) == 0) continue;
    for (const std::size_t tag : model_.identities[i].columns) ++charges[tag];
  }
  return charges;
}

// A single wrong sensor that breaks much can often be "explained" by an exchange with a column
// that is right, so both sides of an exchange must have something against them.
bool RowTests::exchanges_explain(std::span<const double> row, const RowEvidence& evidence) {
  const std::vector<int> charged = charges(evidence);
  std::vector<std::size_t> tags;
  for (std::size_t tag = 0; tag < row.size(); ++tag) {
    if (charged[tag] >= kEnoughCharges && !std::isnan(row[tag])) tags.push_back(tag);
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
  for (std::size_t i = 0; i < model_.identities.size(); ++i) {
    if (broken(model_.identities[i], row)) evidence.broken |= std::uint64_t{1} << i;
  }
  broken_pairs_.clear();
  evidence.cover = cover_of(evidence);
  credit_ = std::min(credit_ + 1, kMostCredit);
  if (evidence.cover >= kMoreThanOne || model_.pairs.empty()) return evidence;
  find_broken_pairs(row);
  if (broken_pairs_.empty() || cover_of(evidence) < kMoreThanOne) return evidence;
  if (credit_ < kSearchCost) return evidence;
  credit_ -= kSearchCost;
  evidence.exchanged = exchanges_explain(row, evidence);
  return evidence;
}

}  // namespace hvac::telemetry
