#include <gtest/gtest.h>

#include <atomic>
#include <boost/json.hpp>
#include <cmath>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "api/model_watcher.h"
#include "api/test_support.h"
#include "base/json.h"
#include "registry/registry.h"

namespace hvac::api {
namespace {

using testing::Client;
using testing::kSixFields;
using testing::small_parts;

/// What was answered while models were swapped.
struct Seen {
  std::atomic<int> answers{0};
  std::atomic<int> failed{0};  ///< No answer, or none with status 200.
  std::atomic<int> mixed{0};   ///< A value that is not the named version's.
  std::atomic<int> of_second{0};
};

/// Whether the prediction is the one of the version that it names.
void judge(const boost::json::value& answer, const std::map<std::string, double>& expected,
           Seen& seen) {
  const std::string version(answer.at("model_version").as_string());
  const double value = answer.at("UCAOT").to_number<double>();
  if (std::abs(value - expected.at(version)) > 1e-3) ++seen.mixed;
  if (version == "v2") ++seen.of_second;
}

void ask(std::uint16_t port, const std::map<std::string, double>& expected,
         const std::atomic<bool>& stop, Seen& seen) {
  Client client(port);
  const std::string one(kSixFields);
  const std::string many = "[" + one + "," + one + "," + one + "," + one + "]";
  for (int i = 0; !stop; ++i) {
    const bool batch = i % 2 == 1;
    const auto answer = client.post(batch ? "/predict/batch" : "/predict", batch ? many : one);
    const auto document = parse_json(answer.body());
    if (answer.result_int() != 200 || !document) {
      ++seen.failed;
      return;
    }
    if (batch) {
      const boost::json::array& rows = document->as_array();
      for (const auto& row : rows) judge(row, expected, seen);
      for (const auto& row : rows) {
        if (row.at("model_version") != rows.front().at("model_version")) ++seen.mixed;
      }
    } else {
      judge(*document, expected, seen);
    }
    ++seen.answers;
  }
}

// Property: promotion and rollback under load fail no request, and no answer is of two versions.
TEST(ModelSwap, EveryAnswerIsWhollyOneVersion) {
  testing::RunningService service(2);
  registry::Registry models(service.folder / "models");
  const registry::Provenance who{"anna", "a test", "", ""};
  std::map<std::string, double> expected;
  for (const double shift : {0.0, 3.0}) {
    const auto files = twin::bundle_files(small_parts(shift)).value();
    const auto version = models.register_candidate(files, who).value();
    const auto model = twin::Model::from_files(files, "").value();
    PredictBody body(telemetry::unit_cooler_profile());
    ASSERT_FALSE(body.read_one(kSixFields, [&](const SentInstant& instant) {
      expected[registry::text(version)] = model->predict(instant.sample).targets[0].value;
    }));
  }
  ASSERT_GT(std::abs(expected.at("v1") - expected.at("v2")), 1.0);
  ModelWatcher watcher(models, "current", service.slot, service.metrics, *service.log);

  std::atomic<bool> stop{false};
  Seen seen;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&] { ask(service.server->port(), expected, stop, seen); });
  }
  for (int swap = 0; swap < 100; ++swap) {
    if (swap % 2 == 0) {
      ASSERT_TRUE(models.promote(registry::Version{2}, who));
    } else {
      ASSERT_TRUE(models.rollback(who));
    }
    watcher.check();
    const int before = seen.answers;
    while (seen.answers < before + 3 && seen.failed == 0) std::this_thread::yield();
  }
  stop = true;
  clients.clear();
  EXPECT_EQ(seen.failed, 0);
  EXPECT_EQ(seen.mixed, 0);
  EXPECT_GT(seen.of_second, 0);
  EXPECT_GE(seen.answers, 300);
  EXPECT_EQ(service.slot.model()->info().version, "v1");
}

// Rejection: what cannot be loaded takes no traffic; the last good model stays.
TEST(ModelSwap, ABadBundleTakesNoTraffic) {
  testing::RunningService service(1);
  registry::Registry models(service.folder / "models");
  const registry::Provenance who{"anna", "a test", "", ""};
  const auto files = twin::bundle_files(small_parts()).value();
  ASSERT_TRUE(models.register_candidate(files, who));
  auto nonsense = files;
  nonsense["check.json"] = R"({"instants":"grid-1","predictions":[]})";
  ASSERT_TRUE(models.register_candidate(nonsense, who));
  ModelWatcher watcher(models, "current", service.slot, service.metrics, *service.log);
  ASSERT_TRUE(models.promote(registry::Version{2}, who)) << "its bytes are whole";
  watcher.check();
  EXPECT_EQ(service.slot.model()->info().version, "v1");
  ASSERT_TRUE(service.slot.fault());
  EXPECT_NE(service.slot.fault()->find("check.json"), std::string::npos);
  Client client(service.server->port());
  EXPECT_EQ(client.post("/predict", kSixFields).result_int(), 200);
  ASSERT_TRUE(models.rollback(who));
  watcher.check();
  EXPECT_FALSE(service.slot.fault());
}

}  // namespace
}  // namespace hvac::api
