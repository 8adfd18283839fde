#include "api/route.h"

#include <gtest/gtest.h>

#include <vector>

namespace hvac::api {
namespace {

constexpr Route kTable[] = {
    {Method::get, "/models"},
    {Method::get, "/models/history"},
    {Method::get, "/models/{version}"},
    {Method::post, "/models/{version}"},
    {Method::post, "/proposals/{id}/{answer}"},
};

TEST(Route, IsFoundByPathAndMethod) {
  struct Case {
    std::string_view path;
    Method method;
    std::size_t route;
    bool fits;
    std::string_view first, second;
  };
  const std::vector<Case> cases = {
      {"/models", Method::get, 0, true, "", ""},
      {"/models/", Method::head, 0, true, "", ""},
      {"/models", Method::post, 0, false, "", ""},
      {"/models/history", Method::get, 1, true, "", ""},
      {"/models/v7", Method::get, 2, true, "v7", ""},
      {"/models/v7", Method::post, 3, true, "v7", ""},
      {"/models/history", Method::post, 3, true, "history", ""},
      {"/proposals/5/accept", Method::post, 4, true, "5", "accept"},
      {"/proposals/5/accept", Method::get, 4, false, "5", "accept"},
      {"/proposals/5", Method::post, 5, false, "", ""},
      {"/proposals//accept", Method::post, 5, false, "", ""},
      {"/proposals/5/accept/now", Method::post, 5, false, "", ""},
      {"/Models", Method::get, 5, false, "", ""},
      {"", Method::get, 5, false, "", ""},
      {"/", Method::get, 5, false, "", ""},
      {"//", Method::get, 5, false, "", ""},
  };
  for (const Case& test : cases) {
    const RouteMatch match = find_route(kTable, test.path, test.method);
    EXPECT_EQ(match.route, test.route) << test.path;
    EXPECT_EQ(match.method_fits, test.fits) << test.path;
    EXPECT_EQ(match.parameters[0].value, test.first) << test.path;
    EXPECT_EQ(match.parameters[1].value, test.second) << test.path;
  }
  EXPECT_EQ(find_route(kTable, "/proposals/5/accept", Method::post).parameters[1].name, "answer");
}

}  // namespace
}  // namespace hvac::api
