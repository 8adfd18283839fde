#include "mqtt/packet.h"

#include <algorithm>
#include <array>
#include <utility>

namespace hvac::mqtt {
namespace {

enum Type : std::uint8_t {
  connect = 1,
  connack = 2,
  publish = 3,
  puback = 4,
  subscribe = 8,
  suback = 9,
  pingreq = 12,
  pingresp = 13,
  disconnect = 14,
};

// Properties that this client sends or reads.
enum Property : std::uint8_t {
  session_expiry = 0x11,
  server_keep_alive = 0x13,
  reason_string = 0x1F,
  receive_maximum = 0x21,
  topic_alias = 0x23,
  maximum_qos = 0x24,
  maximum_packet = 0x27,
};

constexpr std::size_t kGreatestText = 65535;
constexpr int kTypeShift = 4;
constexpr std::uint8_t kFlagsMask = 0x0F;

tl::unexpected<Error> malformed(std::string what) {
  return fail(ErrorCode::corrupt, "malformed MQTT packet: " + std::move(what));
}

// --- reading ------------------------------------------------------------------------------------

// Takes fields off the front of a packet's body. After the first one that is not there, all that
// follows are empty and `good` says no.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool good() const { return good_; }
  bool done() const { return rest_.empty(); }

  std::string_view bytes(std::size_t n) {
    if (n > rest_.size()) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }
  std::string_view remaining() { return std::exchange(rest_, {}); }

  std::uint32_t number(std::size_t width) {
    std::uint32_t value = 0;
    for (const char c : bytes(width)) value = value << 8 | static_cast<std::uint8_t>(c);
    return value;
  }
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return number(4); }
  std::string_view text() { return bytes(u16()); }

