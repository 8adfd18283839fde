#include <gtest/gtest.h>

#include "api/test_support.h"
#include "base/allocation_counter.h"

namespace hvac::api {
namespace {

Request prediction() {
  Request request;
  request.method = Method::post;
  request.method_text = "POST";
  request.path = "/predict";
  request.content_type = "application/json";
  request.remote = "127.0.0.1";
  request.body = testing::kSixFields;
  return request;
}

TEST(HotPath, APredictionAllocatesNothingAfterTheFirst) {
  testing::RunningService running;
  Service service(running.shared);
  const Request request = prediction();
  Response response;
  response.body.reserve(16 * 1024);
  const auto ask = [&] {
    response.clear();
    service.handle(request, response);
  };
  ask();
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(allocations_of([&] {
              for (int i = 0; i < 100; ++i) ask();
            }),
            0);
}

TEST(HotPath, NeitherDoesOneWithAKey) {
  testing::RunningService running;
  testing::Guarding guarding(running);
  const std::string key = guarding.key("load", Role::viewer);
  Service service(running.shared);
  Request request = prediction();
  request.api_key = key;
  Response response;
  response.body.reserve(16 * 1024);
  const auto ask = [&] {
    response.clear();
    service.handle(request, response);
  };
  ask();
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(allocations_of([&] {
              for (int i = 0; i < 100; ++i) ask();
            }),
            0);
}

}  // namespace
}  // namespace hvac::api
