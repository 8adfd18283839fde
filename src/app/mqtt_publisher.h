#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hvac::app {

/// Where a broker is: mqtt://[user[:password]@]host[:port].
struct MqttAddress {
  std::string host;
  int port = 1883;
  std::string user;  ///< Empty: none.
  std::string password;
};

/// Errors: invalid_argument, naming what is wrong in `url` (never the password).
[[nodiscard]] Result<MqttAddress> parse_mqtt_url(std::string_view url);

/// Sends messages to an MQTT broker so that each arrives at least once (QoS 1), some on their way
/// at a time. When the connection breaks it is made again and what was on its way is sent again.
/// Resource; one thread.
class MqttPublisher {
 public:
  /// Connects and waits for the broker's word. Errors: unavailable, naming host, port and reason.
  [[nodiscard]] static Result<MqttPublisher> connect(const MqttAddress& address);
  ~MqttPublisher();
  MqttPublisher(MqttPublisher&&) noexcept;
  MqttPublisher& operator=(MqttPublisher&&) noexcept;

  /// Hands a message over; waits when too many are on their way.
  /// Errors: unavailable when the broker is gone or does not answer in ten seconds.
  [[nodiscard]] Result<void> publish(const std::string& topic, const std::string& payload);

  /// Waits until the broker has all messages. Errors: as publish.
  [[nodiscard]] Result<void> flush();

 private:
  struct State;
  explicit MqttPublisher(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hvac::app
