#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

/// The packets of MQTT v5 that a QoS 1 client sends and receives, as values. Pure functions: no
/// I/O, any thread. Source: OASIS MQTT Version 5.0, ch. 2 and 3.
namespace hvac::mqtt {

/// The most that the format can carry [bytes of a packet's body].
inline constexpr std::size_t kGreatestBody = 268'435'455;

/// A message that the broker publishes when this client is lost without a farewell.
struct Will {
  std::string topic;
  std::string payload;
  bool retain = true;
};

struct Connect {
  std::string client_id;
  std::string user;  ///< Empty: none.
  std::string password;
  std::optional<Will> will;
  bool clean_start = false;
  std::uint16_t keep_alive_s = 30;
  std::uint32_t session_expiry_s = 0;
  std::uint16_t receive_maximum = 65535;       ///< 1 .. 65535
  std::uint32_t maximum_packet = 1024 * 1024;  ///< [bytes], at least 1
};

struct ConnAck {
  bool session_present = false;
  std::uint8_t reason = 0;
  std::uint16_t receive_maximum = 65535;
  std::uint32_t maximum_packet = static_cast<std::uint32_t>(kGreatestBody);
  std::uint8_t maximum_qos = 2;
  std::optional<std::uint16_t> keep_alive_s;  ///< When the broker wants another one.
  std::string explanation;                    ///< The broker's own words; mostly none.
};

/// Views into the bytes that it was decoded from.
struct Publish {
  std::string_view topic;
  std::string_view payload;
  std::uint16_t id = 0;  ///< 0 for QoS 0.
  std::uint8_t qos = 0;  ///< 0 or 1
  bool retain = false;
  bool duplicate = false;
};

struct PubAck {
  std::uint16_t id = 0;
  std::uint8_t reason = 0;
};

struct Subscribe {
  std::uint16_t id = 1;
  std::vector<std::string> filters;  ///< At QoS 1; at least one.
};

struct SubAck {
  std::uint16_t id = 0;
  std::vector<std::uint8_t> reasons;  ///< One per filter; 0x80 and above: refused.
};

struct Disconnect {
  std::uint8_t reason = 0;
};

struct PingResponse {};

/// What a broker may send to a client that subscribes at QoS 1.
using Packet = std::variant<ConnAck, Publish, PubAck, SubAck, Disconnect, PingResponse>;

/// One packet as cut out of a stream; `body` is a view.
struct Frame {
  std::uint8_t first = 0;  ///< Type and flags.
  std::string_view body;
  std::size_t size = 0;  ///< Of the whole packet [bytes].
};

/// The packet at the beginning of `bytes`; nothing when more bytes are needed.
/// Errors: corrupt for a malformed length; out_of_range for a packet above `maximum_packet` bytes.
[[nodiscard]] Result<std::optional<Frame>> next_frame(std::string_view bytes,
                                                      std::size_t maximum_packet);

/// Errors: corrupt, saying what is wrong with which packet.
[[nodiscard]] Result<Packet> decode(const Frame& frame);

/// The packet appended to `out`.
/// Errors: out_of_range when a text is above 65,535 bytes or the packet above the format's limit.
[[nodiscard]] Result<void> encode(std::string& out, const Connect& packet);
[[nodiscard]] Result<void> encode(std::string& out, const Publish& packet);
[[nodiscard]] Result<void> encode(std::string& out, const Subscribe& packet);
void encode(std::string& out, const PubAck& packet);
void encode(std::string& out, const Disconnect& packet);
void encode_ping(std::string& out);

/// Whether a message may be published there: UTF-8, not empty, no wildcard, at most 65,535 bytes.
bool is_topic(std::string_view topic);

/// What a broker means by that reason code of a CONNACK, SUBACK, PUBACK or DISCONNECT.
std::string reason_text(std::uint8_t reason);

}  // namespace hvac::mqtt
