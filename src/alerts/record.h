#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "alerts/alarm.h"
#include "alerts/channel.h"
#include "base/result.h"
#include "store/records.h"

/// Alarms as JSON and as records of the store.
namespace hvac::alerts {

/// Everything about it; the form in which it is kept.
[[nodiscard]] boost::json::object json_of(const Alarm& alarm);

/// The same with what its definition says: title, text, meaning, action. The form of the API and
/// of messages.
[[nodiscard]] boost::json::object described(const Alarm& alarm);

/// The alarm of which `value` is the JSON. Errors: corrupt, naming the key.
[[nodiscard]] Result<Alarm> alarm_from(const boost::json::value& value);

[[nodiscard]] store::Alert record_of(const Alarm& alarm);
/// Errors: corrupt.
[[nodiscard]] Result<Alarm> alarm_from(const store::Alert& record);

/// A condition as another process leaves it, and back. Errors: corrupt.
[[nodiscard]] boost::json::object json_of(const Condition& condition);
[[nodiscard]] Result<Condition> condition_from(const boost::json::value& value);

/// A message as it waits on disk, and back. Errors: corrupt.
[[nodiscard]] boost::json::object json_of(const Message& message);
[[nodiscard]] Result<Message> message_from(const boost::json::value& value);

}  // namespace hvac::alerts
