#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/asset_id.h"
#include "base/clock.h"

/// What is worth people's attention, told once. Words as in ANSI/ISA-18.2 (IEC 62682).
namespace hvac::alerts {

/// What can be wrong. The table of what each means is in definitions.h.
enum class AlarmKind : std::uint8_t {
  // Of an asset.
  departure,          ///< Targets part from the prediction; the subject is the likely cause.
  sensor_bad,         ///< Subject: the tag.
  outside_training,   ///<
  heat_balance_open,  ///<
  coil_fouled,        ///<
  stale_data,         ///< Nothing came for too long.
  drift_warning,      ///< Subject: the tag. The asset may be empty.
  drift_critical,     ///< Subject: the tag. The asset may be empty.
  accuracy_low,       ///< Predictions are worse than the model card says; subject: the target.
  // Of the program.
  model_fault,           ///< The model does not load or gives nothing; subject: its version.
  retrain_advised,       ///<
  store_away,            ///< Nothing can be stored.
  broker_away,           ///< No connection to the MQTT broker.
  disk_low,              ///< Subject: the folder.
  disk_full,             ///< Subject: the folder.
  queue_full,            ///< Readings come faster than they can be stored; subject: which queue.
  data_lost,             ///< Readings were dropped; subject: where.
  certificate_expiring,  ///< Subject: the file.
  backup_failed,         ///<
  backup_overdue,        ///<
  maintenance_overdue,   ///< Subject: the level, e.g. "weekly".
  audit_broken,          ///< The chain of the audit trail does not verify.
  kpi_critical,          ///< Subject: the KPI's name.
  delivery_failed,       ///< Alerts do not get out; subject: the channel.
};
inline constexpr std::size_t kAlarmKindCount = 24;

std::string_view name(AlarmKind kind);
/// The kind of that name, if it is one.
std::optional<AlarmKind> find_alarm_kind(std::string_view name);

enum class Severity : std::uint8_t {
  info,      ///< Know about it.
  warning,   ///< Act within the day.
  critical,  ///< Act now.
};
inline constexpr std::size_t kSeverityCount = 3;
std::string_view name(Severity severity);
std::optional<Severity> find_severity(std::string_view name);

/// One alarm point. The program's own alarms have an empty asset.
struct AlarmKey {
  AssetId asset;
  AlarmKind kind{};
  std::string subject;  ///< What exactly: a tag, a file, a channel; may be empty.

  friend auto operator<=>(const AlarmKey&, const AlarmKey&) = default;
};

/// "chiller-room-2 sensor_bad UCAIT"
std::string text_of(const AlarmKey& key);

enum class Presence : std::uint8_t { holds, gone };

inline constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

/// What someone saw: whether a condition holds. Say it whenever it is looked at, also when all is
/// well: repeating costs little and changes nothing.
struct Condition {
  AlarmKey key;
  Presence presence = Presence::holds;
  double value = kNoValue;  ///< In `unit`; NaN when there is no number to it.
  double limit = kNoValue;
  std::string unit;    ///< "degC", "%", "s"; empty for a plain number.
  std::string detail;  ///< What else is known, one sentence; may be empty. Never a secret.
  std::optional<double> confidence;  ///< 0..1; none where it is plainly measured.
  /// Of the sample it was seen in: delays pass on the asset's clock. None: on the machine's.
  std::optional<TimePoint> time;
  std::optional<TimePoint> since;  ///< When it began, where that is known.
};

/// That the condition behind that alarm holds, or does not; the rest is for the caller to fill in.
Condition condition_of(AlarmKey key, bool holds);

/// Where an alarm is in its life.
enum class AlarmState : std::uint8_t {
  normal,              ///< Over; the record is closed.
  unacknowledged,      ///< Holds, and nobody has said that they know.
  acknowledged,        ///< Holds, and someone has.
  returned_to_normal,  ///< Is gone before anyone said so: waits to be acknowledged.
  latched,             ///< Is gone, but stays until it is acknowledged after that.
  shelved,             ///< Put aside by someone for a time.
  suppressed,          ///< A consequence of another alarm, which is the one to act on.
};
inline constexpr std::size_t kAlarmStateCount = 7;
std::string_view name(AlarmState state);
std::optional<AlarmState> find_alarm_state(std::string_view name);

/// A line of an alarm's history.
struct Change {
  TimePoint time;
  AlarmState state{};
  std::string by;  ///< Who; empty: the program.
  std::string note;

  friend bool operator==(const Change&, const Change&) = default;
};

/// One alarm from its raising to its end. A value.
struct Alarm {
  std::string id;  ///< Twelve hexadecimal digits; of this one time.
  AlarmKey key;
  Severity severity{};
  bool active = true;         ///< The condition holds.
  bool acknowledged = false;  ///< By someone, since it last came.
  bool told = false;          ///< It was handed to the channels.
  bool first_out = false;     ///< The first of its group: where to begin to look.
  std::optional<AlarmKey> suppressed_by;
  std::optional<TimePoint> shelved_until;
  TimePoint raised;   ///< When it became an alarm, by the machine's clock.
  TimePoint changed;  ///< Of the last change of its state.
  TimePoint since;    ///< When the condition began, by the clock of who saw it.
  int occurrences = 1;
  double value = kNoValue;  ///< The last one.
  double limit = kNoValue;
  std::string unit;
  std::string detail;
  std::optional<double> confidence;
  bool closed = false;
  std::vector<Change> history;  ///< The first and the latest, at most kMostChanges.

  static constexpr std::size_t kMostChanges = 32;
};

/// What the rest says about it.
AlarmState state_of(const Alarm& alarm);

/// What people are told of a transition.
enum class Announce : std::uint8_t { nothing, raised, returned };

/// A change of one alarm's state.
struct Transition {
  Alarm alarm;  ///< After it.
  AlarmState from{};
  AlarmState to{};
  TimePoint time;
  std::string by;  ///< Who; empty: the program.
  std::string note;
  Announce announce = Announce::nothing;
};

}  // namespace hvac::alerts
