// The routes of what runs live and of what is stored, over HTTP.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "api/event_hub.h"
#include "api/kpi.h"
#include "api/test_support.h"
#include "base/files.h"
#include "base/json.h"
#include "live/fleet.h"
#include "store/store.h"
#include "store/testing.h"

namespace hvac::api {
namespace {

namespace json = boost::json;
using testing::Client;
using testing::RunningService;

const AssetId kCooler{"cooler 1"};
constexpr std::string_view kPath = "/api/v1/assets/cooler%201";
const TimePoint kStart{std::chrono::milliseconds{1767225600000}};  // 2026-01-01

/// A service with twins and a store behind it.
class Site {
 public:
  Site() {
    fleet.listen([this](std::span<const live::ViewPointer> views) { hub.outcomes(views); });
    service.shared.fleet = &fleet;
    service.shared.store = store.get();
    service.shared.events = &hub;
    service.shared.kpis = &kpis;
    service.shared.station = [this] {
      StationStatus status;
      status.home = service.folder;
      status.store_failure = fleet.failure();
      return status;
    };
  }

  /// The `n`-th minute's reading.
  void feed(int n) {
    const auto profile = telemetry::unit_cooler_profile();
    std::vector<double> values(profile->tags.size(), std::numeric_limits<double>::quiet_NaN());
    const auto set = [&](std::string_view tag, double value) {
      values[*profile->find(tag)] = value;
    };
    set("UCWIT", 7.0 + 0.01 * n);
    set("UCAIT", 25.0);
    set("UCWF", 300.0);
    set("UCAIH", 50.0);
    set("AMBT", 22.0);
    set("UCTSP", 21.0);
    set("UCAOT", 16.0);
    const ingest::RawReading reading{kCooler, kStart + std::chrono::minutes{n}, values};
    ASSERT_TRUE(fleet.commit({&reading, 1}));
  }

