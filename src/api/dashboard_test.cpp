#include "api/dashboard.h"

#include <gtest/gtest.h>

#include <array>

#include "api/test_support.h"

namespace hvac::api {
namespace {

using testing::Client;
using testing::RunningService;

/// A dashboard of three files on a port of its own.
struct RunningDashboard {
  RunningDashboard() {
    const Page& any = docs_pages().front();  // Its bytes are a real gzip and brotli.
    pages = {{{"/", "text/html; charset=utf-8", "tag0", false, any.gzip, any.brotli},
              {"/assets/index-Ab3dE6gH.js", "text/javascript; charset=utf-8", "tag1", true,
               any.gzip, any.brotli},
              {"/icon.svg", "image/svg+xml", "tag2", false, any.gzip, any.brotli}}};
    HttpOptions options;
    options.port = 0;
    server = HttpServer::start(options, [this] {
               return std::make_unique<Dashboard>(service.shared, pages);
             }).value();
  }

  RunningService service;
  std::array<Page, 3> pages;
  std::unique_ptr<HttpServer> server;
};

TEST(Dashboard, ServesItsFilesAndTheApiUnderOneOrigin) {
  RunningDashboard dashboard;
  Client client(dashboard.server->port());
  const auto page = client.get("/");
  EXPECT_EQ(page["Content-Type"], "text/html; charset=utf-8");
  EXPECT_EQ(page["Cache-Control"], "no-cache");
  const std::string policy(page["Content-Security-Policy"]);
  EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'self';")) << policy;
  EXPECT_EQ(policy.find("unsafe"), std::string::npos) << policy;
  const auto script = client.get("/assets/index-Ab3dE6gH.js");
  EXPECT_EQ(script["Cache-Control"], "public, max-age=31536000, immutable");
  EXPECT_EQ(client.get("/icon.svg", "If-None-Match: \"tag2\"\r\n").result_int(), 304u);
  EXPECT_EQ(client.get("/coolers/demo-cooler").body(), page.body()) << "a view of the page";
  EXPECT_EQ(client.get("/assets/gone-Ab3dE6gH.js").result_int(), 404u);

  EXPECT_EQ(client.get("/health").result_int(), 200u);
  EXPECT_EQ(client.get("/api/v1/me").body(), R"({"name":"local","role":"admin"})");
  EXPECT_EQ(client.get("/api/v1/nowhere")["Content-Type"], "application/problem+json");
  EXPECT_EQ(client.post("/predict", testing::kSixFields).result_int(), 200u);
  EXPECT_EQ(client.post("/", "{}").result_int(), 405u);
}

}  // namespace
}  // namespace hvac::api
