#include "alerts/record.h"

#include <boost/json.hpp>
#include <cmath>

#include "alerts/definitions.h"
#include "alerts/message.h"
#include "base/iso_time.h"
#include "base/json.h"
#include "telemetry/fields.h"

namespace hvac::alerts {
namespace {

namespace json = boost::json;

json::value number(double value) {
  return std::isfinite(value) ? json::value(value) : json::value(nullptr);
}

json::value time_or_null(const std::optional<TimePoint>& time) {
  return time ? json::value(iso_text(*time)) : json::value(nullptr);
}

json::object json_of(const AlarmKey& key) {
  return {{"asset", key.asset.value}, {"kind", name(key.kind)}, {"subject", key.subject}};
}

json::array json_of(const std::vector<Change>& history) {
  json::array lines;
  for (const Change& change : history) {
    lines.push_back({{"time", iso_text(change.time)},
                     {"state", name(change.state)},
                     {"by", change.by},
                     {"note", change.note}});
  }
  return lines;
}

/// Reads the keys of an object and remembers the first that is wrong.
class Reader {
 public:
  explicit Reader(const json::value& value) : object_(value.if_object()) {
    if (object_ == nullptr) wrong_ = "not an object";
  }

  const json::value* at(std::string_view key) {
    const json::value* value = object_ == nullptr ? nullptr : object_->if_contains(key);
    return value == nullptr || value->is_null() ? nullptr : value;
  }
  std::string text(std::string_view key) {
    const json::value* value = at(key);
    if (value == nullptr || !value->is_string()) return miss(key), std::string();
    return std::string(value->get_string());
  }
  bool flag(std::string_view key) {
    const json::value* value = at(key);
    if (value == nullptr || !value->is_bool()) return miss(key), false;
    return value->get_bool();
  }
  std::optional<double> number(std::string_view key) {
    const json::value* value = at(key);
    if (value == nullptr) return std::nullopt;
    json::error_code error;
    const auto result = value->to_number<double>(error);
    if (error) miss(key);
    return result;
  }
  std::optional<TimePoint> optional_time(std::string_view key) {
    return at(key) == nullptr ? std::nullopt : std::optional(time(key));
  }
  TimePoint time(std::string_view key) {
    const auto result = telemetry::parse_iso_time(text(key));
    if (!result) miss(key);
    return result.value_or(TimePoint{});
  }
  /// What `find` makes of the text of that key.
  template <class Value>
  Value one_of(std::string_view key, std::optional<Value> (*find)(std::string_view)) {
    const auto result = find(text(key));
    if (!result) miss(key);
    return result.value_or(Value{});
  }
  AlarmKey key() {
    return {AssetId{text("asset")}, one_of("kind", find_alarm_kind), text("subject")};
  }
  void take(const Reader& part, std::string_view key) {
    if (!part.wrong_.empty()) miss(key);
  }

  const std::string& wrong() const { return wrong_; }

 private:
  void miss(std::string_view key) {
    if (wrong_.empty()) wrong_ = "wrong or missing: " + std::string(key);
  }

