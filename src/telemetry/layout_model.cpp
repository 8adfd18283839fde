#include "telemetry/layout_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "telemetry/row_tests.h"

namespace hvac::telemetry {
namespace {

using Rows = std::vector<std::vector<double>>;

constexpr std::size_t kLeastReference = 200;  // Believable rows below which nothing is learned.
constexpr std::size_t kLeastValues = 50;      // Values of a tag below which it stays unknown.
constexpr std::size_t kQuantiles = 21;
constexpr double kTail = 0.005;      // Part of the values beyond the quantiles at either end.
constexpr double kOnLattice = 0.97;  // Part of the values that must lie on it.
constexpr std::size_t kPairRows = 1500;
constexpr std::size_t kMostCorrelated = 4000;
constexpr std::size_t kPairBins = 10;
constexpr std::size_t kPairsPerTag = 4;
constexpr std::size_t kLeastInBin = 10;
constexpr double kLeastPower = 0.25;  // Part of a tag's values a pair must exclude on average.
// Pairs only catch what no fault of the machine does: their limits lie this part of the tag's whole
// span beyond what was seen.
constexpr double kPairMargin = 0.35;

bool on_lattice(double value, double step) {
  const double steps = value / step;
  return std::abs(steps - std::round(steps)) < 1e-4 * std::max(1.0, 1e-8 * std::abs(steps));
}

std::vector<double> values_of(const Rows& rows, std::size_t tag) {
  std::vector<double> values;
  for (const auto& row : rows) {
    if (!std::isnan(row[tag])) values.push_back(row[tag]);
  }
  return values;
}

double find_lattice(const std::vector<double>& sorted) {
  std::vector<double> distinct = sorted;
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  if (distinct.size() < 8) return 0.0;
  for (const double step : {10.0, 5.0, 1.0, 0.5, 0.1, 0.01, 0.001}) {
    const auto on = std::count_if(sorted.begin(), sorted.end(),
                                  [step](double v) { return on_lattice(v, step); });
    if (static_cast<double>(on) >= kOnLattice * static_cast<double>(sorted.size())) return step;
  }
  return 0.0;
}

Fingerprint fingerprint_of(const Rows& rows, std::size_t tag) {
  Fingerprint print;
  std::vector<double> values = values_of(rows, tag);
  if (values.size() < kLeastValues) return print;
  std::sort(values.begin(), values.end());
  print.lattice = find_lattice(values);
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
  return print;
}

std::vector<IdentityRule> compile_identities(const AssetProfile& profile) {
  std::vector<IdentityRule> rules;
  const auto resolve = [&](std::string_view tag) { return profile.find(tag); };
  for (const Identity& identity : profile.identities) {
    const auto left = profile.find(identity.tag);
    auto right = Expression::parse(identity.expression, resolve);
    if (!left || !right) throw std::logic_error("identity of " + identity.tag + " is not valid");
    IdentityRule rule{
        *left, std::move(*right), identity.tolerance, identity.relative, identity.tolerance, {}};
    rule.columns = rule.right.columns();
    rule.columns.push_back(*left);
    rules.push_back(std::move(rule));
  }
  return rules;
}

void tighten(IdentityRule& rule, const Rows& rows) {
  std::vector<double> residuals;
  for (const auto& row : rows) {
    const double residual = std::abs(row[rule.left] - rule.right.evaluate(row));
    if (!std::isnan(residual)) residuals.push_back(residual);
  }
  if (residuals.size() < kLeastValues) return;
  const auto at = residuals.begin() + static_cast<std::ptrdiff_t>(residuals.size() * 99 / 100);
  std::nth_element(residuals.begin(), at, residuals.end());
  rule.tight = std::min(rule.tolerance, 1.2 * *at + 1e-9);
}

/// Learns what one tag says of another.
class PairLearner {
 public:
  PairLearner(const Rows& rows, const std::vector<Fingerprint>& prints) : prints_(prints) {
    const std::size_t stride = std::max<std::size_t>(1, rows.size() / kPairRows);
    for (std::size_t i = 0; i < rows.size(); i += stride) rows_.push_back(&rows[i]);
  }

