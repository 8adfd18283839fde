#include "alerts/grouping.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/number.h"
#include "telemetry/tags.h"
#include "twin/cusum.h"

namespace hvac::alerts {
namespace {

using telemetry::kTargetCount;
using twin::FindingKind;

constexpr std::array<std::string_view, physics::kCauseCount> kCauses = {"coil", "water_flow", "fan",
                                                                        "sensor"};
constexpr std::string_view kUnexplained = "unexplained";
constexpr std::array<std::string_view, kTargetCount> kDifferenceUnits = {"K", "K", "m3/h"};

bool is_departure(FindingKind kind) {
  return kind == FindingKind::above_prediction || kind == FindingKind::below_prediction;
}

bool sensor_is_bad(const twin::Outcome& outcome, std::string_view tag) {
  return std::ranges::any_of(outcome.findings, [&](const twin::Finding& finding) {
    return finding.kind == FindingKind::sensor_bad && finding.tag == tag;
  });
}

double cumulated(const twin::TargetOutcome& target, FindingKind side) {
  return side == FindingKind::above_prediction ? target.cusum.above : target.cusum.below;
}

/// How far the value usually lies from the prediction on that side: half the 90 % interval.
double usual(const twin::TargetOutcome& target, FindingKind side) {
  const twin::TargetPrediction& p = target.predicted;
  return side == FindingKind::above_prediction ? p.interval90.high - p.value
                                               : p.value - p.interval90.low;
}

std::string sentence(const twin::TargetOutcome& target, const twin::Finding& finding) {
  const std::string measured =
      target.measured ? fixed_text(*target.measured, 2) : std::string("nothing believable");
  return fmt::format("{} is {}, predicted {:.2f} ({:.2f} to {:.2f}), on average {:.2f} {}",
                     finding.tag, measured, target.predicted.value, target.predicted.interval90.low,
                     target.predicted.interval90.high, finding.value,
                     finding.kind == FindingKind::above_prediction ? "above" : "below");
}

Condition simple(const AssetId& asset, AlarmKind kind, std::string_view subject,
                 const twin::Outcome& outcome, const twin::Finding& finding) {
  Condition condition;
  condition.key = {asset, kind, std::string(subject)};
  condition.value = finding.value;
  condition.limit = finding.limit;
  condition.detail = describe(finding);
  condition.time = outcome.time;
  condition.since = finding.since;
  return condition;
}

}  // namespace

std::string_view name(physics::Cause cause) { return kCauses[static_cast<std::size_t>(cause)]; }

void FindingGroups::follow(const twin::Outcome& outcome) {
  if (!outcome.explanation) return;
  constexpr double kShare = 0.05;
  const double share = explained_ ? kShare : 1.0;
  explained_ = true;
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    for (std::size_t c = 0; c < physics::kCauseCount; ++c) {
      const double part = std::abs(outcome.explanation->part[t][c]);
      parts_[t][c] += share * (part - parts_[t][c]);
    }
  }
}

std::string_view FindingGroups::cause_of(std::size_t target) const {
  const auto& parts = parts_[target];
  const auto largest = std::ranges::max_element(parts);
  return explained_ && *largest > 0.0 ? kCauses[static_cast<std::size_t>(largest - parts.begin())]
                                      : kUnexplained;
}

double FindingGroups::share_of(std::size_t target, std::string_view cause) const {
  const auto& parts = parts_[target];
  const double whole = std::accumulate(parts.begin(), parts.end(), 0.0);
  const auto at = std::ranges::find(kCauses, cause);
  if (!(whole > 0.0) || at == kCauses.end()) return 0.0;
  return parts[static_cast<std::size_t>(at - kCauses.begin())] / whole;
}

Condition FindingGroups::departure(const AssetId& asset, const twin::Outcome& outcome,
                                   std::string_view cause,
                                   const std::vector<const twin::Finding*>& findings) const {
  // The one that departs farthest speaks for all.
  const auto weight = [&](const twin::Finding* finding) {
    const auto t = telemetry::index(*telemetry::find_target(finding->tag));
    return cumulated(outcome.targets[t], finding->kind);
  };
  const twin::Finding& first = **std::ranges::max_element(findings, {}, weight);
  const auto t = telemetry::index(*telemetry::find_target(first.tag));
  Condition condition = simple(asset, AlarmKind::departure, cause, outcome, first);
  condition.limit = usual(outcome.targets[t], first.kind);
  condition.unit = kDifferenceUnits[t];
  condition.detail = sentence(outcome.targets[t], first);
  for (const twin::Finding* other : findings) {
    condition.since = std::min(*condition.since, other->since);
    if (other == &first) continue;
    const auto o = telemetry::index(*telemetry::find_target(other->tag));
    condition.detail += "; " + sentence(outcome.targets[o], *other);
  }
  if (cause != kUnexplained) condition.confidence = share_of(t, cause);
  return condition;
}