  const json::object* object_;
  std::string wrong_;
};

std::vector<Change> history_from(Reader& reader) {
  std::vector<Change> history;
  const json::value* lines = reader.at("history");
  if (lines == nullptr || !lines->is_array()) return history;
  for (const json::value& line : lines->get_array()) {
    Reader part(line);
    history.push_back({part.time("time"), part.one_of("state", find_alarm_state), part.text("by"),
                       part.text("note")});
    reader.take(part, "history");
  }
  return history;
}

}  // namespace

json::object json_of(const Alarm& alarm) {
  json::object object = {{"id", alarm.id}};
  for (auto& member : json_of(alarm.key)) object[member.key()] = std::move(member.value());
  object["severity"] = name(alarm.severity);
  object["state"] = name(state_of(alarm));
  object["raised"] = iso_text(alarm.raised);
  object["since"] = iso_text(alarm.since);
  object["changed"] = iso_text(alarm.changed);
  object["value"] = number(alarm.value);
  object["limit"] = number(alarm.limit);
  object["unit"] = alarm.unit;
  object["detail"] = alarm.detail;
  object["confidence"] = alarm.confidence ? number(*alarm.confidence) : json::value(nullptr);
  object["active"] = alarm.active;
  object["acknowledged"] = alarm.acknowledged;
  object["told"] = alarm.told;
  object["first_out"] = alarm.first_out;
  object["occurrences"] = alarm.occurrences;
  object["shelved_until"] = time_or_null(alarm.shelved_until);
  object["suppressed_by"] =
      alarm.suppressed_by ? json::value(json_of(*alarm.suppressed_by)) : json::value(nullptr);
  object["closed"] = alarm.closed;
  object["history"] = json_of(alarm.history);
  return object;
}

json::object described(const Alarm& alarm) {
  const AlarmDefinition& d = definition(alarm.key.kind);
  json::object object = json_of(alarm);
  object["title"] = d.title;
  object["text"] = summary(alarm);
  object["meaning"] = d.meaning;
  object["action"] = d.action;
  return object;
}

Result<Alarm> alarm_from(const json::value& value) {
  Reader reader(value);
  Alarm alarm;
  alarm.id = reader.text("id");
  alarm.key = reader.key();
  alarm.severity = reader.one_of("severity", find_severity);
  alarm.active = reader.flag("active");
  alarm.acknowledged = reader.flag("acknowledged");
  alarm.told = reader.flag("told");
  alarm.first_out = reader.flag("first_out");
  alarm.closed = reader.flag("closed");
  if (const json::value* cause = reader.at("suppressed_by")) {
    Reader part(*cause);
    alarm.suppressed_by = part.key();
    reader.take(part, "suppressed_by");
  }
  alarm.shelved_until = reader.optional_time("shelved_until");
  alarm.raised = reader.time("raised");
  alarm.changed = reader.time("changed");
  alarm.since = reader.time("since");
  alarm.occurrences = static_cast<int>(reader.number("occurrences").value_or(1.0));
  alarm.value = reader.number("value").value_or(kNoValue);
  alarm.limit = reader.number("limit").value_or(kNoValue);
  alarm.unit = reader.text("unit");
  alarm.detail = reader.text("detail");
  alarm.confidence = reader.number("confidence");
  alarm.history = history_from(reader);
  if (!reader.wrong().empty()) {
    return fail(ErrorCode::corrupt, "an alert's record: " + reader.wrong());
  }
  return alarm;
}

store::Alert record_of(const Alarm& alarm) {
  store::Alert record;
  record.id = alarm.id;
  record.asset = alarm.key.asset;
  record.raised = alarm.raised;
  record.state = alarm.closed ? store::AlertState::closed : store::AlertState::open;
  record.severity = name(alarm.severity);
  record.text = summary(alarm);
  record.data = json_text(json_of(alarm));
  return record;
}

Result<Alarm> alarm_from(const store::Alert& record) {
  const auto value = parse_json(record.data);
  if (!value) return fail(ErrorCode::corrupt, "alert " + record.id + ": " + value.error().message);
  return alarm_from(*value);
}

json::object json_of(const Condition& condition) {
  json::object object = json_of(condition.key);
  object["holds"] = condition.presence == Presence::holds;
  object["value"] = number(condition.value);
  object["limit"] = number(condition.limit);
  object["unit"] = condition.unit;
  object["detail"] = condition.detail;
  object["since"] = time_or_null(condition.since);
  return object;
}

Result<Condition> condition_from(const json::value& value) {
  Reader reader(value);
  Condition condition;
  condition.key = reader.key();
  condition.presence = reader.flag("holds") ? Presence::holds : Presence::gone;
  condition.value = reader.number("value").value_or(kNoValue);
  condition.limit = reader.number("limit").value_or(kNoValue);
  condition.unit = reader.text("unit");
  condition.detail = reader.text("detail");
  condition.since = reader.optional_time("since");
  if (!reader.wrong().empty()) return fail(ErrorCode::corrupt, "a condition: " + reader.wrong());
  return condition;
}

json::object json_of(const Message& message) {
  return {{"key", message.key},
          {"severity", name(message.severity)},
          {"time", iso_text(message.time)},
          {"subject", message.subject},
          {"text", message.text},
          {"json", message.json}};
}

Result<Message> message_from(const json::value& value) {
  Reader reader(value);
  Message message{reader.text("key"),  reader.one_of("severity", find_severity),
                  reader.time("time"), reader.text("subject"),
                  reader.text("text"), reader.text("json")};
  if (!reader.wrong().empty()) {
    return fail(ErrorCode::corrupt, "a waiting message: " + reader.wrong());
  }
  return message;
}

}  // namespace hvac::alerts
