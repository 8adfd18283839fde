#include "alerts/alarm.h"

#include <algorithm>
#include <array>

#include "alerts/definitions.h"

namespace hvac::alerts {
namespace {

constexpr std::array<std::string_view, kSeverityCount> kSeverities = {"info", "warning",
                                                                      "critical"};
constexpr std::array<std::string_view, kAlarmStateCount> kStates = {
    "normal",  "unacknowledged", "acknowledged", "returned_to_normal",
    "latched", "shelved",        "suppressed"};

template <class Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view name(AlarmKind kind) { return definition(kind).name; }

std::optional<AlarmKind> find_alarm_kind(std::string_view name) {
  const auto& all = alarm_definitions();
  const auto found = std::ranges::find(all, name, &AlarmDefinition::name);
  return found == all.end() ? std::nullopt : std::optional(found->kind);
}

std::string_view name(Severity severity) { return kSeverities[static_cast<std::size_t>(severity)]; }

std::optional<Severity> find_severity(std::string_view name) {
  return find<Severity>(kSeverities, name);
}

std::string_view name(AlarmState state) { return kStates[static_cast<std::size_t>(state)]; }

std::optional<AlarmState> find_alarm_state(std::string_view name) {
  return find<AlarmState>(kStates, name);
}

std::string text_of(const AlarmKey& key) {
  std::string text = key.asset.value;
  if (!text.empty()) text += ' ';
  text += name(key.kind);
  if (!key.subject.empty()) text += ' ' + key.subject;
  return text;
}

Condition condition_of(AlarmKey key, bool holds) {
  Condition condition;
  condition.key = std::move(key);
  condition.presence = holds ? Presence::holds : Presence::gone;
  return condition;
}

AlarmState state_of(const Alarm& alarm) {
  if (alarm.closed) return AlarmState::normal;
  if (alarm.shelved_until) return AlarmState::shelved;
  if (alarm.suppressed_by) return AlarmState::suppressed;
  if (alarm.active) {
    return alarm.acknowledged ? AlarmState::acknowledged : AlarmState::unacknowledged;
  }
  return definition(alarm.key.kind).latching == Latching::yes ? AlarmState::latched
                                                              : AlarmState::returned_to_normal;
}

}  // namespace hvac::alerts
