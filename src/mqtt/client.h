#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mqtt/packet.h"

/// MQTT v5 over TCP or TLS: what a subscriber and a publisher have in common.
namespace hvac::mqtt {

/// Where a broker is: mqtt[s]://[user[:password]@]host[:port], the port being 1883, of mqtts 8883.
struct Address {
  std::string host;
  std::uint16_t port = 1883;
  std::string user;  ///< Empty: none.
  std::string password;
  bool tls = false;
};

/// Errors: invalid_argument, naming what is wrong in `url` (never the password).
[[nodiscard]] Result<Address> parse_address(std::string_view url);

/// Only for addresses with TLS. The broker's certificate must be of its host's name.
struct Tls {
  std::filesystem::path authority;    ///< PEM of the CA; empty: those the system trusts.
  std::filesystem::path certificate;  ///< PEM of this client; empty: none.
  std::filesystem::path key;
};

struct Message {
  std::string topic;
  std::string payload;
  bool retain = false;
};

/// Waits between attempts double from `first` to `most`, each shortened at random by up to a half.
struct Backoff {
  std::chrono::milliseconds first{500};
  std::chrono::milliseconds most{30'000};
};

struct ClientOptions {
  Address address;
  Tls tls;
  std::string client_id;            ///< Of one client at a time; empty: the broker makes one up.
  std::optional<Will> will;         ///< Also published at a regular end.
  std::optional<Message> greeting;  ///< Published after every connect.
  std::chrono::seconds keep_alive{30};
  std::chrono::milliseconds connect_patience{10'000};  ///< From the resolver to the CONNACK.
  Backoff backoff;
  std::uint32_t maximum_packet = 1024 * 1024;  ///< [bytes] The broker drops what is larger.
};

/// How a client fares; a value.
struct LinkStatus {
  bool connected = false;
  std::uint64_t connects = 0;       ///< Since the start.
  std::uint64_t sessions_lost = 0;  ///< Reconnects at which the broker knew us no more.
  std::string last_error;           ///< Why the last connection ended or failed; empty: none did.
};

}  // namespace hvac::mqtt
