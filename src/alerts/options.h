#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "alerts/alarm.h"
#include "alerts/machine.h"

namespace hvac::alerts {

/// What goes out on a channel.
struct ChannelOptions {
  bool enabled = false;
  Severity least = Severity::warning;  ///< Nothing below it.
  bool returned = false;               ///< Also say when an alarm that was told is over.
};

struct EmailOptions : ChannelOptions {
  std::string server;  ///< smtp://HOST[:PORT] (587) or smtps://HOST[:PORT] (465).
  /// Of smtp://: without STARTTLS nothing is sent, unless this is off.
  bool starttls = true;
  std::string from;
  std::vector<std::string> to;
  std::string user;                     ///< Empty: no login.
  std::filesystem::path password_file;  ///< First line; read at every delivery.
  std::filesystem::path ca_file;        ///< PEM; empty: the authorities the system trusts.
};

enum class WebhookFormat : std::uint8_t {
  slack,  ///< {"text": …}
  json,   ///< The whole alert.
};

struct WebhookOptions : ChannelOptions {
  std::filesystem::path url_file;  ///< First line: the address, which is a secret.
  WebhookFormat format = WebhookFormat::slack;
  std::filesystem::path ca_file;  ///< PEM; empty: the authorities the system trusts.
};

struct MqttOptions : ChannelOptions {
  std::string prefix = "hvac";  ///< Topic PREFIX/alerts/SEVERITY.
};

/// So many messages may follow each other at once; then one each `refill`. What comes meanwhile
/// goes out together in the next one.
struct RateOptions {
  int burst = 10;
  std::chrono::seconds refill{60};
};

/// How a delivery is tried again.
struct RetryOptions {
  std::chrono::milliseconds first{1000};  ///< Doubles from attempt to attempt ...
  std::chrono::milliseconds most{300'000};
  std::chrono::hours give_up{72};    ///< ... until a message is that old: dropped, and counted.
  int refusals = 5;                  ///< A message that the peer refuses is dropped after so many.
  std::chrono::seconds timeout{30};  ///< Of one attempt.
  std::size_t most_waiting = 1000;   ///< Messages of a channel; beyond it they are only counted.
};

/// Section [alerts].
struct Options {
  MachineOptions machine;
  std::string site = "hvac-twin";  ///< Who speaks: in subjects and texts.
  MqttOptions mqtt{{true, Severity::info, true}, "hvac"};
  EmailOptions email;
  WebhookOptions webhook;
  RateOptions rate;
  RetryOptions retry;
};

/// Errors: invalid_argument, naming the key and what is wrong with its value.
[[nodiscard]] Result<void> check(const Options& options);

}  // namespace hvac::alerts
