#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "app/context.h"
#include "app/run_program.h"
#include "base/guarded.h"
#include "mqtt/subscriber.h"
#include "mqtt/testing.h"

namespace hvac::app {
namespace {

struct Finished {
  int exit = 0;
  std::string out, err;
};

Finished simulate(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "simulate");
  std::ostringstream out, err;
  Finished run;
  run.exit = run_program(arguments, out, err);
  run.out = out.str();
  run.err = err.str();
  return run;
}

TEST(SimulateMqtt, SaysWhenThereIsNoBroker) {
  const std::string port = std::to_string(mqtt::testing::free_port());
  const Finished run = simulate({"--mqtt", "mqtt://127.0.0.1:" + port, "--hours", "1"});
  EXPECT_EQ(run.exit, exit_failed);
  EXPECT_NE(run.err.find("127.0.0.1:" + port), std::string::npos) << run.err;
}

TEST(SimulateMqtt, EveryReadingReachesARealBroker) {
  if (!mqtt::testing::broker_installed()) GTEST_SKIP() << "the broker mosquitto is not installed";
  mqtt::testing::Broker broker;
  struct Message {
    std::string topic, payload;
  };
  Guarded<std::vector<Message>> messages;
  mqtt::SubscriberOptions options;
  options.client = broker.client("test");
  options.filters = {"hvac/#"};
  const auto subscriber =
      mqtt::Subscriber::start(options, [&](std::span<const mqtt::MessageView> batch) {
        messages.with([&](std::vector<Message>& all) {
          for (const auto& m : batch) all.push_back({std::string(m.topic), std::string(m.payload)});
        });
        return Result<void>();
      });
  ASSERT_TRUE(subscriber);
  ASSERT_TRUE((*subscriber)->wait_subscribed(std::chrono::seconds(20)));

  const Finished run =
      simulate({"--mqtt", broker.url(), "--hours", "1", "--assets", "2", "--json"});
  ASSERT_EQ(run.exit, exit_ok) << run.err;
  const auto rows =
      static_cast<std::size_t>(boost::json::parse(run.out).at("rows").to_number<int>());
  const auto count = [&] {
    return messages.with([](const std::vector<Message>& all) { return all.size(); });
  };
  ASSERT_TRUE(mqtt::testing::eventually([&] { return count() >= rows; }));
  EXPECT_EQ(count(), rows);
  std::size_t second = 0;
  messages.with([&](const std::vector<Message>& all) {
    for (const Message& message : all) {
      if (message.topic == "hvac/cooler-2/sensors") ++second;
      const auto body = boost::json::parse(message.payload);
      EXPECT_EQ(body.at("timestamp").as_string().size(), 24U);
      EXPECT_GT(body.at("data").as_object().size(), 20U);
    }
  });
  EXPECT_GT(second, rows / 3);
  EXPECT_LT(second, rows);
}

}  // namespace
}  // namespace hvac::app
