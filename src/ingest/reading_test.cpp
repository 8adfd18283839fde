#include "ingest/reading.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace hvac::ingest {
namespace {

const auto kProfile = telemetry::unit_cooler_profile();

double value(const RawReading& reading, std::string_view tag) {
  return reading.values.at(*kProfile->find(tag));
}

TEST(Topic, NamesTheAsset) {
  EXPECT_EQ(asset_of_topic("hvac/sensors/data", "d"), "d");
  EXPECT_EQ(asset_of_topic("hvac/room 2/sensors", "d"), "room 2");
  for (const char* topic : {"", "hvac/sensors", "hvac//sensors", "hvac/a/b/sensors", "hvac/a/twin",
                            "other/a/sensors", "hvac/a\nb/sensors"}) {
    EXPECT_FALSE(asset_of_topic(topic, "d")) << topic;
  }
  EXPECT_FALSE(asset_of_topic("hvac/" + std::string(129, 'a') + "/sensors", "d"));
}

TEST(ReadingParser, ReadsEveryFormOfTimestamp) {
  ReadingParser parser(kProfile);
  RawReading reading;
  for (const char* time :
       {"\"2024-05-01T12:00:00Z\"", "\"2024-05-01 12:00:00\"", "\"2024-05-01T14:00:00.000+02:00\"",
        "1714564800", "1714564800.0", "1714564800000", "\"1714564800\""}) {
    const std::string text =
        R"({"timestamp": )" + std::string(time) + R"(, "data": {"UCWIT": 7.5}})";
    const auto parsed = parser.parse(text, reading);
    ASSERT_TRUE(parsed) << time << ": " << parsed.error().message;
    EXPECT_EQ(reading.time.time_since_epoch().count(), 1714564800000) << time;
  }
}

TEST(ReadingParser, PutsValuesInTheProfilesOrder) {
  ReadingParser parser(kProfile);
  RawReading reading;
  const auto parsed = parser.parse(
      R"( {"data": {"UCWIT": 7.5, "UCFS": -3, "XYZ": 1, "UCAIT": null, "UCWF": 1, "UCWF": 2e2},
           "site": {"deep": [1, {"x": "y"}]}, "timestamp": 1714564800} )",
      reading);
  ASSERT_TRUE(parsed) << parsed.error().message;
  ASSERT_EQ(reading.values.size(), kProfile->tags.size());
  EXPECT_EQ(value(reading, "UCWIT"), 7.5);
  EXPECT_EQ(value(reading, "UCFS"), -3.0);
  EXPECT_EQ(value(reading, "UCWF"), 200.0);
  EXPECT_TRUE(std::isnan(value(reading, "UCAIT")));
  EXPECT_TRUE(std::isnan(value(reading, "UCAOT")));
  EXPECT_EQ(parser.unknown_tags(), 1U);
  // Nothing of it is left in the next one.
  ASSERT_TRUE(parser.parse(R"({"timestamp":1714564801,"data":{"UCFS":4}})", reading));
  EXPECT_TRUE(std::isnan(value(reading, "UCWIT")));
  EXPECT_EQ(parser.unknown_tags(), 0U);
}

struct Refused {
  const char* payload;
  ErrorCode code;
  const char* says;
};

TEST(ReadingParser, RefusesWithAReason) {
  constexpr auto wrong = ErrorCode::invalid_argument;
  const Refused cases[] = {
      {"", wrong, "byte 0"},
      {"{", wrong, "byte"},
      {"7", wrong, "not an object"},
      {"[]", wrong, "not an object"},
      {"null", wrong, "timestamp is missing"},
      {"true", wrong, "not an object"},
      {R"({"data":{"UCFS":1}})", wrong, "timestamp is missing"},
      {R"({"timestamp":1714564800})", wrong, "data is missing"},
      {R"({"timestamp":1714564800,"data":5})", wrong, "data is a number"},
      {R"({"timestamp":1714564800,"data":[1]})", wrong, "data is an array"},
      {R"({"timestamp":null,"data":{"UCFS":1}})", wrong, "timestamp is null"},
      {R"({"timestamp":{},"data":{"UCFS":1}})", wrong, "timestamp is an object"},
      {R"({"timestamp":"yesterday","data":{"UCFS":1}})", wrong, "'yesterday'"},
      {R"({"timestamp":1,"data":{"UCFS":1}})", wrong, "1980"},
      {R"({"timestamp":"1012-05-01T12:00:00Z","data":{"UCFS":1}})", wrong, "1980"},
      {R"({"timestamp":1e300,"data":{"UCFS":1}})", wrong, "1980"},
      {R"({"timestamp":1714564800,"data":{"UCFS":"5"}})", wrong, "UCFS is a text"},
      {R"({"timestamp":1714564800,"data":{"UCFS":true}})", wrong, "UCFS is a truth value"},
      {R"({"timestamp":1714564800,"data":{"UCFS":{"v":1}}})", wrong, "UCFS is an object"},
      {R"({"timestamp":1714564800,"data":{"UCFS":[1]}})", wrong, "UCFS is an array"},
      {R"({"timestamp":1714564800,"data":{"UCFS":1e13}})", wrong, "1e+12"},
      {R"({"timestamp":1714564800,"data":{"UCFS":1e999}})", wrong, "UCFS is inf"},
      {R"({"timestamp":1714564800,"data":{"UCFS":NaN}})", wrong, "byte"},
      {R"({"timestamp":1714564800,"data":{"UCFS":1}} x)", wrong, "behind"},
      {R"({"timestamp":1714564800,"data":{"A":1,"B":2}})", ErrorCode::not_found, "no tag"},
      {R"({"timestamp":1714564800,"data":{}})", ErrorCode::not_found, "no tag"},
  };
  ReadingParser parser(kProfile);
  RawReading reading;
  for (const Refused& c : cases) {
    const auto parsed = parser.parse(c.payload, reading);
    ASSERT_FALSE(parsed) << c.payload;
    EXPECT_EQ(parsed.error().code, c.code) << c.payload;
    EXPECT_NE(parsed.error().message.find(c.says), std::string::npos)
        << c.payload << ": " << parsed.error().message;
  }
  const std::string deep = R"({"timestamp":1714564800,"x":)" + std::string(60'000, '[');
  EXPECT_FALSE(parser.parse(deep, reading));
  const auto huge = parser.parse(std::string(ReadingParser::kMostPayload + 1, ' '), reading);
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().code, ErrorCode::out_of_range);
  EXPECT_TRUE(parser.parse(R"({"timestamp":1714564800,"data":{"UCFS":1}})", reading));
}

}  // namespace
}  // namespace hvac::ingest
