#include <gtest/gtest.h>

#include "api/live_service.h"
#include "plant/plant.h"

namespace hvac::app {
namespace {

api::DemoControl switchboard(std::vector<std::string>& on) {
  api::DemoControl control;
  control.start = [&on](std::string_view fault) -> Result<void> {
    const auto known = plant::fault_named(fault, 0.0);
    if (!known) return fail(known.error());
    on.emplace_back(fault);
    return {};
  };
  control.stop = [&on](std::string_view fault) -> Result<void> {
    if (std::erase(on, fault) == 0) return fail(ErrorCode::not_found, "not on");
    return {};
  };
  control.active = [&on] { return on; };
  return control;
}

TEST(DemoFaults, AreSwitchedByNameAndWrongOnesAreNamed) {
  std::vector<std::string> on;
  const api::DemoControl control = switchboard(on);
  api::Response response;
  api::switch_fault(control, R"({"fault":"valve-stuck","action":"start"})", response);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"active":["valve-stuck"]})");

  for (const auto& [body, status, says] : std::vector<std::tuple<std::string, int, std::string>>{
           {R"({"fault":"valve-stuk","action":"start"})", 400, "valve-stuk"},
           {R"({"fault":"pump-degradation","action":"stop"})", 404, "not on"},
           {R"({"fault":"valve-stuck","action":"toggle"})", 422, "toggle"},
           {R"({"action":"start"})", 422, "fault"},
           {"[1,", 400, "byte"}}) {
    response.clear();
    api::switch_fault(control, body, response);
    EXPECT_EQ(response.status, status) << body << response.body;
    EXPECT_NE(response.body.find(says), std::string::npos) << response.body;
  }
  response.clear();
  api::switch_fault(control, R"({"fault":"valve-stuck","action":"stop"})", response);
  EXPECT_EQ(response.body, R"({"active":[]})");
}

}  // namespace
}  // namespace hvac::app
