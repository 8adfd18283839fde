#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "api/test_support.h"

// Counts what this thread allocates while it is asked to.
namespace {
thread_local bool counting = false;
thread_local int allocations = 0;

void* counted(std::size_t size) {
  if (counting) ++allocations;
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

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
  allocations = 0;
  counting = true;
  for (int i = 0; i < 100; ++i) ask();
  counting = false;
  EXPECT_EQ(allocations, 0);
}

}  // namespace
}  // namespace hvac::api