  std::uint32_t variable() {
    std::uint32_t value = 0;
    for (int shift = 0; shift <= 21; shift += 7) {
      const std::uint8_t byte = u8();
      value |= static_cast<std::uint32_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    good_ = false;
    return 0;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

// How a property's value is laid out; OASIS MQTT 5.0, table 2-4.
enum class Layout : std::uint8_t { none, u8, u16, u32, variable, text, pair };

Layout layout_of(std::uint8_t property) {
  switch (property) {
    case 0x01:
    case 0x17:
    case 0x19:
    case 0x24:
    case 0x25:
    case 0x28:
    case 0x29:
    case 0x2A:
      return Layout::u8;
    case 0x13:
    case 0x21:
    case 0x22:
    case 0x23:
      return Layout::u16;
    case 0x02:
    case 0x11:
    case 0x18:
    case 0x27:
      return Layout::u32;
    case 0x0B:
      return Layout::variable;
    case 0x03:
    case 0x08:
    case 0x09:
    case 0x12:
    case 0x15:
    case 0x16:
    case 0x1A:
    case 0x1C:
    case 0x1F:
      return Layout::text;
    case 0x26:
      return Layout::pair;
    default:
      return Layout::none;
  }
}

// Calls `use(property, number, text)` for each property of the section at the reader's front.
template <class Use>
bool read_properties(Reader& reader, Use use) {
  Reader section(reader.bytes(reader.variable()));
  while (reader.good() && section.good() && !section.done()) {
    const std::uint8_t property = section.u8();
    std::uint32_t number = 0;
    std::string_view text;
    switch (layout_of(property)) {
      case Layout::none:
        return false;
      case Layout::u8:
        number = section.u8();
        break;
      case Layout::u16:
        number = section.u16();
        break;
      case Layout::u32:
        number = section.u32();
        break;
      case Layout::variable:
        number = section.variable();
        break;
      case Layout::text:
        text = section.text();
        break;
      case Layout::pair:
        section.text();
        text = section.text();
        break;
    }
    if (section.good()) use(property, number, text);
  }
  return reader.good() && section.good();
}

bool skip_properties(Reader& reader) {
  return read_properties(reader, [](std::uint8_t, std::uint32_t, std::string_view) {});
}

Result<Packet> decode_connack(Reader reader) {
  ConnAck packet;
  const std::uint8_t flags = reader.u8();
  packet.session_present = flags == 1;
  packet.reason = reader.u8();
  const bool read = read_properties(
      reader, [&](std::uint8_t property, std::uint32_t number, std::string_view text) {
        if (property == receive_maximum)
          packet.receive_maximum = static_cast<std::uint16_t>(number);
        if (property == maximum_packet) packet.maximum_packet = number;
        if (property == maximum_qos) packet.maximum_qos = static_cast<std::uint8_t>(number);
        if (property == server_keep_alive) packet.keep_alive_s = static_cast<std::uint16_t>(number);
        if (property == reason_string) packet.explanation = text;
      });
  if (!read || !reader.done() || flags > 1) return malformed("CONNACK");
  if (packet.receive_maximum == 0 || packet.maximum_packet == 0) {
    return malformed("CONNACK with a limit of 0");
  }
  return packet;
}

Result<Packet> decode_publish(std::uint8_t flags, Reader reader) {
  Publish packet;
  packet.qos = static_cast<std::uint8_t>(flags >> 1 & 3);
  packet.retain = (flags & 1) != 0;
  packet.duplicate = (flags & 8) != 0;
  if (packet.qos > 1) return malformed("PUBLISH of a QoS that was not asked for");
  packet.topic = reader.text();
  if (packet.qos == 1) packet.id = reader.u16();
  bool alias = false;
  const bool read =
      read_properties(reader, [&](std::uint8_t property, std::uint32_t, std::string_view) {
        alias = alias || property == topic_alias;
      });
  if (!read) return malformed("PUBLISH");
  if (packet.qos == 1 && packet.id == 0) return malformed("PUBLISH with packet id 0");
  if (alias) return malformed("PUBLISH with a topic alias, which was not offered");
  if (!is_topic(packet.topic)) return malformed("PUBLISH without a proper topic");
  packet.payload = reader.remaining();
  return packet;
}

Result<Packet> decode_puback(Reader reader) {
  PubAck packet;
  packet.id = reader.u16();
  if (!reader.done()) packet.reason = reader.u8();
  if (!reader.done() && !skip_properties(reader)) return malformed("PUBACK");
  if (!reader.good() || !reader.done() || packet.id == 0) return malformed("PUBACK");
  return packet;
}

Result<Packet> decode_suback(Reader reader) {
  SubAck packet;
  packet.id = reader.u16();
  if (!skip_properties(reader) || reader.done()) return malformed("SUBACK");
  for (const char c : reader.remaining()) packet.reasons.push_back(static_cast<std::uint8_t>(c));
  return packet;
}

Result<Packet> decode_disconnect(Reader reader) {
  Disconnect packet;
  if (!reader.done()) packet.reason = reader.u8();
  if (!reader.done() && !skip_properties(reader)) return malformed("DISCONNECT");
  if (!reader.good() || !reader.done()) return malformed("DISCONNECT");
  return packet;
}

// --- writing ------------------------------------------------------------------------------------

void put_number(std::string& out, std::uint32_t value, int width) {
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift & 0xFF));
  }
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, static_cast<std::uint32_t>(text.size()), 2);
  out += text;
}

void put_variable(std::string& out, std::size_t value) {
  do {
    const auto low = static_cast<std::uint8_t>(value & 0x7F);
    value >>= 7;
    out.push_back(static_cast<char>(value > 0 ? low | 0x80 : low));
  } while (value > 0);
}

void put_header(std::string& out, Type type, std::uint8_t flags, std::size_t body) {
  out.push_back(static_cast<char>(type << kTypeShift | flags));
  put_variable(out, body);
}

Result<void> fits(std::string_view text, const char* what) {
  if (text.size() <= kGreatestText) return {};
  return fail(ErrorCode::out_of_range, std::string("MQTT ") + what + " has " +
                                           std::to_string(text.size()) +
                                           " bytes, the most is 65535");
}

