#include "mqtt/packet.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "mqtt/client.h"

namespace hvac::mqtt {
namespace {

using namespace std::string_literals;
constexpr std::size_t kLimit = 1 << 20;

Result<Packet> decoded(const std::string& bytes) {
  const auto frame = next_frame(bytes, kLimit);
  if (!frame) return fail(frame.error());
  if (!*frame) return fail(ErrorCode::not_found, "more bytes are needed");
  return decode(**frame);
}

// Golden: byte by byte from OASIS MQTT 5.0, 3.1 and 3.8.
TEST(Packet, ConnectHasTheStandardsBytes) {
  Connect connect;
  connect.client_id = "c";
  connect.user = "u";
  connect.password = "p";
  connect.will = Will{"w", "x", true};
  connect.keep_alive_s = 30;
  connect.session_expiry_s = 60;
  connect.receive_maximum = 20;
  connect.maximum_packet = 1024;
  std::string bytes;
  ASSERT_TRUE(encode(bytes, connect));
  EXPECT_EQ(bytes,
            "\x10\x28\x00\x04MQTT\x05\xEC\x00\x1E\x0D"
            "\x11\x00\x00\x00\x3C\x21\x00\x14\x27\x00\x00\x04\x00"
            "\x00\x01"
            "c\x00\x00\x01w\x00\x01x\x00\x01u\x00\x01p"s);
}

TEST(Packet, AcknowledgementsAndPingHaveTheStandardsBytes) {
  std::string bytes;
  encode(bytes, PubAck{0x1234, 0});
  encode_ping(bytes);
  encode(bytes, Disconnect{4});
  EXPECT_EQ(bytes, "\x40\x02\x12\x34\xC0\x00\xE0\x01\x04"s);
}

// Property: what is written is read back, whatever its size.
TEST(Packet, PublishComesBackAsItWent) {
  std::mt19937_64 random{7};
  for (std::size_t size : {0, 1, 100, 126, 127, 128, 16'382, 16'383, 16'384, 70'000}) {
    std::string payload(size, '\0');
    for (char& c : payload) c = static_cast<char>(random());
    std::string bytes;
    ASSERT_TRUE(encode(bytes, Publish{"hvac/ü/sensors", payload, 77, 1, true, true}));
    const auto packet = decoded(bytes);
    ASSERT_TRUE(packet) << packet.error().message;
    const auto& publish = std::get<Publish>(*packet);
    EXPECT_EQ(publish.topic, "hvac/ü/sensors");
    EXPECT_EQ(publish.payload, payload);
    EXPECT_EQ(publish.id, 77);
    EXPECT_TRUE(publish.retain && publish.duplicate);
    // Rejection: every shorter piece asks for more, or is no whole packet.
    const auto shorter = next_frame(std::string_view(bytes).substr(0, bytes.size() - 1), kLimit);
    ASSERT_TRUE(shorter);
    EXPECT_FALSE(*shorter);
  }
}

TEST(Packet, ConnackTellsTheBrokersLimits) {
  const auto packet = decoded("\x20\x0E\x01\x00\x0B\x21\x00\x0A\x27\x00\x00\x07\xD0\x13\x00\x3C"s);
  ASSERT_TRUE(packet) << packet.error().message;
  const auto& answer = std::get<ConnAck>(*packet);
  EXPECT_TRUE(answer.session_present);
  EXPECT_EQ(answer.receive_maximum, 10);
  EXPECT_EQ(answer.maximum_packet, 2000U);
  EXPECT_EQ(answer.keep_alive_s, 60);
}

TEST(Packet, RejectsWhatIsMalformed) {
  const std::pair<const char*, std::string> cases[] = {
      {"length of five bytes", "\x30\xFF\xFF\xFF\xFF\x01"s},
      {"reserved type", "\x00\x00"s},
      {"flags of PUBACK", "\x41\x02\x00\x01"s},
      {"PUBACK of id 0", "\x40\x02\x00\x00"s},
      {"PUBACK too short", "\x40\x01\x00"s},
      {"QoS 2", "\x34\x06\x00\x01t\x00\x01\x00"s},
      {"QoS 1 with id 0", "\x32\x06\x00\x01t\x00\x00\x00"s},
      {"no topic", "\x30\x03\x00\x00\x00"s},
      {"topic with a wildcard", "\x30\x04\x00\x01#\x00"s},
      {"topic that is no UTF-8", "\x30\x04\x00\x01\xFF\x00"s},
      {"topic longer than the packet", "\x30\x04\x00\x09t\x00"s},
      {"topic alias", "\x30\x07\x00\x01t\x03\x23\x00\x01"s},
      {"unknown property", "\x30\x06\x00\x01t\x02\x7F\x00"s},
      {"properties longer than the packet", "\x30\x04\x00\x01t\x7F"s},
      {"CONNACK with a receive maximum of 0", "\x20\x06\x00\x00\x03\x21\x00\x00"s},
      {"SUBACK without a reason", "\x90\x03\x00\x01\x00"s},
      {"PINGRESP with a body", "\xD0\x01\x00"s},
      {"AUTH", "\xF0\x00"s},
  };
  for (const auto& [what, bytes] : cases) {
    const auto packet = decoded(bytes);
    ASSERT_FALSE(packet) << what;
    EXPECT_EQ(packet.error().code, ErrorCode::corrupt) << what << ": " << packet.error().message;
  }
}

TEST(Packet, RefusesWhatIsTooLargeBeforeItIsThere) {
  const auto frame = next_frame("\x30\xFF\xFF\x7F"s, 1000);
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().code, ErrorCode::out_of_range);
  EXPECT_NE(frame.error().message.find("1000"), std::string::npos);
  std::string out;
  EXPECT_FALSE(encode(out, Publish{"a/#", "", 1, 1, false, false}));
  Connect connect;
  connect.client_id = std::string(70'000, 'c');
  EXPECT_FALSE(encode(out, connect));
}

TEST(Address, IsReadFromItsUrl) {
  const auto full = parse_address("mqtts://ship:p:w@broker.local:2883/");
  ASSERT_TRUE(full) << full.error().message;
  EXPECT_EQ(full->host, "broker.local");
  EXPECT_EQ(full->port, 2883);
  EXPECT_EQ(full->user, "ship");
  EXPECT_EQ(full->password, "p:w");
  EXPECT_TRUE(full->tls);
  EXPECT_EQ(parse_address("mqtt://127.0.0.1")->port, 1883);
  EXPECT_EQ(parse_address("mqtts://a")->port, 8883);
  EXPECT_EQ(parse_address("mqtt://[::1]:99")->host, "::1");
  EXPECT_EQ(parse_address("mqtt://[::1]")->port, 1883);
}

// Rejection: says what is wrong, and never the password.
TEST(Address, RejectsOthers) {
  for (const char* url : {"", "127.0.0.1", "http://a", "mqtt://", "mqtt://a:0", "mqtt://a:99999",
                          "mqtt://a:x", "mqtt://a/topic", "mqtt://u:secret@"}) {
    const auto address = parse_address(url);
    ASSERT_FALSE(address) << url;
    EXPECT_EQ(address.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(address.error().message.find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace hvac::mqtt
