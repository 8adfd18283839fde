#include "telemetry/judge.h"

#include <algorithm>
#include <array>
#include <cmath>

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
    : profile_(std::move(profile)), rules_(compile_identities(*profile_)), maker_(*profile_) {}

// A broken identity does not say which of its values is wrong. Those that take part in most broken
// and fewest kept identities are blamed, but of equals the left side alone.
void InstantJudge::blame(std::span<const IdentityOutcome> outcomes,
                         std::span<Quality> quality) const {
  const auto score = [&](std::size_t column) {
    int sum = 0;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      const auto& columns = rules_[i].columns;
      if (std::find(columns.begin(), columns.end(), column) == columns.end()) continue;
      if (outcomes[i] == IdentityOutcome::broken) ++sum;
      if (outcomes[i] == IdentityOutcome::holds) --sum;
    }
    return sum;
  };
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (outcomes[i] != IdentityOutcome::broken) continue;
    int worst = score(rules_[i].left);
    bool left_alone = true;
    for (const std::size_t column : rules_[i].columns) {
      if (score(column) <= worst) continue;
      worst = score(column);
      left_alone = false;
    }
    for (const std::size_t column : rules_[i].columns) {
      const bool blamed = left_alone ? column == rules_[i].left : score(column) == worst;
      if (blamed) quality[column] = Quality::inconsistent;
    }
  }
}

void InstantJudge::judge(std::span<double> values, std::span<Quality> quality) const {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Tag& tag = profile_->tags[i];
    const double site_value = values[i];
    values[i] = site_value * tag.scale + tag.offset;
    quality[i] = judge_value(site_value, values[i], tag);
  }
  std::array<IdentityOutcome, kMaxIdentities> outcomes;
  bool any_broken = false;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const auto& columns = rules_[i].columns;
    const bool all_good = std::all_of(columns.begin(), columns.end(), [&](std::size_t column) {
      return quality[column] == Quality::good;
    });
    outcomes[i] = all_good ? rules_[i].test(values) : IdentityOutcome::untestable;
    any_broken = any_broken || outcomes[i] == IdentityOutcome::broken;
  }
  if (any_broken) blame({outcomes.data(), rules_.size()}, quality);
}

}  // namespace hvac::telemetry
