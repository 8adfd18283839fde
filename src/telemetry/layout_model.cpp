#include "telemetry/layout_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "telemetry/row_tests.h"

namespace hvac::telemetry {
namespace {

using Rows = std::vector<std::vector<double>>;

constexpr std::size_t kLeastReference = 200;  // Believable rows below which nothing is learned.
constexpr std::size_t kLeastValues = 50;      // Values of a tag below which it stays unknown.
constexpr std::size_t kQuantiles = 21;
constexpr double kTail = 0.005;  // Part of the values beyond the quantiles at either end.
// Part of the values that must lie on a lattice.
constexpr double kMostlyOnLattice = 0.9;  // While mislabelled rows may be among them ...
constexpr double kOnLattice = 0.97;       // ... and when they are out.
constexpr std::size_t kPairRows = 1500;
constexpr std::size_t kPairsPerTag = 4;
constexpr std::size_t kLeastInBin = 10;
constexpr double kMayBreak = 0.005;  // Part of the rows of one half of the time that may break what
                                     // the other half shows.
constexpr double kLeastPower = 0.25;  // Part of a tag's values a pair must exclude on average.
// Pairs only catch what no fault of the machine does: their limits lie this part of the tag's whole
// span beyond what was seen.
constexpr double kPairMargin = 0.35;

std::vector<double> values_of(const Rows& rows, std::size_t tag) {
  std::vector<double> values;
  for (const auto& row : rows) {
    if (!std::isnan(row[tag])) values.push_back(row[tag]);
  }
  return values;
}

double find_lattice(const std::vector<double>& sorted, double least) {
  std::vector<double> distinct = sorted;
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  if (distinct.size() < 8) return 0.0;
  for (const double step : {10.0, 5.0, 1.0, 0.5, 0.1, 0.01, 0.001}) {
    const auto on = std::count_if(sorted.begin(), sorted.end(),
                                  [step](double v) { return on_lattice(v, step); });
    if (static_cast<double>(on) >= least * static_cast<double>(sorted.size())) return step;
  }
  return 0.0;
}

Fingerprint fingerprint_of(const Rows& rows, std::size_t tag, double least_on_lattice) {
  Fingerprint print;
  std::vector<double> values = values_of(rows, tag);
  if (values.size() < kLeastValues) return print;
  std::sort(values.begin(), values.end());
  print.lattice = find_lattice(values, least_on_lattice);
  if (print.lattice > 0.0) {
    const auto whole =
        std::count_if(values.begin(), values.end(), [](double v) { return v == std::round(v); });
    print.integer_share = static_cast<double>(whole) / static_cast<double>(values.size());
  }
  for (std::size_t i = 0; i < kQuantiles; ++i) {
    const double at = kTail + (1.0 - 2.0 * kTail) * static_cast<double>(i) / (kQuantiles - 1);
    print.quantiles.push_back(
        values[static_cast<std::size_t>(std::lround(at * static_cast<double>(values.size() - 1)))]);
  }
  for (std::size_t bin = 0; bin < kPairBins; ++bin) {
    print.bin_upper[bin] = print.quantiles[(bin + 1) * (kQuantiles - 1) / kPairBins];
  }
  return print;
}

/// What 99 % of `rows` keep of an identity, at most its tolerance.
double tight_tolerance(const IdentityRule& rule, const Rows& rows) {
  std::vector<double> residuals;
  for (const auto& row : rows) {
    if (rule.test(row) == IdentityOutcome::untestable) continue;
    residuals.push_back(std::abs(row[rule.left] - rule.right.evaluate(row)));
  }
  if (residuals.size() < kLeastValues) return rule.tolerance;
  const auto at = residuals.begin() + static_cast<std::ptrdiff_t>(residuals.size() * 99 / 100);
  std::nth_element(residuals.begin(), at, residuals.end());
  return std::min(rule.tolerance, 1.2 * *at + 1e-9);
}

/// Every so manieth row, at most kPairRows and a few more.
Rows thinned(const Rows& rows) {
  const std::size_t stride = std::max<std::size_t>(1, rows.size() / kPairRows);
  Rows few;
  for (std::size_t i = 0; i < rows.size(); i += stride) few.push_back(rows[i]);
  return few;
}

/// Learns what one tag says of another.
class PairLearner {
 public:
  PairLearner(const Rows& rows, const std::vector<Fingerprint>& prints)
      : prints_(prints), rows_(rows.size()), values_(prints.size()), bins_(prints.size()) {
    for (std::size_t tag = 0; tag < prints.size(); ++tag) {
      for (const auto& row : rows) {
        values_[tag].push_back(row[tag]);
        bins_[tag].push_back(static_cast<std::uint8_t>(prints[tag].bin_of(row[tag])));
      }
    }
  }