  RunningService service;
  std::unique_ptr<store::Store> store = store::open_memory();
  live::Fleet fleet{telemetry::unit_cooler_profile(), testing::small_model("v1"), *store};
  EventHub hub;
  KpiWatch kpis{{.requests = [this] { return service.metrics.requests(); },
                 .inference = [this] { return service.metrics.inference(); },
                 .disk = "/",
                 .drift_report = "/nonexistent"}};
};

json::value document(const Client::Answer& answer) {
  const auto parsed = parse_json(answer.body());
  EXPECT_TRUE(parsed) << answer.body();
  return parsed ? *parsed : json::value();
}

/// A client of the live stream.
class Follower {
 public:
  Follower(std::uint16_t port, std::string_view target, std::string_view headers = "")
      : socket_(context_) {
    socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
    const timeval limit{20, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const std::string request =
        "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n";
    boost::asio::write(socket_, boost::asio::buffer(request));
  }

  /// Waits until what came holds `text` so often. False when it does not come.
  bool hears(std::string_view text, std::size_t times = 1) {
    while (count(text) < times) {
      char bytes[4096];
      const ssize_t got = ::recv(socket_.native_handle(), bytes, sizeof bytes, 0);
      if (got <= 0) return false;
      heard.append(bytes, static_cast<std::size_t>(got));
    }
    return true;
  }
  std::size_t count(std::string_view text) const {
    std::size_t n = 0;
    for (std::size_t at = heard.find(text); at != std::string::npos;
         at = heard.find(text, at + 1)) {
      ++n;
    }
    return n;
  }
  /// The number of the last event.
  std::string last_id() const {
    const std::size_t at = heard.rfind("\nid: ");
    return heard.substr(at + 5, heard.find('\n', at + 1) - at - 5);
  }

  std::string heard;

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_;
};

TEST(LiveApi, AnAssetsLastViewIsFoundByItsName) {
  Site site;
  site.feed(0);
  Client client(site.service.server->port());
  const auto answer = client.get(kPath);
  ASSERT_EQ(answer.result_int(), 200u) << answer.body();
  const json::value view = document(answer);
  EXPECT_EQ(view.at("asset").as_string(), "cooler 1");
  EXPECT_EQ(view.at("targets").at("UCAOT").at("measured").to_number<double>(), 16.0);
  EXPECT_EQ(view.at("quality").at("UCHC").as_string(), "missing");
  EXPECT_FALSE(view.at("stale").as_bool());
  EXPECT_EQ(document(client.get("/api/v1/assets")).as_array().size(), 1u);
  const auto missing = client.get("/api/v1/assets/boiler");
  EXPECT_EQ(missing.result_int(), 404u);
  EXPECT_NE(missing.body().find("cooler 1"), std::string::npos) << missing.body();
}

TEST(LiveApi, HistoryIsWhatWasSent) {
  Site site;
  for (int n = 0; n < 180; ++n) site.feed(n);
  Client client(site.service.server->port());
  const json::value stored = document(client.get("/api/v1/stored"));
  ASSERT_EQ(stored.as_array().size(), 1u);
  EXPECT_EQ(stored.at(0).at("asset").as_string(), "cooler 1");
  EXPECT_LT(stored.at(0).at("from").as_string(), stored.at(0).at("to").as_string());
  const std::string path(kPath);
  const json::value series = document(client.get(path + "/series"));
  bool has_unit = false;
  for (const json::value& each : series.at("series").as_array()) {
    has_unit = has_unit || (each.at("name").as_string() == "UCAOT.residual" &&
                            each.at("unit").as_string() == "degC");
  }
  EXPECT_TRUE(has_unit);

  const json::value history =
      document(client.get(path + "/history?series=UCWIT,UCAOT.predicted&points=1000"
                                 "&from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z"));
  const json::value& water = history.at("series").at("UCWIT");
  EXPECT_EQ(water.at("unit").as_string(), "degC");
  ASSERT_EQ(water.at("t").as_array().size(), 60u);
  EXPECT_EQ(water.at("t").as_array()[0].as_int64(), 1767225600000);
  EXPECT_EQ(water.at("mean").as_array()[59].to_number<double>(), 7.59);
  EXPECT_EQ(history.at("series").at("UCAOT.predicted").at("t").as_array().size(), 60u);

  for (const auto& [query, status] : std::vector<std::pair<std::string, unsigned>>{
           {"?series=NONE", 404u},
           {"", 422u},
           {"?series=UCWIT&points=0", 422u},
           {"?series=UCWIT&from=yesterday", 422u},
           {"?series=UCWIT&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 422u}}) {
    EXPECT_EQ(client.get(path + "/history" + query).result_int(), status) << query;
  }
}

TEST(LiveApi, ExportHasEveryRowAsCsv) {
  Site site;
  constexpr int kRows = 1300;  // More than one piece.
  for (int n = 0; n < kRows; ++n) site.feed(n);
  Client client(site.service.server->port());
  const auto answer = client.get(std::string(kPath) + "/export?series=UCAOT.predicted,UCWIT");
  ASSERT_EQ(answer.result_int(), 200u);
  const std::string text = answer.body();
  EXPECT_TRUE(text.starts_with("timestamp;UCAOT.predicted;UCWIT\n2026-01-01T00:00:00.000Z;"));
  EXPECT_EQ(std::ranges::count(text, '\n'), kRows + 1);
  EXPECT_EQ(text.find(";\n"), std::string::npos) << "an empty value";
}

TEST(LiveApi, TheStreamGoesOnWhereItBroke) {
  Site site;
  const std::uint16_t port = site.service.server->port();
  std::string last;
  {
    Follower follower(port, "/api/v1/stream");
    ASSERT_TRUE(follower.hears("hvac-twin"));
    site.feed(0);
    site.hub.publish("alert", {}, R"({"id":"a1"})");
    site.feed(1);
    ASSERT_TRUE(follower.hears("event: outcome", 2)) << follower.heard;
    EXPECT_TRUE(follower.hears(R"({"id":"a1"})"));
    last = follower.last_id();
  }
  site.feed(2);
  site.feed(3);
  Follower again(port, "/api/v1/stream", "Last-Event-ID: " + last + "\r\n");
  ASSERT_TRUE(again.hears("2026-01-01T00:03:00.000Z")) << again.heard;
  EXPECT_EQ(again.count("event: outcome"), 2u) << again.heard;
  EXPECT_EQ(again.count("00:01:00"), 0u);

  // From before this program's time: out of the store.
  Follower old(port, "/api/v1/stream?last_event_id=" + std::to_string(1767225600000ULL * 1024) +
                         "&asset=cooler%201");
  ASSERT_TRUE(old.hears("2026-01-01T00:03:00.000Z")) << old.heard;
  EXPECT_GE(old.count("event: outcome"), 4u);

  Follower other(port, "/api/v1/stream?asset=boiler");
  ASSERT_TRUE(other.hears("hvac-twin"));
  site.feed(4);
  site.hub.publish("drift", {}, "{}");
  ASSERT_TRUE(other.hears("event: drift"));
  EXPECT_EQ(other.count("event: outcome"), 0u);
  site.hub.end();
}

TEST(Kpis, StandWhereTheManualSays) {
  const auto status = [](std::string_view name, double value) {
    for (const KpiRule& rule : kpi_rules()) {
      if (rule.name == name) return judge(rule, value);
    }
    return KpiStatus::unknown;
  };
  EXPECT_EQ(status("api_response_time", 40.0), KpiStatus::ok);
  EXPECT_EQ(status("api_response_time", 101.0), KpiStatus::warning);
  EXPECT_EQ(status("api_response_time", 501.0), KpiStatus::critical);
  EXPECT_EQ(status("model_inference_p95", 1.1), KpiStatus::warning);
  EXPECT_EQ(status("model_inference_p95", 11.0), KpiStatus::critical);
  EXPECT_EQ(status("cpu_usage", 91.0), KpiStatus::critical);
  EXPECT_EQ(status("disk_free", 21.0), KpiStatus::ok);
  EXPECT_EQ(status("disk_free", 14.0), KpiStatus::warning);
  EXPECT_EQ(status("disk_free", 9.0), KpiStatus::critical);
  EXPECT_EQ(status("drift_psi", 0.15), KpiStatus::warning);
  EXPECT_EQ(status("drift_psi", 0.21), KpiStatus::critical);
}

TEST(Kpis, QuantilesLieWithinTheirClass) {
  Histogram histogram;
  EXPECT_FALSE(quantile_s(histogram.counts(), 0.95));
  for (int i = 0; i < 99; ++i) histogram.observe(std::chrono::microseconds(30));
  histogram.observe(std::chrono::seconds(1));
  const auto p95 = quantile_s(histogram.counts(), 0.95);
  ASSERT_TRUE(p95);
  EXPECT_GT(*p95, 25e-6);
  EXPECT_LT(*p95, 50e-6);
  EXPECT_GT(*quantile_s(histogram.counts(), 0.995), 0.5);
}

TEST(LiveApi, KpisSystemLogsAuditAndMetricsAreAnswered) {
  Site site;
  site.feed(0);
  for (int i = 0; i < 25; ++i) {
    ASSERT_TRUE(
        site.store->commit({.audit = {{kStart, "local", "promote", "v" + std::to_string(i)}}}));
  }
  Client client(site.service.server->port());
  site.kpis.look();
  const json::value kpis = document(client.get("/api/v1/kpis"));
  EXPECT_EQ(kpis.at("kpis").as_array().size(), 6u);
  EXPECT_GT(kpis.at("kpis").as_array()[2].at("value").to_number<double>(), 1.0);  // MB
  EXPECT_EQ(document(client.get("/api/v1/system")).at("samples_stored").as_int64(), 1);

  const json::array audit = document(client.get("/api/v1/audit?limit=3")).as_array();
  ASSERT_EQ(audit.size(), 3u);
  EXPECT_EQ(audit[0].at("detail").as_string(), "v24");
  EXPECT_EQ(audit[2].at("detail").as_string(), "v22");
  EXPECT_EQ(document(client.get("/api/v1/audit")).as_array().size(), 25u);

  const json::array lines =
      document(client.get("/api/v1/logs?lines=2&log=api")).at("lines").as_array();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(lines[1].as_string().find("/api/v1/audit"), json::string::npos);
  EXPECT_EQ(client.get("/api/v1/logs?log=../../etc/passwd").result_int(), 422u);

  const std::string metrics = client.get("/metrics").body();
  for (const char* name :
       {"hvac_samples_stored_total 1\n", "hvac_ingest_duration_seconds_count 1\n",
        "hvac_store_commit_duration_seconds_bucket", "hvac_store_up 1\n",
        "hvac_asset_residual{asset=\"cooler 1\",target=\"UCAOT\"}", "process_resident_memory_bytes",
        "hvac_disk_free_bytes", "hvac_kpi_status{kpi=\"disk_free\"}"}) {
    EXPECT_NE(metrics.find(name), std::string::npos) << name;
  }
}

TEST(Kpis, DriftIsWhatTheReportSumsUpAndUnknownWhereItJudgesNothing) {
  const store::ScratchFolder folder;
  const auto drift_of = [&](std::string_view report) {
    const auto file = folder.path() / "drift_report.json";
    EXPECT_TRUE(write_file_atomically(file, report));
    KpiWatch watch({.requests = [] { return Histogram::Counts{}; },
                    .inference = [] { return Histogram::Counts{}; },
                    .disk = "/",
                    .drift_report = file});
    watch.look();
    return watch.kpis().back();
  };
  const std::string tags = R"(,"feature_drift":{"AMBT":{"status":"stable","psi":3.5}}})";
  EXPECT_EQ(drift_of(R"({"summary":{"largest_psi":0.15})" + tags).value, 0.15);
  EXPECT_EQ(drift_of(R"({"summary":{"largest_psi":0.15})" + tags).status, KpiStatus::warning);
  EXPECT_EQ(drift_of(R"({"summary":{"largest_psi":null})" + tags).status, KpiStatus::unknown);
}

// It goes on answering, and says what is wrong.
TEST(LiveApi, ReadinessDegradesWhileTheStoreIsAway) {
  Site site;
  Client client(site.service.server->port());
  EXPECT_EQ(document(client.get("/health/ready")).at("status").as_string(), "ready");
  site.service.shared.station = [] {
    StationStatus status;
    status.store_failure = "the disk is full";
    return status;
  };
  const auto ready = client.get("/health/ready");
  EXPECT_EQ(ready.result_int(), 200u);
  EXPECT_EQ(document(ready).at("status").as_string(), "degraded");
  const json::value health = document(client.get("/health"));
  EXPECT_EQ(health.at("status").as_string(), "degraded");
  EXPECT_EQ(health.at("store").as_string(), "away");
  EXPECT_NE(health.at("wrong").as_array()[0].as_string().find("the disk is full"),
            json::string::npos);
  EXPECT_EQ(client.post("/predict", testing::kSixFields).result_int(), 200u);
  EXPECT_NE(client.get("/metrics").body().find("hvac_store_up 0\n"), std::string::npos);
}

TEST(LiveApi, FindingsAreOfTheAssetAndNewestFirst) {
  Site site;
  const auto finding = [](const char* asset, int minute) {
    return store::Finding{AssetId{asset}, kStart + std::chrono::minutes{minute},
                          "sensor_bad",   "UCAIT",
                          "look",         R"({"value":1})"};
  };
  store::Batch batch;
  for (int i = 0; i < 50; ++i) batch.findings.push_back(finding(i % 10 == 0 ? "a" : "b", i));
  ASSERT_TRUE(site.store->commit(batch));
  Client client(site.service.server->port());
  const json::array of_a = document(client.get("/api/v1/findings?asset=a&limit=3")).as_array();
  ASSERT_EQ(of_a.size(), 3u);
  EXPECT_EQ(of_a[0].at("time").as_string(), "2026-01-01T00:40:00.000Z");
  EXPECT_EQ(document(client.get("/api/v1/findings?limit=1000")).as_array().size(), 50u);
  EXPECT_EQ(document(client.get("/api/v1/findings?from=2026-01-01T00:45:00Z")).as_array().size(),
            5u);
}

}  // namespace
}  // namespace hvac::api
