#include <gtest/gtest.h>

#include "api/test_support.h"
#include "base/allocation_counter.h"

namespace hvac::api {
namespace {

TEST(HotPath, APredictionAllocatesNothingAfterTheFirst) {
  testing::RunningService running;
  Service service(running.shared);
  Request request;
  request.method = Method::post;
  request.method_text = "POST";
  request.path = "/predict";
  request.content_type = "application/json";
  request.remote = "127.0.0.1";
  request.body = testing::kSixFields;
  Response response;
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
