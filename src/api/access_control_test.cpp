#include "api/access_control.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "api/live_service.h"
#include "api/test_support.h"

namespace hvac::api {
namespace {

using namespace std::chrono_literals;
using testing::Client;
using testing::Guarding;
using testing::kSixFields;
using testing::RunningService;

std::string bearer(const std::string& key) { return "Authorization: Bearer " + key + "\r\n"; }

TEST(AccessControl, WithoutKeysThisMachineIsTheAdminAndForeignPagesAreRefused) {
  RunningService service;
  Guarding guarding(service);
  Client client(service.server->port());
  EXPECT_EQ(client.get("/api/v1/me").body(), R"({"name":"local","role":"admin"})");
  const auto asked = [&](std::string_view headers) {
    Client page(service.server->port());
    page.send("GET /api/v1/me HTTP/1.1\r\n" + std::string(headers) + "\r\n");
    return page.receive().value().result_int();
  };
  EXPECT_EQ(asked("Host: 127.0.0.1:8501\r\nOrigin: http://127.0.0.1:8501\r\n"), 200u);
  EXPECT_EQ(asked("Host: [::1]:8501\r\n"), 200u);
  EXPECT_EQ(asked("Host: localhost\r\n"), 200u);
  EXPECT_EQ(asked("Host: 127.0.0.1:8501\r\nOrigin: http://evil.example\r\n"), 403u);
  EXPECT_EQ(asked("Host: 127.0.0.1:8501\r\nOrigin: null\r\n"), 403u);
  EXPECT_EQ(asked("Host: rebound.evil.example\r\n"), 403u);
}

TEST(AccessControl, WiderThanThisMachineNobodyIsServedWithoutKeys) {
  RunningService service;
  AccessOptions options;
  options.keyless = AccessOptions::Keyless::nobody;
  Guarding guarding(service, options);
  Client client(service.server->port());
  EXPECT_EQ(client.get("/api/v1/me").result_int(), 401u);
  EXPECT_EQ(client.get("/health").result_int(), 200u);
}

TEST(AccessControl, EachRoleMayWhatItMay) {
  RunningService service;
  Guarding guarding(service);
  const std::string viewer = guarding.key("display", Role::viewer);
  const std::string engineer = guarding.key("ann", Role::operator_);
  Client client(service.server->port());
  const auto none = client.get("/api/v1/me");
  EXPECT_EQ(none.result_int(), 401u);
  EXPECT_EQ(none["WWW-Authenticate"], "Bearer");
  EXPECT_EQ(none["Cache-Control"], "no-store");
  EXPECT_EQ(client.get("/api/v1/me", bearer(viewer)).body(),
            R"({"name":"display","role":"viewer"})");
  EXPECT_EQ(client.get("/api/v1/me", "X-API-Key: " + engineer + "\r\n").body(),
            R"({"name":"ann","role":"operator"})");
  EXPECT_EQ(client.get("/api/v1/me", bearer(viewer + "0")).result_int(), 401u);
  for (const char* open : {"/health", "/health/live", "/docs", "/openapi.json", "/"}) {
    EXPECT_LT(client.get(open).result_int(), 400u) << open;
  }
  const std::string fault = R"({"fault":"x","action":"start"})";
  EXPECT_EQ(
      client.post("/api/v1/demo/faults", fault, "application/json", bearer(viewer)).result_int(),
      403u);
  EXPECT_EQ(
      client.post("/api/v1/demo/faults", fault, "application/json", bearer(engineer)).result_int(),
      404u)
      << "there is no demo, but the operator may ask";
  const auto entries = guarding.entries.with([](const auto& list) { return list; });
  ASSERT_EQ(entries.size(), 4u);
  EXPECT_EQ(entries[0].actor, "nobody");
  EXPECT_EQ(entries[0].action, "denied");
  EXPECT_EQ(entries[2].actor, "display");
  EXPECT_EQ(entries[2].detail, "POST /api/v1/demo/faults from 127.0.0.1: 403");
  EXPECT_EQ(entries[3].actor, "ann");
  EXPECT_EQ(entries[3].action, "POST /api/v1/demo/faults");
}

TEST(AccessControl, ARevokedKeyIsRefusedWithinASecond) {
  RunningService service;
  Guarding guarding(service);
  const std::string key = guarding.key("gone", Role::viewer);
  Client client(service.server->port());
  EXPECT_EQ(client.get("/api/v1/me", bearer(key)).result_int(), 200u);
  ASSERT_TRUE(access::revoke_key(guarding.home, "gone", system_clock()()));
  std::this_thread::sleep_for(1s);
  EXPECT_EQ(client.get("/api/v1/me", bearer(key)).result_int(), 401u);
}

// Rejection: guessing costs, and does not fill the audit.
TEST(AccessControl, WhoShowsManyWrongKeysMustWait) {
  RunningService service;
  Guarding guarding(service);
  const std::string key = guarding.key("right", Role::viewer);
  Client client(service.server->port());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(client.get("/api/v1/me", bearer("wrong")).result_int(), 401u) << i;
  }
  const auto answer = client.get("/api/v1/me", bearer("wrong"));
  EXPECT_EQ(answer.result_int(), 429u);
  EXPECT_EQ(answer["Retry-After"], "6");
  EXPECT_EQ(client.get("/api/v1/me", bearer(key)).result_int(), 429u) << "no key is looked at";
  EXPECT_EQ(client.get("/health").result_int(), 200u);
  EXPECT_EQ(guarding.entries.with([](const auto& list) { return list.size(); }), 10u);
}

TEST(AccessControl, WhoAsksTooOftenMustWait) {
  RunningService service;
  AccessOptions options;
  options.requests = {0.1, 3.0};
  Guarding guarding(service, options);
  const std::string first = guarding.key("first", Role::viewer);
  const std::string second = guarding.key("second", Role::viewer);
  Client client(service.server->port());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.get("/api/v1/me", bearer(first)).result_int(), 200u);
  }
  const auto answer = client.get("/api/v1/me", bearer(first));
  EXPECT_EQ(answer.result_int(), 429u);
  EXPECT_EQ(answer["Retry-After"], "10");
  EXPECT_EQ(client.get("/api/v1/me", bearer(second)).result_int(), 200u) << "each for itself";
  guarding.access.limit_requests({0.0, 1.0});
  EXPECT_EQ(client.get("/api/v1/me", bearer(first)).result_int(), 200u);
}

