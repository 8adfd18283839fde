#include "api/request_values.h"

#include <gtest/gtest.h>

namespace hvac::api {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kMidnight{std::chrono::sys_days{std::chrono::year{2026} / 1 / 31}};

Request asked(std::string_view query) {
  Request request;
  request.parameters[0] = {"asset", "cooler%2F1%20a+b"};
  request.parameters[1] = {"id", "12"};
  request.query = query;
  return request;
}

TEST(RequestValues, AreDecodedAndChecked) {
  const Request request = asked(
      "series=UCAOT,UCAF,,x%2Cy&from=2026-01-31T01:00:00+01:00&to=1769817600&points=100"
      "&empty=&word=a+b%C3%A9&na%6De=x&flag");
  RequestValues values(request);
  EXPECT_EQ(values.path("asset"), "cooler/1 a+b");
  EXPECT_EQ(values.path_number("id"), 12);
  EXPECT_EQ(values.words("series"), (std::vector<std::string>{"UCAOT", "UCAF", "x", "y"}));
  EXPECT_EQ(values.time("from"), kMidnight);
  EXPECT_EQ(values.time("to"), kMidnight);
  EXPECT_EQ(values.integer("points", 500, 1, 10'000), 100);
  EXPECT_EQ(values.integer("limit", 500, 1, 10'000), 500);
  EXPECT_EQ(values.text("empty"), std::nullopt);
  EXPECT_EQ(values.text("flag"), std::nullopt);
  EXPECT_EQ(values.text("word"), "a b\xC3\xA9");
  EXPECT_EQ(values.text("name"), "x");
  constexpr std::string_view kStates[] = {"open", "all"};
  EXPECT_EQ(values.choice("state", kStates), "open");
  Response response;
  EXPECT_FALSE(values.refused(response));
}

// Rejection: the first wrong value is named with its limit.
TEST(RequestValues, WrongOnesAreNamed) {
  const auto refusal = [](std::string_view query, auto read) {
    const Request request = asked(query);
    RequestValues values(request);
    read(values);
    Response response;
    EXPECT_TRUE(values.refused(response)) << query;
    EXPECT_EQ(response.status, 422) << query;
    return response.body;
  };
  using Values = RequestValues;
  EXPECT_NE(refusal("from=yesterday", [](Values& v) { v.time("from"); }).find("yesterday"),
            std::string::npos);
  const auto limit = [](Values& v) { v.integer("limit", 1, 1, 50); };
  for (const char* wrong : {"limit=0", "limit=51", "limit=5x", "limit=99999999999999999999"}) {
    EXPECT_NE(refusal(wrong, limit).find("1..50"), std::string::npos) << wrong;
  }
  for (const char* wrong : {"a=%", "a=%4", "a=%zz", "a=%00"}) {
    refusal(wrong, [](Values& v) { v.text("a"); });
  }
  refusal("", [](Values& v) { v.path_number("asset"); });
  constexpr std::string_view kStates[] = {"open", "all"};
  const auto state = [&](Values& v) { v.choice("state", kStates); };
  EXPECT_NE(refusal("state=closed", state).find("open, all"), std::string::npos);
}

TEST(BodyValues, AreReadOrNamed) {
  Request request;
  request.body = R"({"note":"why","minutes":30,"exclude":true,"part":1.5,"none":null})";
  BodyValues good(request);
  EXPECT_EQ(good.text("note"), "why");
  EXPECT_EQ(good.text("none"), "");
  EXPECT_EQ(good.required_text("note"), "why");
  EXPECT_EQ(good.integer("minutes", 1, 60), 30);
  EXPECT_TRUE(good.boolean("exclude"));
  Response response;
  EXPECT_FALSE(good.refused(response));

  const auto refusal = [&](std::string_view body, auto read) {
    request.body = body;
    BodyValues values(request);
    read(values);
    Response answer;
    EXPECT_TRUE(values.refused(answer)) << body;
    return answer.status;
  };
  EXPECT_EQ(refusal("{", [](BodyValues& v) { v.text("note"); }), 400);
  EXPECT_EQ(refusal("[]", [](BodyValues& v) { v.text("note"); }), 400);
  EXPECT_EQ(refusal(R"({"note":5})", [](BodyValues& v) { v.text("note"); }), 422);
  EXPECT_EQ(refusal(R"({"note":"long"})", [](BodyValues& v) { v.text("note", 3); }), 422);
  EXPECT_EQ(refusal("", [](BodyValues& v) { v.required_text("note"); }), 422);
  for (const char* wrong : {R"({"n":0})", R"({"n":1.5})", R"({"n":"1"})", R"({"n":1e300})", "{}"}) {
    EXPECT_EQ(refusal(wrong, [](BodyValues& v) { v.integer("n", 1, 9); }), 422) << wrong;
  }
  EXPECT_EQ(refusal(R"({"b":"true"})", [](BodyValues& v) { v.boolean("b"); }), 422);
}

}  // namespace
}  // namespace hvac::api