  std::vector<PairRule> learn() const {
    std::vector<PairRule> kept;
    for (std::size_t tag = 0; tag < prints_.size(); ++tag) {
      std::vector<std::pair<double, PairRule>> found;
      for (std::size_t given = 0; given < prints_.size(); ++given) {
        if (given == tag || !prints_[tag].known() || !prints_[given].known()) continue;
        PairRule rule = rule_for(given, tag, {0, rows_});
        const double power = power_of(rule);
        if (power >= kLeastPower && lasts(given, tag)) found.emplace_back(power, rule);
      }
      std::sort(found.begin(), found.end(),
                [](const auto& a, const auto& b) { return a.first > b.first; });
      if (found.size() > kPairsPerTag) found.resize(kPairsPerTag);
      for (const auto& [power, rule] : found) kept.push_back(rule);
    }
    return kept;
  }

 private:
  struct Part {
    std::size_t begin;
    std::size_t end;
  };

  PairRule rule_for(std::size_t given, std::size_t tag, Part part) const {
    PairRule rule;
    rule.tags = {given, tag};
    constexpr double kAnything = std::numeric_limits<double>::infinity();
    rule.low.fill(-kAnything);
    rule.high.fill(kAnything);
    std::array<std::vector<double>, kPairBins + 1> bins;
    for (std::size_t i = part.begin; i < part.end; ++i) {
      if (!std::isnan(values_[tag][i])) bins[bins_[given][i]].push_back(values_[tag][i]);
    }
    const double margin = kPairMargin * prints_[tag].span();
    for (std::size_t bin = 0; bin < kPairBins; ++bin) {
      std::vector<double>& values = bins[bin];
      if (values.size() < kLeastInBin) continue;
      const auto cut = static_cast<std::ptrdiff_t>(values.size() / 100);
      std::nth_element(values.begin(), values.begin() + cut, values.end());
      rule.low[bin] = values[static_cast<std::size_t>(cut)] - margin;
      std::nth_element(values.begin(), values.end() - 1 - cut, values.end());
      rule.high[bin] = *(values.end() - 1 - cut) + margin;
    }
    return rule;
  }

  // Whether what one half of the time shows holds in the other: set-points and weather go together
  // for days and mean nothing.
  bool lasts(std::size_t given, std::size_t tag) const {
    const Part early{0, rows_ / 2};
    const Part late{rows_ / 2, rows_};
    return keeps(rule_for(given, tag, early), late) && keeps(rule_for(given, tag, late), early);
  }

  bool keeps(const PairRule& rule, Part part) const {
    std::size_t broken = 0;
    for (std::size_t i = part.begin; i < part.end; ++i) {
      if (!rule.allows(bins_[rule.given()][i], values_[rule.tag()][i])) ++broken;
    }
    return static_cast<double>(broken) <= kMayBreak * static_cast<double>(part.end - part.begin);
  }

  // Part of the tag's values that cannot stand beside another row's value of the given one.
  double power_of(const PairRule& rule) const {
    std::size_t tested = 0;
    std::size_t excluded = 0;
    const std::size_t step = rows_ / 3 + 1;
    for (std::size_t i = 0; i < rows_; ++i) {
      const double value = values_[rule.tag()][(i * 7 + step) % rows_];
      if (std::isnan(values_[rule.given()][i]) || std::isnan(value)) continue;
      ++tested;
      if (!rule.allows(bins_[rule.given()][i], value)) ++excluded;
    }
    if (tested < kLeastValues) return 0.0;
    return static_cast<double>(excluded) / static_cast<double>(tested);
  }

