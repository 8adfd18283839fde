#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "training/shadow.h"

/// When a model is due for retraining. Source: the maintenance guide, "When to Retrain".
namespace hvac::training {

struct TriggerLimits {
  double psi = 0.5;  ///< Of a critical tag.
  double min_r2_of_tracking = 0.98;
  std::int64_t schedule_days = 120;
  std::vector<std::string> season_starts = {"05-01", "11-01"};  ///< "MM-DD"
  std::int64_t quiet_days = 14;  ///< After a proposal of the same trigger was closed.
};

/// How accurate a target was, on what.
struct TargetState {
  std::string target;
  double card_r2;             ///< Of the virtual sensor, as the card says; NaN: unknown.
  LiveScores::TargetR2 live;  ///< n = 0: nothing was measured.
};

/// What the triggers look at. A value.
struct TriggerFacts {
  TimePoint now;
  std::optional<TimePoint> model_created;
  std::map<std::string, double> psi;  ///< Of each tag with critical drift, newest report.
  std::vector<TargetState> targets;
  /// When a proposal of that trigger was opened last (open ones too) and closed last.
  std::map<std::string, TimePoint> opened;
  std::map<std::string, TimePoint> closed;
};

struct Trigger {
  std::string name;  ///< "drift", "accuracy", "schedule", "season".
  std::string text;  ///< Why, with values and limits.
};

/// Pure: what is due now.
std::vector<Trigger> due(const TriggerFacts& facts, const TriggerLimits& limits);

}  // namespace hvac::training