// True for well-formed UTF-8 without U+0000 (surrogates and overlong forms are not well-formed).
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[i++]);
    if (lead == 0) return false;
    if (lead < 0x80) continue;
    const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4) return false;
    std::uint32_t code = lead & (0x3Fu >> more);
    for (int k = 0; k < more; ++k, ++i) {
      if (i >= text.size()) return false;
      const auto next = static_cast<std::uint8_t>(text[i]);
      if ((next & 0xC0) != 0x80) return false;
      code = code << 6 | (next & 0x3Fu);
    }
    constexpr std::array<std::uint32_t, 4> kLeast = {0, 0x80, 0x800, 0x10000};
    if (code < kLeast[static_cast<std::size_t>(more)] || code > 0x10FFFF) return false;
    if (code >= 0xD800 && code <= 0xDFFF) return false;
  }
  return true;
}

}  // namespace

Result<std::optional<Frame>> next_frame(std::string_view bytes, std::size_t maximum_size) {
  std::size_t length = 0;
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(bytes[i]);
    length |= static_cast<std::size_t>(byte & 0x7F) << (7 * (i - 1));
    if ((byte & 0x80) != 0) {
      if (i == 4) return malformed("length of more than four bytes");
      continue;
    }
    const std::size_t size = 1 + i + length;
    if (size > maximum_size) {
      return fail(ErrorCode::out_of_range, "MQTT packet of " + std::to_string(size) +
                                               " bytes, the most is " +
                                               std::to_string(maximum_size));
    }
    if (bytes.size() < size) return std::optional<Frame>();
    return Frame{static_cast<std::uint8_t>(bytes[0]), bytes.substr(1 + i, length), size};
  }
  return std::optional<Frame>();
}

Result<Packet> decode(const Frame& frame) {
  const int type = frame.first >> kTypeShift;
  const std::uint8_t flags = frame.first & kFlagsMask;
  const Reader reader(frame.body);
  if (type == publish) return decode_publish(flags, reader);
  if (flags != 0) return malformed("flags of packet type " + std::to_string(type));
  switch (type) {
    case connack:
      return decode_connack(reader);
    case puback:
      return decode_puback(reader);
    case suback:
      return decode_suback(reader);
    case disconnect:
      return decode_disconnect(reader);
    case pingresp:
      if (!reader.done()) return malformed("PINGRESP");
      return PingResponse{};
    default:
      return malformed("type " + std::to_string(type) + " was not asked for");
  }
}

Result<void> encode(std::string& out, const Connect& packet) {
  for (const std::string& text : {packet.client_id, packet.user, packet.password}) {
    if (auto good = fits(text, "client id, user or password"); !good) return good;
  }
  std::string body;
  put_text(body, "MQTT");
  constexpr std::uint32_t kVersion = 5;
  put_number(body, kVersion, 1);
  std::uint32_t flags = packet.clean_start ? 0x02 : 0;
  constexpr std::uint32_t kWillQos1 = 0x04 | 0x08;
  if (packet.will) flags |= kWillQos1 | (packet.will->retain ? 0x20u : 0u);
  if (!packet.user.empty()) flags |= 0x80 | 0x40;
  put_number(body, flags, 1);
  put_number(body, packet.keep_alive_s, 2);

  std::string properties;
  put_number(properties, session_expiry, 1);
  put_number(properties, packet.session_expiry_s, 4);
  put_number(properties, receive_maximum, 1);
  put_number(properties, packet.receive_maximum, 2);
  put_number(properties, maximum_packet, 1);
  put_number(properties, packet.maximum_packet, 4);
  put_variable(body, properties.size());
  body += properties;

  put_text(body, packet.client_id);
  if (packet.will) {
    if (auto good = fits(packet.will->payload, "last will"); !good) return good;
    if (!is_topic(packet.will->topic)) {
      return fail(ErrorCode::invalid_argument, "'" + packet.will->topic + "' is no MQTT topic");
    }
    put_variable(body, 0);
    put_text(body, packet.will->topic);
    put_text(body, packet.will->payload);
  }
  if (!packet.user.empty()) {
    put_text(body, packet.user);
    put_text(body, packet.password);
  }
  put_header(out, connect, 0, body.size());
  out += body;
  return {};
}

