#include "app/mqtt_publisher.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <mosquitto.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "app/context.h"
#include "app/run_program.h"

namespace hvac::app {
namespace {

TEST(MqttAddress, IsReadFromItsUrl) {
  const auto full = parse_mqtt_url("mqtt://ship:p:w@broker.local:2883/");
  ASSERT_TRUE(full) << full.error().message;
  EXPECT_EQ(full->host, "broker.local");
  EXPECT_EQ(full->port, 2883);
  EXPECT_EQ(full->user, "ship");
  EXPECT_EQ(full->password, "p:w");
  EXPECT_EQ(parse_mqtt_url("mqtt://127.0.0.1")->port, 1883);
}

// Rejection: says what is wrong, and never the password.
TEST(MqttAddress, RejectsOthers) {
  for (const char* url : {"", "127.0.0.1", "http://a", "mqtt://", "mqtt://a:0", "mqtt://a:99999",
                          "mqtt://a:x", "mqtt://a/topic", "mqtt://u:secret@"}) {
    const auto address = parse_mqtt_url(url);
    ASSERT_FALSE(address) << url;
    EXPECT_EQ(address.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(address.error().message.find("secret"), std::string::npos);
  }
}

TEST(MqttPublisher, SaysWhenThereIsNoBroker) {
  const auto publisher =
      MqttPublisher::connect({.host = "127.0.0.1", .port = 1, .user = "", .password = ""});
  ASSERT_FALSE(publisher);
  EXPECT_EQ(publisher.error().code, ErrorCode::unavailable);
  EXPECT_NE(publisher.error().message.find("127.0.0.1:1"), std::string::npos);
}

int free_port() {
  const int s = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(s, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  socklen_t size = sizeof(address);
  ::getsockname(s, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(s);
  return ntohs(address.sin_port);
}

// A real broker on the loopback, for one test.
class Broker {
 public:
  Broker() : port(free_port()) {
    const std::string text = std::to_string(port);
    process_ = ::fork();
    if (process_ == 0) {
      ::freopen("/dev/null", "w", stderr);
      ::execl("/usr/sbin/mosquitto", "mosquitto", "-p", text.c_str(), nullptr);
      ::_exit(127);
    }
  }
  ~Broker() {
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
  }
  const int port;

 private:
  pid_t process_;
};

// Collects what is published below hvac/.
class Subscriber {
 public:
  explicit Subscriber(int port) : client_(mosquitto_new(nullptr, true, this)) {
    mosquitto_message_callback_set(client_, [](mosquitto*, void* self, const mosquitto_message* m) {
      auto* s = static_cast<Subscriber*>(self);
      const std::lock_guard lock(s->mutex_);
      s->messages_.push_back(
          {m->topic,
           {static_cast<const char*>(m->payload), static_cast<std::size_t>(m->payloadlen)}});
    });
    mosquitto_subscribe_callback_set(client_, [](mosquitto*, void* self, int, int, const int*) {
      static_cast<Subscriber*>(self)->ready_ = true;
    });
    for (int i = 0; i < 100 && mosquitto_connect(client_, "127.0.0.1", port, 30) != 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    mosquitto_subscribe(client_, nullptr, "hvac/#", 1);
    for (int i = 0; i < 200 && !ready_; ++i) mosquitto_loop(client_, 50, 1);
    mosquitto_loop_start(client_);
  }
  ~Subscriber() {
    mosquitto_disconnect(client_);
    mosquitto_loop_stop(client_, true);
    mosquitto_destroy(client_);
  }
  bool ready() const { return ready_; }

  struct Message {
    std::string topic, payload;
  };
  std::vector<Message> wait_for(std::size_t count) {
    for (int i = 0; i < 200; ++i) {
      {
        const std::lock_guard lock(mutex_);
        if (messages_.size() >= count) return messages_;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    const std::lock_guard lock(mutex_);
    return messages_;
  }

 private:
  mosquitto* client_;
  bool ready_ = false;
  std::mutex mutex_;
  std::vector<Message> messages_;
};

TEST(SimulateMqtt, EveryReadingReachesARealBroker) {
  if (!std::filesystem::exists("/usr/sbin/mosquitto")) {
    GTEST_SKIP() << "the broker mosquitto is not installed";
  }
  const Broker broker;
  mosquitto_lib_init();
  Subscriber subscriber(broker.port);
  ASSERT_TRUE(subscriber.ready());
  std::ostringstream out, err;
  const std::vector<std::string> arguments = {
      "simulate", "--mqtt", "mqtt://127.0.0.1:" + std::to_string(broker.port),
      "--hours",  "1",      "--assets",
      "2",        "--json"};
  ASSERT_EQ(run_program(arguments, out, err), exit_ok) << err.str();
  const auto rows =
      static_cast<std::size_t>(boost::json::parse(out.str()).at("rows").to_number<int>());
  const auto messages = subscriber.wait_for(rows);
  ASSERT_EQ(messages.size(), rows);
  std::size_t second = 0;
  for (const auto& message : messages) {
    if (message.topic == "hvac/cooler-2/sensors") ++second;
    const auto body = boost::json::parse(message.payload);
    EXPECT_EQ(body.at("timestamp").as_string().size(), 24U);
    EXPECT_GT(body.at("data").as_object().size(), 20U);
  }
  EXPECT_GT(second, rows / 3);
  EXPECT_LT(second, rows);
}

}  // namespace
}  // namespace hvac::app
