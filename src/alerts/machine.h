#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/alarm.h"
#include "alerts/definitions.h"
#include "base/result.h"

/// The life of alarms as a pure function: the same conditions at the same times give the same
/// transitions.
namespace hvac::alerts {

/// How a site wants one kind to behave; nothing: as in its definition.
struct Tuning {
  std::optional<Severity> severity;
  std::optional<std::chrono::seconds> on_delay;
  std::optional<std::chrono::seconds> off_delay;
  std::optional<double> deadband;
};

struct MachineOptions {
  std::map<AlarmKind, Tuning> tuning;
  std::chrono::minutes longest_shelf{7 * 24 * 60};
  /// An alarm that is over and was never acknowledged ends by itself after this time.
  std::chrono::hours returned_kept{24};
  std::size_t most_alarms = 20'000;  ///< What comes beyond it is counted, not kept.
};

/// What is known of one alarm point.
struct Point {
  std::optional<Alarm> alarm;              ///< While it is open.
  std::optional<TimePoint> holding_since;  ///< Of the condition, by `clock`.
  std::optional<TimePoint> gone_since;     ///< The same of its absence.
  std::optional<TimePoint> cause_gone;     ///< Since when nothing explains it any more.
  std::optional<TimePoint> clock;          ///< The last sample's time; none: the machine's clock.
  bool unconfirmed = false;                ///< Restored after a restart and not seen since.
  Condition last;                          ///< What was last said of it.
};

/// All alarm points. A value.
struct State {
  std::map<AlarmKey, Point> points;
  std::optional<TimePoint> restored;  ///< When `restore` was called.
  std::uint64_t refused = 0;          ///< Alarms beyond `most_alarms`.
  /// Each alarm has an instant of its own: the store finds it by that.
  TimePoint last_raised{};
};

/// Advances the alarms by what was seen and by the time that has passed: `now` is the machine's
/// clock. Conditions of one point come in the order they were seen. Returns what changed.
std::vector<Transition> step(State& state, std::span<const Condition> conditions, TimePoint now,
                             const MachineOptions& options = {});

/// Goes on with the alarms that were open before a restart.
void restore(State& state, std::span<const Alarm> alarms, TimePoint now);

/// Who does it and why.
struct Act {
  std::string by;
  std::string note;
};

/// "I know." An alarm that is over ends with it.
/// Errors of all three: not_found for an id that is not open, invalid_argument for one that several
/// alarms begin with; conflict when there is nothing to do. `id`: its first digits will do.
[[nodiscard]] Result<Transition> acknowledge(State& state, std::string_view id, const Act& act,
                                             TimePoint now);

/// Puts it aside: it is shown as shelved and not announced until then. Errors: also out_of_range
/// for less than a minute or more than `longest_shelf`.
[[nodiscard]] Result<Transition> shelve(State& state, std::string_view id,
                                        std::chrono::minutes time, const Act& act, TimePoint now,
                                        const MachineOptions& options = {});

/// Takes it back before its time.
[[nodiscard]] Result<Transition> unshelve(State& state, std::string_view id, const Act& act,
                                          TimePoint now);

/// The open alarms, the most severe first, then the latest.
std::vector<Alarm> open_alarms(const State& state);

}  // namespace hvac::alerts
