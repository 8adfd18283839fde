#include "api/service.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>
#include <thread>
#include <vector>

#include "api/http_client.h"
#include "api/pages.h"
#include "api/routes.h"
#include "api/test_support.h"
#include "base/files.h"
#include "base/json.h"

namespace hvac::api {
namespace {

namespace json = boost::json;
using testing::Client;
using testing::kSixFields;
using testing::RunningService;

json::object object_of(const Client::Answer& answer) {
  const auto document = parse_json(answer.body());
  return document && document->is_object() ? document->get_object() : json::object{};
}

std::string word(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

TEST(Service, HealthHasTheManualsKeysFirst) {
  RunningService service;
  Client client(service.server->port());
  const auto answer = client.get("/health");
  EXPECT_EQ(answer["Content-Type"], "application/json");
  EXPECT_TRUE(answer.body().starts_with(
      R"({"status":"healthy","model_type":"xgboost","models_loaded":["UCAOT","UCWOT","UCAF"],)"
      R"("version":"1.0.0")"))
      << answer.body();
  EXPECT_EQ(word(object_of(answer), "model_version"), "v1");
  EXPECT_EQ(client.get("/health/live").result_int(), 200u);
  EXPECT_EQ(client.get("/health/ready").result_int(), 200u);

  service.slot.set_fault("v2/model.json: is missing");
  EXPECT_EQ(word(object_of(client.get("/health")), "status"), "degraded");
  service.draining = true;
  EXPECT_EQ(word(object_of(client.get("/health")), "status"), "draining");
  EXPECT_EQ(client.get("/health/ready").result_int(), 503u);
  EXPECT_EQ(client.get("/health/live").result_int(), 200u);
}

TEST(Service, SixFieldsAreAnsweredAndTheModelsOriginSaid) {
  RunningService service;
  Client client(service.server->port());
  const auto answer = client.post("/predict", kSixFields);
  ASSERT_EQ(answer.result_int(), 200u) << answer.body();
  const json::object object = object_of(answer);
  const auto expected = service.slot.model();
  for (const char* target : {"UCAOT", "UCWOT", "UCAF"}) {
    const double value = object.at(target).to_number<double>();
    const json::object& interval = object.at("intervals").at(target).as_object();
    EXPECT_NEAR(interval.at("low").to_number<double>(), value - 0.5, 2e-4);
    EXPECT_NEAR(interval.at("high").to_number<double>(), value + 0.5, 2e-4);
    EXPECT_TRUE(object.at("physics").as_object().contains(target));
  }
  EXPECT_TRUE(object.at("Q_thermal").is_number());
  EXPECT_EQ(word(object, "model_origin"), "simulated");
  EXPECT_EQ(word(object, "model_version"), "v1");
  EXPECT_EQ(object.at("missing").as_array().size(), 23u) << "29 inputs but six";
  EXPECT_FALSE(object.contains("residuals"));
}

TEST(Service, MeasuredTargetsAreAnsweredWithResiduals) {
  RunningService service;
  Client client(service.server->port());
  const auto without = object_of(client.post("/predict", kSixFields));
  std::string body(kSixFields);
  body.insert(1, R"("UCAOT":19.25,"UCFS":null,)");
  const auto with = object_of(client.post("/predict", body));
  EXPECT_EQ(with.at("UCAOT"), without.at("UCAOT")) << "a target must never move a prediction";
  const json::object& residual = with.at("residuals").at("UCAOT").as_object();
  EXPECT_EQ(residual.at("measured").to_number<double>(), 19.25);
  EXPECT_NEAR(residual.at("residual").to_number<double>(),
              19.25 - with.at("UCAOT").to_number<double>(), 2e-4);
  EXPECT_FALSE(residual.at("inside_interval").as_bool());
}

// Rejection: problem details that name field, value and limit.
TEST(Service, WhatIsWrongIsNamed) {
  RunningService service;
  Client client(service.server->port());
  const std::string rest = R"("UCAIT":25,"UCWF":15,"UCAIH":50,"AMBT":22,"UCTSP":21})";
  struct Case {
    std::string body;
    unsigned status;
    std::string kind, field, value;
  };
  const std::vector<Case> cases = {
      {"", 400, "bad_json", "", ""},
      {"{", 400, "bad_json", "", ""},
      {std::string(kSixFields) + "x", 400, "bad_json", "", ""},
      {"{\"UCWIT\":NaN," + rest, 400, "bad_json", "UCWIT", "NaN"},
      {"{\"UCWIT\":Infinity," + rest, 400, "bad_json", "UCWIT", "Infinity"},
      {"[1,2]", 400, "wrong_shape", "", ""},
      {"7", 400, "wrong_type", "", "7"},
      {"{\"UCWIT\":1e999," + rest, 422, "wrong_type", "UCWIT", "1e999"},
      {"{\"UCWIT\":\"7.5\"," + rest, 422, "wrong_type", "UCWIT", "\"7.5\""},
      {"{\"UCWIT\":true," + rest, 422, "wrong_type", "UCWIT", "true"},
      {"{\"UCWIT\":{}," + rest, 422, "wrong_type", "UCWIT", "{"},
      {"{\"UCWIT\":[7]," + rest, 422, "wrong_type", "UCWIT", "["},
      {"{\"UCWIT\":7,\"UCWIT\":8," + rest, 422, "given_twice", "UCWIT", ""},
      {"{\"UCWIT\":500," + rest, 422, "out_of_range", "UCWIT", "500"},
      {"{\"UCWIT\":65535," + rest, 422, "out_of_range", "UCWIT", "65535"},
      {"{\"UCWIT\":7,\"UCAOT\":-300," + rest, 422, "out_of_range", "UCAOT", "-300"},
      {"{\"UCWITT\":7," + rest, 422, "unknown_tag", "UCWITT", ""},
      {"{" + rest, 422, "missing_field", "UCWIT", ""},
      {"{\"UCWIT\":null," + rest, 422, "missing_field", "UCWIT", ""},
  };
  for (const Case& test : cases) {
    const auto answer = client.post("/predict", test.body);
    EXPECT_EQ(answer.result_int(), test.status) << test.body;
    EXPECT_EQ(answer["Content-Type"], "application/problem+json");
    const json::object object = object_of(answer);
    EXPECT_EQ(word(object, "type"), "urn:hvac-twin:problem:" + test.kind) << test.body;
    EXPECT_EQ(word(object, "field"), test.field) << test.body;
    EXPECT_EQ(word(object, "value"), test.value) << test.body;
    EXPECT_FALSE(word(object, "detail").empty());
  }
  const auto range = object_of(client.post("/predict", "{\"UCWIT\":500," + rest));
  EXPECT_EQ(word(range, "limit"), "0.5..70 degC");
  const auto unknown = object_of(client.post("/predict", "{\"ucwitt\":7," + rest));
  EXPECT_EQ(word(unknown, "suggestion"), "UCWIT");
  EXPECT_EQ(client.post("/predict", kSixFields).result_int(), 200u) << "and it still serves";
}

TEST(Service, RoutesMethodsAndTypesAreChecked) {
  RunningService service;
  Client client(service.server->port());
  EXPECT_EQ(client.get("/nowhere").result_int(), 404u);
  EXPECT_EQ(client.get("/docs/../secret").result_int(), 404u);
  const auto get = client.get("/predict");
  EXPECT_EQ(get.result_int(), 405u);
  EXPECT_EQ(get["Allow"], "POST");
  EXPECT_EQ(client.post("/health", "{}").result_int(), 405u);
  EXPECT_EQ(client.post("/predict", kSixFields, "text/plain").result_int(), 415u);
  EXPECT_EQ(client.post("/predict", kSixFields, "application/json; charset=utf-8").result_int(),
            200u);
  EXPECT_EQ(client.post("/predict", std::string(70'000, ' ')).result_int(), 413u);
}

TEST(Service, BatchIsAnsweredWholeOrNotAtAll) {
  RunningService service;
  Client client(service.server->port());
  const std::string six(kSixFields);
  const auto answer = client.post("/predict/batch", "[" + six + "," + six + "," + six + "]");
  ASSERT_EQ(answer.result_int(), 200u) << answer.body();
  const auto rows = parse_json(answer.body()).value().as_array();
  ASSERT_EQ(rows.size(), 3u);
  const auto single = object_of(client.post("/predict", six));
  for (const json::value& row : rows) EXPECT_EQ(row.at("UCAOT"), single.at("UCAOT"));
  EXPECT_EQ(client.post("/predict/batch", "[]").body(), "[]");

  const auto wrong = client.post("/predict/batch", "[" + six + ",{\"UCWIT\":7}]");
  EXPECT_EQ(wrong.result_int(), 422u);
  EXPECT_EQ(object_of(wrong).at("row").to_number<int>(), 1);
  EXPECT_EQ(client.post("/predict/batch", six).result_int(), 400u);

  std::string many = "[" + six;
  for (std::size_t i = 0; i < kMaxBatchRows; ++i) many += "," + six;
  const auto too_many = client.post("/predict/batch", many + "]");
  EXPECT_EQ(too_many.result_int(), 413u);
  EXPECT_EQ(word(object_of(too_many), "limit"), "10000 rows");
}

TEST(Service, ExplanationAddsUpToThePrediction) {
  RunningService service;
  Client client(service.server->port());
  const json::object object = object_of(client.post("/predict?explain=true", kSixFields));
  for (const char* target : {"UCAOT", "UCWOT", "UCAF"}) {
    const json::object& why = object.at("explanation").at(target).as_object();
    double sum = why.at("baseline").to_number<double>() + why.at("expected").to_number<double>() +
                 why.at("others").to_number<double>();
    for (const json::value& part : why.at("contributions").as_array()) {
      sum += part.at("contribution").to_number<double>();
    }
    EXPECT_NEAR(sum, object.at(target).to_number<double>(), 1e-3) << target;
  }
  EXPECT_FALSE(
      object_of(client.post("/predict?explain=false", kSixFields)).contains("explanation"));
  const auto wrong = client.post("/predict?explain=perhaps", kSixFields);
  EXPECT_EQ(wrong.result_int(), 422u);
  EXPECT_EQ(word(object_of(wrong), "field"), "explain");

  service.slot.swap(testing::small_model("v2", 3.0));
  const json::object swapped = object_of(client.post("/predict?explain=1", kSixFields));
  EXPECT_NEAR(swapped.at("explanation").at("UCAOT").at("expected").to_number<double>(),
              object.at("explanation").at("UCAOT").at("expected").to_number<double>() + 3.0, 1e-3);
}

TEST(Service, MetricsCountWhatWasDone) {
  RunningService service;
  Client client(service.server->port());
  client.post("/predict", kSixFields);
  client.post("/predict", kSixFields);
  client.post("/predict", "{}");
  const auto answer = client.get("/metrics");
  EXPECT_EQ(answer["Content-Type"], "text/plain; version=0.0.4; charset=utf-8");
  for (const char* line :
       {"hvac_http_request_duration_seconds_count{route=\"/predict\",status=\"200\"} 2\n",
        "hvac_http_request_duration_seconds_count{route=\"/predict\",status=\"422\"} 1\n",
        "hvac_http_request_duration_seconds_bucket{route=\"/predict\",status=\"200\",le=\"+Inf\"} "
        "2\n",
        "hvac_predictions_total 2\n", "# TYPE hvac_predictions_total counter\n",
        "hvac_model_info{version=\"v1\",type=\"xgboost\",origin=\"simulated\"",
        "process_resident_memory_bytes "}) {
    EXPECT_NE(answer.body().find(line), std::string::npos) << line << answer.body();
  }
}

TEST(Service, LogHasALinePerRequestAndNoBody) {
  RunningService service;
  Client client(service.server->port());
  client.post("/predict?token=secret", kSixFields);
  client.get("/etc/passwd");
  service.log->flush();
  const std::string log = read_file(service.folder / "logs" / "api.log").value();
  EXPECT_NE(log.find("method=POST route=/predict status=200"), std::string::npos) << log;
  EXPECT_NE(log.find("inference_time="), std::string::npos);
  EXPECT_NE(log.find("route=other status=404"), std::string::npos);
  for (const char* secret : {"token", "secret", "UCWIT", "passwd"}) {
    EXPECT_EQ(log.find(secret), std::string::npos) << secret;
  }
}

TEST(Service, DocsWorkWithoutANetwork) {
  RunningService service;
  Client client(service.server->port());
  EXPECT_EQ(client.get("/")["Location"], "/docs");
  const auto page = client.get("/docs");
  EXPECT_EQ(page["Content-Type"], "text/html; charset=utf-8");
  EXPECT_EQ(page.body().find("http"), std::string::npos) << "nothing from elsewhere";
  EXPECT_NE(page["Content-Security-Policy"].find("default-src 'none'; script-src 'self'"),
            boost::beast::string_view::npos);
  EXPECT_EQ(client.get("/docs/").body(), page.body());
  for (const Page& file : docs_pages()) {
    const auto plain = client.get(file.path);
    EXPECT_EQ(plain.result_int(), 200u) << file.path;
    EXPECT_GT(plain.body().size(), 100u) << file.path;
    const auto packed = client.get(file.path, "Accept-Encoding: gzip, br\r\n");
    EXPECT_EQ(packed["Content-Encoding"], "br");
    EXPECT_TRUE(packed.body() == file.brotli);
    const auto gzip = client.get(file.path, "Accept-Encoding: br;q=0, gzip;q=0.5\r\n");
    EXPECT_EQ(gzip["Content-Encoding"], "gzip");
    EXPECT_TRUE(gzip.body() == file.gzip);
    const auto again =
        client.get(file.path, "If-None-Match: " + std::string(plain["ETag"]) + "\r\n");
    EXPECT_EQ(again.result_int(), 304u);
  }
}

TEST(Service, OpenApiNamesEveryRouteAndEveryKey) {
  RunningService service;
  Client client(service.server->port());
  const json::object api = object_of(client.get("/openapi.json"));
  std::set<std::string> described;
  for (const auto& path : api.at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      described.insert(std::string(operation.key()) + " " + std::string(path.key()));
    }
  }
  std::set<std::string> served;
  for (const Route& route : routes()) {
    served.insert((route.method == Method::post ? "post " : "get ") + std::string(route.path));
  }
  EXPECT_EQ(described, served);

  const auto keys_are_those_of = [&](const json::object& answer, const char* name) {
    const json::object& schema = api.at("components").at("schemas").at(name).as_object();
    for (const json::value& key : schema.at("required").as_array()) {
      EXPECT_TRUE(answer.contains(key.as_string())) << name << " lacks " << key;
    }
    for (const auto& member : answer) {
      EXPECT_TRUE(schema.at("properties").as_object().contains(member.key()))
          << name << " does not describe " << member.key();
    }
  };
  keys_are_those_of(object_of(client.get("/health")), "Health");
  std::string with_target(kSixFields);
  with_target.insert(1, R"("UCAOT":19.25,)");
  keys_are_those_of(object_of(client.post("/predict?explain=true", with_target)), "Prediction");
  keys_are_those_of(object_of(client.post("/predict", "{\"UCWIT\":1e9}")), "Problem");
}

// Property: while models are swapped, every request is answered by one of them, whole.
TEST(Service, ModelsAreSwappedUnderLoad) {
  RunningService service(2);
  const auto first = testing::small_model("v1");
  const auto second = testing::small_model("v2", 5.0);
  std::atomic<bool> stop{false};
  std::thread swapper([&] {
    for (int i = 0; !stop; ++i) {
      service.slot.swap(i % 2 == 0 ? second : first);
      std::this_thread::yield();
    }
  });
  std::vector<std::thread> clients;
  for (int c = 0; c < 4; ++c) {
    clients.emplace_back([&] {
      Client client(service.server->port());
      for (int i = 0; i < 100; ++i) {
        const auto answer = client.post("/predict", kSixFields);
        ASSERT_EQ(answer.result_int(), 200u);
        const json::object object = object_of(answer);
        const double air = object.at("UCAOT").to_number<double>();
        const double low = object.at("intervals").at("UCAOT").at("low").to_number<double>();
        EXPECT_NEAR(air - low, 0.5, 2e-4);
      }
    });
  }
  for (std::thread& client : clients) client.join();
  stop = true;
  swapper.join();
}

TEST(HttpClient, ReadsAnAnswerAndNamesWhatIsNoAddress) {
  RunningService service;
  const std::string url = "http://127.0.0.1:" + std::to_string(service.server->port());
  const auto answer = http_get(url + "/health", std::chrono::seconds(10));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  for (const char* wrong : {"", "ftp://x", "http://", "127.0.0.1:8000"}) {
    EXPECT_EQ(http_get(wrong, std::chrono::seconds(1)).error().code, ErrorCode::invalid_argument);
  }
  service.server.reset();
  EXPECT_EQ(http_get(url, std::chrono::seconds(10)).error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace hvac::api
