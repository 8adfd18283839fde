#include "telemetry/judge.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace hvac::telemetry {
namespace {

constexpr double kFirstWrapped = 65531.0;  // -5 and above as an unsigned 16-bit number ...
constexpr double kLastWrapped = 65535.0;   // ... and a counter's end.

Quality judge_value(double site_value, double value, const Tag& tag) {
  if (std::isnan(site_value)) return Quality::missing;
  if (site_value >= kFirstWrapped && site_value <= kLastWrapped && !(tag.high >= value)) {
    return Quality::wrapped;
  }
  return value >= tag.low && value <= tag.high ? Quality::good : Quality::out_of_range;
}

}  // namespace

SampleMaker::SampleMaker(const AssetProfile& profile) {
  for (std::size_t i = 0; i < profile.tags.size(); ++i) {
    const std::string& stands_for = profile.tags[i].stands_for;
    if (const auto input = find_input(stands_for)) inputs_.push_back({i, index(*input)});
    if (const auto target = find_target(stands_for)) targets_.push_back({i, index(*target)});
  }
}

Sample SampleMaker::make(std::span<const double> values, std::span<const Quality> quality) const {
  Sample sample;
  for (const Place& place : inputs_) {
    sample.set(static_cast<InputTag>(place.index), values[place.tag], quality[place.tag]);
  }
  for (const Place& place : targets_) {
    sample.set(static_cast<TargetTag>(place.index), values[place.tag], quality[place.tag]);
  }
  return sample;
}

InstantJudge::InstantJudge(std::shared_ptr<const AssetProfile> profile)
    : profile_(std::move(profile)), maker_(*profile_) {
  const auto resolve = [this](std::string_view tag) { return profile_->find(tag); };
  if (profile_->identities.size() > kMaxIdentities) throw std::logic_error("too many identities");
  for (const Identity& identity : profile_->identities) {
    const auto left = profile_->find(identity.tag);
    auto right = Expression::parse(identity.expression, resolve);
    if (!left || !right) throw std::logic_error("identity of " + identity.tag + " is not valid");
    std::vector<std::size_t> columns = right->columns();
    columns.push_back(*left);
    rules_.push_back(
        {*left, std::move(*right), identity.tolerance, identity.relative, std::move(columns)});
  }
}

InstantJudge::Outcome InstantJudge::test(const Rule& rule, std::span<const double> values,
                                         std::span<const Quality> quality) const {
  for (const std::size_t column : rule.columns) {
    if (quality[column] != Quality::good) return Outcome::untestable;
  }
  const double right = rule.right.evaluate(values);
  if (std::isnan(right)) return Outcome::untestable;
  const double allowed = rule.tolerance + rule.relative * std::abs(right);
  return std::abs(values[rule.left] - right) <= allowed ? Outcome::holds : Outcome::broken;
}

// A broken identity does not say which of its values is wrong. The one that takes part in most
// broken and fewest kept identities is blamed; among equals the left side.
void InstantJudge::blame(std::span<const Outcome> outcomes, std::span<Quality> quality) const {
  const auto score = [&](std::size_t column) {
    int sum = 0;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      const auto& columns = rules_[i].columns;
      if (std::find(columns.begin(), columns.end(), column) == columns.end()) continue;
      if (outcomes[i] == Outcome::broken) ++sum;
      if (outcomes[i] == Outcome::holds) --sum;
    }
    return sum;
  };
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (outcomes[i] != Outcome::broken) continue;
    std::size_t blamed = rules_[i].left;
    int worst = score(blamed);
    for (const std::size_t column : rules_[i].columns) {
      const int suspect = score(column);
      if (suspect > worst) {
        worst = suspect;
        blamed = column;
      }
    }
    quality[blamed] = Quality::inconsistent;
  }
}

void InstantJudge::judge(std::span<double> values, std::span<Quality> quality) const {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Tag& tag = profile_->tags[i];
    const double site_value = values[i];
    values[i] = site_value * tag.scale + tag.offset;
    quality[i] = judge_value(site_value, values[i], tag);
  }
  std::array<Outcome, kMaxIdentities> outcomes;
  bool any_broken = false;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    outcomes[i] = test(rules_[i], values, quality);
    any_broken = any_broken || outcomes[i] == Outcome::broken;
  }
  if (any_broken) blame({outcomes.data(), rules_.size()}, quality);
}

}  // namespace hvac::telemetry