  std::vector<PairRule> learn() const {
    std::vector<PairRule> kept;
    for (std::size_t tag = 0; tag < prints_.size(); ++tag) {
      std::vector<std::pair<double, PairRule>> found;
      for (std::size_t given = 0; given < prints_.size(); ++given) {
        if (given == tag || !prints_[tag].known() || !prints_[given].known()) continue;
        PairRule rule = rule_for(given, tag);
        const double power = power_of(rule);
        if (power >= kLeastPower) found.emplace_back(power, std::move(rule));
      }
      std::sort(found.begin(), found.end(),
                [](const auto& a, const auto& b) { return a.first > b.first; });
      if (found.size() > kPairsPerTag) found.resize(kPairsPerTag);
      for (auto& [power, rule] : found) kept.push_back(std::move(rule));
    }
    return kept;
  }

 private:
  PairRule rule_for(std::size_t given, std::size_t tag) const {
    PairRule rule;
    rule.given = given;
    rule.tag = tag;
    const auto& quantiles = prints_[given].quantiles;
    rule.lowest = quantiles.front();
    for (std::size_t i = 1; i <= kPairBins; ++i) {
      const double upper = quantiles[i * (kQuantiles - 1) / kPairBins];
      if (rule.upper.empty() || upper > rule.upper.back()) rule.upper.push_back(upper);
    }
    std::vector<std::vector<double>> bins(rule.upper.size());
    for (const auto* row : rows_) {
      const double x = (*row)[given];
      const double y = (*row)[tag];
      if (std::isnan(x) || std::isnan(y)) continue;
      const auto bin = std::lower_bound(rule.upper.begin(), rule.upper.end(), x);
      if (bin == rule.upper.end()) continue;
      bins[static_cast<std::size_t>(bin - rule.upper.begin())].push_back(y);
    }
    const double margin = kPairMargin * prints_[tag].span();
    for (auto& bin : bins) {
      const bool enough = bin.size() >= kLeastInBin;
      std::sort(bin.begin(), bin.end());
      const std::size_t cut = bin.size() / 100;
      constexpr double kAnything = std::numeric_limits<double>::infinity();
      rule.low.push_back(enough ? bin[cut] - margin : -kAnything);
      rule.high.push_back(enough ? bin[bin.size() - 1 - cut] + margin : kAnything);
    }
    return rule;
  }

  // Part of the tag's values that cannot stand beside another row's value of the given one.
  double power_of(const PairRule& rule) const {
    std::size_t tested = 0;
    std::size_t excluded = 0;
    const std::size_t step = rows_.size() / 3 + 1;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const double x = (*rows_[i])[rule.given];
      const double y = (*rows_[(i * 7 + step) % rows_.size()])[rule.tag];
      if (std::isnan(x) || std::isnan(y)) continue;
      ++tested;
      if (!rule.allows(x, y)) ++excluded;
    }
    if (tested < kLeastValues) return 0.0;
    return static_cast<double>(excluded) / static_cast<double>(tested);
  }

  const std::vector<Fingerprint>& prints_;
  std::vector<const std::vector<double>*> rows_;
};

}  // namespace

double Fingerprint::span() const {
  if (!known()) return 0.0;
  const double inner = quantiles[kQuantiles - 2] - quantiles[1];
  return std::max(inner, lattice);
}

bool PairRule::allows(double given_value, double value) const {
  if (!(given_value >= lowest)) return true;
  for (std::size_t bin = 0; bin < upper.size(); ++bin) {
    if (given_value <= upper[bin]) return !(value < low[bin] || value > high[bin]);
  }
  return true;
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
  model.in_file = in_file_;

  Rows believable;
  RowTests tests(model);
  for (auto& row : sample_) {
    const RowEvidence evidence = tests.test(row);
    if (evidence.cover == 0.0 && 3 * evidence.present >= in_file_.count()) {
      believable.push_back(std::move(row));
    }
  }
  sample_.clear();
  model.reference_rows = believable.size();
  if (believable.size() < kLeastReference) return model;
  for (std::size_t tag = 0; tag < model.tags.size(); ++tag) {
    model.tags[tag] = fingerprint_of(believable, tag);
  }
  for (IdentityRule& rule : model.identities) tighten(rule, believable);
  model.pairs = PairLearner(believable, model.tags).learn();
  const std::size_t tags = model.tags.size();
  const auto few = std::span(believable).first(std::min(believable.size(), kMostCorrelated));
  model.correlations.assign(tags, std::vector<double>(tags, 0.0));
  for (std::size_t a = 0; a < tags; ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      model.correlations[a][b] = model.correlations[b][a] = correlation(few, a, b);
    }
  }
  return model;
}

}  // namespace hvac::telemetry
