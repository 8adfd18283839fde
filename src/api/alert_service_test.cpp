#include "api/alert_service.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "alerts/center.h"
#include "api/test_support.h"
#include "base/json.h"

namespace hvac::api {
namespace {

namespace json = boost::json;
using testing::Client;
using testing::RunningService;

json::object object_of(const Client::Answer& answer) {
  const auto document = parse_json(answer.body());
  return document && document->is_object() ? document->get_object() : json::object{};
}

/// A service with a center that has one alert.
class AlertService : public ::testing::Test {
 protected:
  void SetUp() override {
    alerts::Options options;
    options.mqtt.enabled = false;
    center = alerts::AlertCenter::start(options, {*store, service.folder / "alerts"}).value();
    service.shared.alerts = center.get();
    alerts::Condition condition;
    condition.key = {AssetId{"cooler-1"}, alerts::AlarmKind::stale_data, ""};
    condition.value = 400.0;
    condition.limit = 300.0;
    condition.unit = "s";
    center->report(condition);
    center->settle();
    id = center->open().at(0).id;
  }
  std::string path(const char* what) const { return "/api/v1/alerts/" + id + "/" + what; }

  std::unique_ptr<store::Store> store = store::open_memory();
  RunningService service;
  std::unique_ptr<alerts::AlertCenter> center;
  std::string id;
};

TEST_F(AlertService, ListsWhatIsWrongAndWhatToDo) {
  Client client(service.server->port());
  const json::object open = object_of(client.get("/api/v1/alerts?state=open"));
  ASSERT_EQ(open.at("alerts").as_array().size(), 1u);
  const json::object& alert = open.at("alerts").as_array()[0].as_object();
  EXPECT_EQ(alert.at("kind").as_string(), "stale_data");
  EXPECT_EQ(alert.at("state").as_string(), "unacknowledged");
  EXPECT_EQ(alert.at("text").as_string(), "cooler-1: no telemetry, 400 s, limit 300 s");
  EXPECT_FALSE(alert.at("action").as_string().empty());
  EXPECT_EQ(client.get("/api/v1/alerts?state=closed").result_int(), 422u);
  EXPECT_EQ(client.get("/api/v1/alerts?limit=0").result_int(), 422u);
}

TEST_F(AlertService, AcknowledgesOnceWithANote) {
  Client client(service.server->port());
  const auto done = client.post(path("ack"), R"({"note":"on my way"})");
  ASSERT_EQ(done.result_int(), 200u) << done.body();
  EXPECT_EQ(object_of(done).at("state").as_string(), "acknowledged");
  EXPECT_EQ(client.post(path("ack"), "{}").result_int(), 409u);
  EXPECT_EQ(client.post("/api/v1/alerts/ffffffffffff/ack", "{}").result_int(), 404u);
  EXPECT_EQ(client.post(path("ack"), "[").result_int(), 400u);
  center->settle();
  const auto audit = store->audit(1, 10).value();
  ASSERT_EQ(audit.size(), 1u);
  EXPECT_EQ(audit[0].entry.action, "alert ack");
}

TEST_F(AlertService, ShelvesAndTakesBack) {
  Client client(service.server->port());
  EXPECT_EQ(client.post(path("shelve"), "{}").result_int(), 422u);
  EXPECT_EQ(client.post(path("shelve"), R"({"minutes":0})").result_int(), 422u);
  EXPECT_EQ(client.post(path("shelve"), R"({"minutes":100000})").result_int(), 422u);
  const auto shelved = client.post(path("shelve"), R"({"minutes":60,"note":"works"})");
  EXPECT_EQ(object_of(shelved).at("state").as_string(), "shelved");
  EXPECT_EQ(object_of(client.post(path("unshelve"), "{}")).at("state").as_string(),
            "unacknowledged");
  EXPECT_EQ(client.post(path("unshelve"), "{}").result_int(), 409u);
}

TEST_F(AlertService, SaysHowTheDeliveryFares) {
  Client client(service.server->port());
  const json::object channels = object_of(client.get("/api/v1/alert-channels"));
  EXPECT_EQ(channels.at("channels").as_object().size(), 3u);
}

}  // namespace
}  // namespace hvac::api