Result<void> encode(std::string& out, const Publish& packet) {
  if (!is_topic(packet.topic)) {
    return fail(ErrorCode::invalid_argument,
                "'" + std::string(packet.topic) + "' is no MQTT topic");
  }
  const std::size_t body =
      2 + packet.topic.size() + (packet.qos > 0 ? 2 : 0) + 1 + packet.payload.size();
  if (body > kGreatestBody) {
    return fail(ErrorCode::out_of_range, "MQTT message of " + std::to_string(body) +
                                             " bytes, the most is " +
                                             std::to_string(kGreatestBody));
  }
  const unsigned flags = (packet.duplicate ? 8u : 0u) | static_cast<unsigned>(packet.qos << 1) |
                         (packet.retain ? 1u : 0u);
  put_header(out, publish, static_cast<std::uint8_t>(flags), body);
  put_text(out, packet.topic);
  if (packet.qos > 0) put_number(out, packet.id, 2);
  put_variable(out, 0);
  out += packet.payload;
  return {};
}

Result<void> encode(std::string& out, const Subscribe& packet) {
  std::string body;
  put_number(body, packet.id, 2);
  put_variable(body, 0);
  for (const std::string& filter : packet.filters) {
    if (auto good = fits(filter, "topic filter"); !good) return good;
    put_text(body, filter);
    // QoS 1; retained messages only when the subscription is new.
    constexpr std::uint32_t kOptions = 0x01 | 0x10;
    // A shared subscription never gets retained messages; both have the same options.
    put_number(body, kOptions, 1);
  }
  constexpr std::uint8_t kFlags = 2;
  put_header(out, subscribe, kFlags, body.size());
  out += body;
  return {};
}

void encode(std::string& out, const PubAck& packet) {
  put_header(out, puback, 0, packet.reason == 0 ? 2 : 3);
  put_number(out, packet.id, 2);
  if (packet.reason != 0) put_number(out, packet.reason, 1);
}

void encode(std::string& out, const Disconnect& packet) {
  put_header(out, disconnect, 0, 1);
  put_number(out, packet.reason, 1);
}

void encode_ping(std::string& out) { put_header(out, pingreq, 0, 0); }

bool is_topic(std::string_view topic) {
  return !topic.empty() && topic.size() <= kGreatestText &&
         topic.find_first_of("+#") == std::string_view::npos && is_utf8(topic);
}

std::string reason_text(std::uint8_t reason) {
  static constexpr std::pair<std::uint8_t, std::string_view> kTexts[] = {
      {0x00, "success"},
      {0x10, "no subscriber"},
      {0x80, "unspecified error"},
      {0x81, "malformed packet"},
      {0x82, "protocol error"},
      {0x83, "refused by the broker's implementation"},
      {0x84, "the broker does not speak MQTT v5"},
      {0x85, "client id not valid"},
      {0x86, "bad user name or password"},
      {0x87, "not authorised"},
      {0x88, "broker unavailable"},
      {0x89, "broker busy"},
      {0x8A, "banned"},
      {0x8B, "broker shutting down"},
      {0x8D, "keep-alive timed out"},
      {0x8E, "session taken over by another client of the same id"},
      {0x8F, "topic filter not valid"},
      {0x90, "topic name not valid"},
      {0x93, "more messages than the receive maximum"},
      {0x95, "packet too large"},
      {0x97, "quota exceeded"},
      {0x9E, "shared subscriptions not supported"},
  };
  const auto* found =
      std::ranges::find(kTexts, reason, [](const auto& entry) { return entry.first; });
  if (found != std::end(kTexts)) return std::string(found->second);
  return "reason " + std::to_string(reason);
}

}  // namespace hvac::mqtt
