#include "api/json_writer.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "base/json.h"

namespace hvac::api {
namespace {

std::string number(double value) {
  std::string text;
  JsonWriter(text).number(value);
  return text;
}

TEST(JsonWriter, NumbersHaveFourDecimalsAtMost) {
  EXPECT_EQ(number(23.5), "23.5");
  EXPECT_EQ(number(-0.00004), "0");
  EXPECT_EQ(number(-0.12345), "-0.1235");
  EXPECT_EQ(number(0.0001), "0.0001");
  EXPECT_EQ(number(1e13), "10000000000000");
  EXPECT_EQ(number(1e300), "1e+300");
  EXPECT_EQ(number(std::nan("")), "null");
  EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "null");
}

// Property: whatever the value, the text reads back as it, to four decimals.
TEST(JsonWriter, NumbersReadBack) {
  std::mt19937_64 random{20260101};
  std::uniform_real_distribution<double> exponent{-5.0, 13.9};
  for (int i = 0; i < 10'000; ++i) {
    const double value = (i % 2 == 0 ? 1 : -1) * std::pow(10.0, exponent(random));
    const auto read = parse_json(number(value));
    ASSERT_TRUE(read) << number(value);
    EXPECT_NEAR(read->to_number<double>(), value, 6e-5 + 1e-15 * std::abs(value));
  }
}

// Property: any bytes make valid JSON.
TEST(JsonWriter, AnyBytesMakeValidText) {
  std::mt19937_64 random{20260102};
  std::uniform_int_distribution<int> byte{0, 255};
  for (int i = 0; i < 2'000; ++i) {
    std::string bytes;
    for (int n = i % 20; n > 0; --n) bytes += static_cast<char>(byte(random));
    std::string text;
    JsonWriter(text).text(bytes);
    EXPECT_TRUE(parse_json(text)) << text;
  }
  std::string text;
  JsonWriter(text).text("\"\\\n\x7f é\xff");
  EXPECT_EQ(text, "\"\\\"\\\\\\u000a\\u007f é\xEF\xBF\xBD\"");
}

TEST(JsonWriter, SeparatesWhatFollows) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("a").begin_array().integer(1).boolean(true).null().begin_object();
  json.end_object().end_array().key("b").text("x").end_object();
  EXPECT_EQ(text, R"({"a":[1,true,null,{}],"b":"x"})");
}

// Property: where a document is longer than what is gathered at a time, nothing is lost or doubled.
TEST(JsonWriter, LongDocumentsReadBack) {
  std::mt19937_64 random{20260103};
  std::uniform_int_distribution<std::size_t> length{0, 2'500};
  for (int i = 0; i < 200; ++i) {
    std::string text = "before ";
    boost::json::array expected;
    JsonWriter json(text);
    json.begin_object().key("a").begin_array();
    for (int n = 0; n < 20; ++n) {
      const std::string word(length(random), n % 2 == 0 ? 'x' : '"');
      const auto number = static_cast<std::int64_t>(random() >> 1);
      json.text(word).integer(number).raw("[]");
      expected.insert(expected.end(), {boost::json::value(word), number, boost::json::array()});
    }
    json.end_array().end_object();
    ASSERT_TRUE(text.starts_with("before {"));
    const auto read = parse_json(text.substr(7));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->at("a"), expected);
  }
}

}  // namespace
}  // namespace hvac::api