// A departure keeps its cause. A new one that another one's cause explains in part has none of its
// own.
std::string_view FindingGroups::cause_for(const Side& side, const Causes& found) const {
  if (const auto known = departed_.find(side); known != departed_.end()) return known->second;
  constexpr double kEnough = 1.0 / 3.0;
  const std::string_view own = cause_of(side.first);
  for (const Causes* others : {&found, &departed_}) {
    for (const auto& [other, cause] : *others) {
      if (own == kUnexplained || share_of(side.first, cause) >= kEnough) return cause;
    }
  }
  return own;
}

std::vector<Condition> FindingGroups::departures(const AssetId& asset,
                                                 const twin::Outcome& outcome) {
  Causes found;
  std::map<std::string_view, std::vector<const twin::Finding*>> groups;
  for (const twin::Finding& finding : outcome.findings) {
    const auto target = telemetry::find_target(finding.tag);
    if (!is_departure(finding.kind) || !target || sensor_is_bad(outcome, finding.tag)) continue;
    const Side side{telemetry::index(*target), finding.kind};
    const std::string_view cause = cause_for(side, found);
    found[side] = cause;
    groups[cause].push_back(&finding);
  }
  departed_ = std::move(found);
  std::vector<Condition> all;
  for (const auto& [cause, findings] : groups) {
    all.push_back(departure(asset, outcome, cause, findings));
    std::vector<Side>& sides = last_[cause];
    sides.clear();
    for (const auto& [side, its] : departed_) {
      if (its == cause) sides.push_back(side);
    }
  }
  return all;
}

std::vector<Condition> FindingGroups::conditions(const AssetId& asset,
                                                 const twin::Outcome& outcome) {
  std::vector<Condition> all = departures(asset, outcome);
  const auto add = [&](const twin::Finding& finding, AlarmKind kind, std::string_view subject,
                       std::string_view unit) {
    all.push_back(simple(asset, kind, subject, outcome, finding));
    all.back().unit = unit;
  };
  for (const twin::Finding& finding : outcome.findings) {
    switch (finding.kind) {
      case FindingKind::above_prediction:
      case FindingKind::below_prediction:
        break;  // Above.
      case FindingKind::sensor_bad:
        add(finding, AlarmKind::sensor_bad, finding.tag, "samples");
        break;
      case FindingKind::outside_training:
        add(finding, AlarmKind::outside_training, "", "");
        break;
      case FindingKind::heat_balance_open:
        add(finding, AlarmKind::heat_balance_open, "", "kW");
        break;
      case FindingKind::coil_fouled:
        add(finding, AlarmKind::coil_fouled, "", "");
        break;
    }
  }
  return all;
}

std::optional<Condition> FindingGroups::gone(const AlarmKey& key,
                                             const twin::Outcome& outcome) const {
  Condition condition = condition_of(key, false);
  condition.time = outcome.time;
  switch (key.kind) {
    case AlarmKind::departure: {
      const auto sides = last_.find(key.subject);
      if (sides == last_.end()) break;
      condition.value = 0.0;
      condition.limit = twin::Cusum::kLimit;
      for (const auto& [target, side] : sides->second) {
        condition.value = std::max(condition.value, cumulated(outcome.targets[target], side));
      }
      break;
    }
    case AlarmKind::heat_balance_open:
      if (!outcome.heat_balance) return std::nullopt;
      condition.value = std::abs(outcome.heat_balance->air_kw - outcome.heat_balance->water_kw);
      condition.limit = 2.0 * outcome.heat_balance->uncertainty_kw;
      break;
    case AlarmKind::coil_fouled:
      if (!outcome.health) return std::nullopt;
      condition.value = outcome.health->index;
      condition.limit = twin::kCleanAt;
      break;
    case AlarmKind::outside_training:
      condition.value = outcome.domain.distance;
      condition.limit = 1.0;
      break;
    case AlarmKind::sensor_bad:
      break;
    default:  // Not for the twin to say.
      return std::nullopt;
  }
  return condition;
}

}  // namespace hvac::alerts
