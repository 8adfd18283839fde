#pragma once

#include <array>
#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "alerts/alarm.h"

/// The alarms as data: what each means, what to do, and which one causes which.
namespace hvac::alerts {

/// Which way is worse.
enum class Worse : std::uint8_t { above, below };

enum class Latching : std::uint8_t { no, yes };

/// Whether what is not seen again after a restart still holds.
enum class Renewal : std::uint8_t {
  each_run,    ///< Someone looks at it all the time: not seen again means that it is gone.
  until_gone,  ///< It is seen once, e.g. by a backup: it holds until it is said to be gone.
};

/// Alarms that come in a cascade; the first of a group is marked.
enum class Group : std::uint8_t { cooler, telemetry, model, storage, upkeep };

struct AlarmDefinition {
  AlarmKind kind;
  std::string_view name;
  Severity severity;
  Group group;
  std::string_view title;          ///< In a few words.
  std::string_view meaning;        ///< One or two sentences for an operator.
  std::string_view action;         ///< What to do.
  std::chrono::seconds on_delay;   ///< It must hold that long to become an alarm.
  std::chrono::seconds off_delay;  ///< It must be gone that long to be over.
  double deadband;  ///< Share of the limit by which the value must come back; 0: none.
  Worse worse;
  Latching latching;
  Renewal renewal;
};

/// Of every kind, in their order.
const std::array<AlarmDefinition, kAlarmKindCount>& alarm_definitions();
const AlarmDefinition& definition(AlarmKind kind);

/// Which assets' alarms a cause explains.
enum class Reach : std::uint8_t {
  same_asset,
  everywhere,  ///< The cause is the program's: it explains those of every asset.
};

/// Which subjects of the effect.
enum class Touches : std::uint8_t {
  anything,
  same_subject,
  what_it_feeds,  ///< What the cause's tag is used for, or departures that the cause accounts for.
};

/// One line of the table of root causes: while `cause` holds, `effect` is no alarm of its own.
struct Dependence {
  AlarmKind cause;
  AlarmKind effect;
  Reach reach;
  Touches touches;
};
std::span<const Dependence> dependences();

/// Whether an alarm at `cause` explains one at `effect`, by the table.
bool explains(const AlarmKey& cause, const AlarmKey& effect);

/// The table of alarms for docs/alerts.md, as Markdown.
std::string definitions_markdown();

}  // namespace hvac::alerts
