#include "app/outcome_publisher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "mqtt/subscriber.h"
#include "mqtt/testing.h"

namespace hvac::app {
namespace {

using mqtt::testing::Broker;
using mqtt::testing::eventually;

live::ViewPointer view_of(const std::string& asset) {
  auto view = std::make_shared<live::AssetView>();
  view->asset = {asset};
  return view;
}

/// Everything that is said below hvac/.
class Listener {
 public:
  explicit Listener(const Broker& broker) {
    mqtt::SubscriberOptions options;
    options.client = broker.client("listener");
    options.filters = {"hvac/#"};
    subscriber_ =
        mqtt::Subscriber::start(options, [this](std::span<const mqtt::MessageView> batch) {
          heard.with([&](auto& all) {
            for (const auto& m : batch) {
              all.push_back(std::string(m.topic) + " " + std::string(m.payload));
            }
          });
          return Result<void>();
        }).value();
    EXPECT_TRUE(subscriber_->wait_subscribed(std::chrono::seconds(20)));
  }
  std::size_t count(const std::string& begin) const {
    return heard.with([&](const auto& all) {
      return static_cast<std::size_t>(
          std::ranges::count_if(all, [&](const auto& text) { return text.starts_with(begin); }));
    });
  }
  Guarded<std::vector<std::string>> heard;

 private:
  std::unique_ptr<mqtt::Subscriber> subscriber_;
};

TEST(OutcomePublisher, SaysOutcomesAndThatItIsThereAndGone) {
  if (!mqtt::testing::broker_installed()) GTEST_SKIP() << "mosquitto is not installed";
  Broker broker;
  Listener listener(broker);
  auto publisher = OutcomePublisher::start(broker.client("out"), "1.0.0").value();
  publisher->publish(std::vector{view_of("aft"), view_of("bow")});
  EXPECT_TRUE(eventually([&] { return listener.count("hvac/aft/twin {\"asset\":\"aft\"") == 1; }));
  EXPECT_TRUE(eventually([&] { return listener.count("hvac/bow/twin ") == 1; }));
  EXPECT_TRUE(
      eventually([&] { return listener.count("hvac/status {\"status\":\"online\"") == 1; }));
  publisher.reset();
  EXPECT_TRUE(
      eventually([&] { return listener.count("hvac/status {\"status\":\"offline\"") == 1; }));
}

TEST(OutcomePublisher, HoldsBackWhatNobodyCouldRead) {
  if (!mqtt::testing::broker_installed()) GTEST_SKIP() << "mosquitto is not installed";
  Broker broker;
  auto publisher =
      OutcomePublisher::start(broker.client("out"), "1.0.0", {.burst = 5.0, .per_second = 0.0})
          .value();
  publisher->publish(std::vector<live::ViewPointer>(50, view_of("aft")));
  publisher->publish(std::vector{view_of("bow")});
  EXPECT_EQ(publisher->counts().published, 6u);
  EXPECT_EQ(publisher->counts().held_back, 45u);
}

}  // namespace
}  // namespace hvac::app
