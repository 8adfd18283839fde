#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "alerts/alarm.h"
#include "base/result.h"

namespace hvac::alerts {

/// What goes out: finished texts. A value.
struct Message {
  std::string key;  ///< The same when the same message is sent again.
  Severity severity{};
  TimePoint time;
  std::string subject;  ///< One line.
  std::string text;     ///< For people, lines ended by \n.
  std::string json;     ///< For machines.
};

/// A way out. One thread at a time.
class Channel {
 public:
  virtual ~Channel() = default;

  /// Hands `message` over and waits until the other side has it, not longer than its timeout.
  /// Returns what exactly happened, for people, without secrets.
  /// Errors: unavailable or timed_out when it may work later; rejected when the other side
  /// understood and refused; invalid_argument when the configuration cannot work.
  [[nodiscard]] virtual Result<std::string> send(const Message& message,
                                                 const std::stop_token& stop) = 0;
};

}  // namespace hvac::alerts