TEST(ReplayGuard, AChangingRequestActsOnce) {
  RunningService service;
  Guarding guarding(service);
  std::atomic<int> acted{0};
  DemoControl demo;
  demo.start = [&](std::string_view) -> Result<void> {
    ++acted;
    return {};
  };
  demo.active = [] { return std::vector<std::string>{"x"}; };
  service.shared.demo = &demo;
  Client client(service.server->port());
  const std::string fault = R"({"fault":"x","action":"start"})";
  const auto post = [&](const std::string& body, const std::string& key) {
    return client.post("/api/v1/demo/faults", body, "application/json",
                       "Idempotency-Key: " + key + "\r\n");
  };
  const auto once = post(fault, "k1");
  EXPECT_EQ(once.result_int(), 200u);
  const auto again = post(fault, "k1");
  EXPECT_EQ(again.body(), once.body());
  EXPECT_EQ(again["Content-Type"], once["Content-Type"]);
  EXPECT_EQ(acted, 1);
  EXPECT_EQ(post(R"({"fault":"y","action":"start"})", "k1").result_int(), 422u);
  EXPECT_EQ(acted, 1);
  post(fault, "k2");
  client.post("/api/v1/demo/faults", fault);
  EXPECT_EQ(acted, 3) << "another key, and none";
  EXPECT_EQ(post(fault, std::string(256, 'k')).result_int(), 422u);
  EXPECT_EQ(client.post("/predict", kSixFields, "application/json", "Idempotency-Key: k1\r\n")
                .result_int(),
            200u);
}

TEST(ReplayGuard, ForgetsAfterItsWindowAndWhatDidNotAct) {
  ReplayGuard guard;
  Request request;
  request.path = "/x";
  request.idempotency_key = "k";
  Response response;
  const auto now = std::chrono::steady_clock::now();
  using Verdict = ReplayGuard::Verdict;
  EXPECT_EQ(guard.begin(request, response, now), Verdict::act);
  EXPECT_EQ(guard.begin(request, response, now), Verdict::refused);
  EXPECT_EQ(response.status, 409) << "still under way";
  guard.forget(request);
  EXPECT_EQ(guard.begin(request, response, now), Verdict::act);
  response.clear();
  guard.remember(request, response);
  EXPECT_EQ(guard.begin(request, response, now), Verdict::answered);
  request.caller = "another";
  EXPECT_EQ(guard.begin(request, response, now), Verdict::act) << "each caller for itself";
  request.caller = "local";
  EXPECT_EQ(guard.begin(request, response, now + ReplayGuard::kWindow + 1s), Verdict::act);
}

TEST(RateLimiter, RefillsAndRemembersNotTooMany) {
  using Time = RateLimiter::Time;
  RateLimiter limiter({2.0, 4.0});
  const Time now{};
  for (int i = 0; i < 4; ++i) EXPECT_EQ(limiter.take("a", now), std::nullopt);
  EXPECT_EQ(limiter.take("a", now), 1);
  EXPECT_EQ(limiter.take("a", now + 499ms), 1);
  EXPECT_EQ(limiter.take("a", now + 500ms), std::nullopt);
  EXPECT_EQ(limiter.take("a", now + 1h), std::nullopt);
  EXPECT_EQ(limiter.wait_of("a", now + 1h), std::nullopt);
  for (std::size_t i = 0; i < 3 * RateLimiter::kMostClients; ++i) {
    EXPECT_EQ(limiter.take(std::to_string(i), now + 2h), std::nullopt);
  }
}

}  // namespace
}  // namespace hvac::api
