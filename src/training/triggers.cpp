#include "training/triggers.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace hvac::training {
namespace {

using std::chrono::days;

/// A season is prepared for this long before it begins.
constexpr days kBeforeSeason{21};
/// Fewer scored samples do not tell.
constexpr std::size_t kLeastScoredLive = 600;
/// A share by which squared errors may grow beyond the card's, which is an estimate itself.
constexpr double kNobodysLoss = 0.1;

bool quiet(const TriggerFacts& facts, const std::string& name, const TriggerLimits& limits) {
  const auto closed = facts.closed.find(name);
  return closed != facts.closed.end() && facts.now - closed->second < days(limits.quiet_days);
}

std::optional<std::string> drift(const TriggerFacts& facts, const TriggerLimits& limits) {
  std::string text;
  for (const auto& [tag, psi] : facts.psi) {
    if (psi > limits.psi) {
      text += fmt::format("{}{} PSI {:.2f}", text.empty() ? "" : ", ", tag, psi);
    }
  }
  if (text.empty()) return std::nullopt;
  return fmt::format("critical drift: {} (limit {})", text, limits.psi);
}

std::optional<std::string> accuracy(const TriggerFacts& facts, const TriggerLimits& limits) {
  for (const TargetState& state : facts.targets) {
    if (state.live.n < kLeastScoredLive) continue;
    const Estimate& tracking = state.live.tracking;
    if (tracking.high < limits.min_r2_of_tracking) {
      return fmt::format(
          "{}: R2 of tracking is {:.4f} (at most {:.4f}) on {} live samples, limit {}",
          state.target, tracking.value, tracking.high, state.live.n, limits.min_r2_of_tracking);
    }
    const Estimate& unaided = state.live.virtual_sensor;
    if (unaided.high < state.card_r2 - kNobodysLoss * (1.0 - state.card_r2)) {
      return fmt::format(
          "{}: R2 is {:.4f} (at most {:.4f}) on {} live samples, the model card says {:.4f}",
          state.target, unaided.value, unaided.high, state.live.n, state.card_r2);
    }
  }
  return std::nullopt;
}

std::optional<std::string> schedule(const TriggerFacts& facts, const TriggerLimits& limits) {
  if (!facts.model_created) return std::nullopt;
  const auto age = std::chrono::floor<days>(facts.now - *facts.model_created);
  if (age < days(limits.schedule_days)) return std::nullopt;
  return fmt::format("the current model is {} days old (limit {})", age.count(),
                     limits.schedule_days);
}

/// The next day of that name at or after `now`.
std::optional<std::chrono::sys_days> next_day(const std::string& month_day, TimePoint now) {
  unsigned month = 0;
  unsigned day = 0;
  const char* text = month_day.data();
  if (month_day.size() != 5 || std::from_chars(text, text + 2, month).ec != std::errc{} ||
      std::from_chars(text + 3, text + 5, day).ec != std::errc{}) {
    return std::nullopt;
  }
  const auto today = std::chrono::floor<days>(now);
  const std::chrono::year_month_day date(today);
  for (const std::chrono::year year : {date.year(), date.year() + std::chrono::years(1)}) {
    const std::chrono::year_month_day candidate(year, std::chrono::month(month),
                                                std::chrono::day(day));
    if (candidate.ok() && std::chrono::sys_days(candidate) >= today) return candidate;
  }
  return std::nullopt;
}

std::optional<std::string> season(const TriggerFacts& facts, const TriggerLimits& limits) {
  for (const std::string& start : limits.season_starts) {
    const auto day = next_day(start, facts.now);
    if (!day || *day - facts.now > kBeforeSeason) continue;
    // Once per season: not when one was proposed or trained for it already.
    const TimePoint from = *day - kBeforeSeason;
    const auto opened = facts.opened.find("season");
    if (opened != facts.opened.end() && opened->second >= from) continue;
    if (facts.model_created && *facts.model_created >= from) continue;
    return "the season changes on " + start + " (MM-DD)";
  }
  return std::nullopt;
}

}  // namespace

std::vector<Trigger> due(const TriggerFacts& facts, const TriggerLimits& limits) {
  std::vector<Trigger> triggers;
  const auto add = [&](const char* name, std::optional<std::string> text) {
    if (text && !quiet(facts, name, limits)) triggers.push_back({name, std::move(*text)});
  };
  add("drift", drift(facts, limits));
  add("accuracy", accuracy(facts, limits));
  add("schedule", schedule(facts, limits));
  add("season", season(facts, limits));
  return triggers;
}

}  // namespace hvac::training