  const std::vector<Fingerprint>& prints_;
  std::size_t rows_;
  std::vector<std::vector<double>> values_;      // [tag][row]
  std::vector<std::vector<std::uint8_t>> bins_;  // [tag][row]
};

void learn(const Rows& rows, double least_on_lattice, LayoutModel& model) {
  for (std::size_t tag = 0; tag < model.tags.size(); ++tag) {
    model.tags[tag] = fingerprint_of(rows, tag, least_on_lattice);
  }
  for (std::size_t i = 0; i < model.identities.size(); ++i) {
    model.tight[i] = tight_tolerance(model.identities[i], rows);
  }
  const Rows few = thinned(rows);
  model.pairs = PairLearner(few, model.tags).learn();
  const std::size_t tags = model.tags.size();
  model.correlations.assign(tags, std::vector<double>(tags, 0.0));
  for (std::size_t a = 0; a < tags; ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      model.correlations[a][b] = model.correlations[b][a] = correlation(few, a, b);
    }
  }
}

}  // namespace

double Fingerprint::span() const {
  if (!known()) return 0.0;
  const double inner = quantiles[kQuantiles - 2] - quantiles[1];
  return std::max(inner, lattice);
}

std::size_t Fingerprint::bin_of(double value) const {
  if (!known() || !(value >= quantiles.front())) return kNoBin;
  std::size_t bin = 0;
  for (const double upper : bin_upper) bin += value > upper ? 1 : 0;
  return bin;
}

double correlation(std::span<const std::vector<double>> rows, std::size_t a, std::size_t b) {
  constexpr std::size_t kLeastCommon = 30;
  std::size_t n = 0;
  double sum_a = 0.0;
  double sum_b = 0.0;
  for (const auto& row : rows) {
    if (std::isnan(row[a]) || std::isnan(row[b])) continue;
    ++n;
    sum_a += row[a];
    sum_b += row[b];
  }
  if (n < kLeastCommon) return 0.0;
  const double mean_a = sum_a / static_cast<double>(n);
  const double mean_b = sum_b / static_cast<double>(n);
  double aa = 0.0;
  double bb = 0.0;
  double ab = 0.0;
  for (const auto& row : rows) {
    if (std::isnan(row[a]) || std::isnan(row[b])) continue;
    aa += (row[a] - mean_a) * (row[a] - mean_a);
    bb += (row[b] - mean_b) * (row[b] - mean_b);
    ab += (row[a] - mean_a) * (row[b] - mean_b);
  }
  return aa > 0.0 && bb > 0.0 ? ab / std::sqrt(aa * bb) : 0.0;
}

LayoutLearner::LayoutLearner(std::shared_ptr<const AssetProfile> profile)
    : profile_(std::move(profile)) {}

void LayoutLearner::add(std::span<const double> row) {
  bool any = false;
  for (std::size_t tag = 0; tag < row.size(); ++tag) {
    if (std::isnan(row[tag])) continue;
    any = true;
    in_file_.set(tag);
  }
  if (!any || seen_++ % stride_ != 0) return;
  sample_.emplace_back(row.begin(), row.end());
  if (sample_.size() < kMostRows) return;
  for (std::size_t i = 1; 2 * i < sample_.size(); ++i) sample_[i] = std::move(sample_[2 * i]);
  sample_.resize(sample_.size() / 2);
  stride_ *= 2;
}

LayoutModel LayoutLearner::finish() {
  LayoutModel model;
  model.profile = profile_;
  model.tags.resize(profile_->tags.size());
  model.identities = compile_identities(*profile_);
  for (const IdentityRule& rule : model.identities) model.tight.push_back(rule.tolerance);
  model.in_file = in_file_;

  // Once by what the profile alone says is believable, and again without the rows that what was
  // learned speaks against: some mislabelled rows pass the profile.
  RowTests by_profile(model);
  std::erase_if(sample_, [&](const auto& row) {
    const RowEvidence evidence = by_profile.test(row);
    return evidence.cover > 0.0 || 3 * evidence.present < in_file_.count();
  });
  model.reference_rows = sample_.size();
  if (sample_.size() < kLeastReference) return model;
  learn(sample_, kMostlyOnLattice, model);
  RowTests by_sample(model);
  std::erase_if(sample_, [&](const auto& row) {
    const RowEvidence evidence = by_sample.test(row);
    return evidence.cover >= kMoreThanOne || evidence.exchanged;
  });
  if (sample_.size() == model.reference_rows) return model;
  model.reference_rows = sample_.size();
  learn(sample_, kOnLattice, model);
  return model;
}

}  // namespace hvac::telemetry
