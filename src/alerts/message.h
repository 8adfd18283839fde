#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "alerts/alarm.h"
#include "alerts/channel.h"

/// The words that go out.
namespace hvac::alerts {

/// One line: where, what, value, limit. "cooler-1: a sensor gives little or nothing believable
/// (UCAIT)"
[[nodiscard]] std::string summary(const Alarm& alarm);

/// The message of an alarm that was raised or is over: tag, value, limit, since when, how sure,
/// what to do. `site`: who speaks.
[[nodiscard]] Message message_of(const Alarm& alarm, Announce announce, std::string_view site);

/// One message for several: the worst first, at most 20 by name. `beyond`: how many more there
/// were.
[[nodiscard]] Message digest_of(std::span<const Message> messages, std::size_t beyond,
                                std::string_view site);

/// What `alerts test` sends.
[[nodiscard]] Message test_message(std::string_view by, TimePoint now, std::string_view site);

}  // namespace hvac::alerts
