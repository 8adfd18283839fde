#include "app/mqtt_publisher.h"

#include <mosquitto.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "base/number.h"

namespace hvac::app {
namespace {

constexpr int kQos = 1;
constexpr int kKeepAlive = 30;        // s
constexpr int kMostOnTheirWay = 100;  // messages the broker has not confirmed
constexpr auto kPatience = std::chrono::seconds(10);

// The library's global state, set up at first use and kept until the program ends.
void use_library() {
  struct Library {
    Library() { mosquitto_lib_init(); }
    ~Library() { mosquitto_lib_cleanup(); }
  };
  static const Library library;
}

tl::unexpected<Error> wrong_url(std::string_view why) {
  return fail(ErrorCode::invalid_argument,
              "MQTT address is not mqtt://[user[:password]@]host[:port]: " + std::string(why));
}

}  // namespace

Result<MqttAddress> parse_mqtt_url(std::string_view url) {
  constexpr std::string_view kScheme = "mqtt://";
  if (!url.starts_with(kScheme)) return wrong_url("it does not begin with mqtt://");
  url.remove_prefix(kScheme.size());
  MqttAddress address;
  if (const std::size_t at = url.rfind('@'); at != std::string_view::npos) {
    const std::string_view login = url.substr(0, at);
    const std::size_t colon = login.find(':');
    address.user = login.substr(0, colon);
    if (colon != std::string_view::npos) address.password = login.substr(colon + 1);
    url.remove_prefix(at + 1);
  }
  if (url.ends_with('/')) url.remove_suffix(1);
  if (const std::size_t colon = url.rfind(':'); colon != std::string_view::npos) {
    const std::string_view text = url.substr(colon + 1);
    const std::optional<double> port = parse_number(text);
    constexpr double kHighestPort = 65535.0;
    if (!port || *port < 1.0 || *port > kHighestPort || *port != static_cast<int>(*port)) {
      return wrong_url("port '" + std::string(text) + "' is not 1..65535");
    }
    address.port = static_cast<int>(*port);
    url = url.substr(0, colon);
  }
  if (url.empty()) return wrong_url("the host is missing");
  if (url.find('/') != std::string_view::npos) return wrong_url("there is a path behind the host");
  address.host = url;
  return address;
}

// The library's thread keeps the connection alive and calls back.
struct MqttPublisher::State {
  explicit State(MqttAddress where) : address(std::move(where)) {
    use_library();
    client = mosquitto_new(nullptr, true, this);
    mosquitto_connect_callback_set(client, [](mosquitto*, void* self, int code) {
      static_cast<State*>(self)->tell([code](Sending& p) { p.answer = code; });
    });
    mosquitto_publish_callback_set(client, [](mosquitto*, void* self, int) {
      static_cast<State*>(self)->tell([](Sending& p) { --p.on_their_way; });
    });
  }
  ~State() {
    mosquitto_disconnect(client);
    constexpr bool kNow = true;
    mosquitto_loop_stop(client, kNow);
    mosquitto_destroy(client);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  struct Sending {
    std::optional<int> answer;  // to our wish to connect
    int on_their_way = 0;
  };

  template <class Change>
  void tell(Change change) {
    const std::lock_guard lock(mutex);
    change(progress);
    changed.notify_all();
  }

  template <class Done>
  Result<void> wait_until(Done done) {
    std::unique_lock lock(mutex);
    if (changed.wait_for(lock, kPatience, [&] { return done(progress); })) return {};
    return lost("no answer in 10 s");
  }

  tl::unexpected<Error> lost(std::string_view why) const {
    return fail(ErrorCode::unavailable, "MQTT broker " + address.host + ":" +
                                            std::to_string(address.port) + ": " + std::string(why));
  }

  MqttAddress address;
  mosquitto* client = nullptr;
  std::mutex mutex;
  std::condition_variable changed;
  Sending progress;  // under `mutex`
};

MqttPublisher::MqttPublisher(std::unique_ptr<State> state) : state_(std::move(state)) {}
MqttPublisher::~MqttPublisher() = default;
MqttPublisher::MqttPublisher(MqttPublisher&&) noexcept = default;
MqttPublisher& MqttPublisher::operator=(MqttPublisher&&) noexcept = default;

Result<MqttPublisher> MqttPublisher::connect(const MqttAddress& address) {
  auto state = std::make_unique<State>(address);
  State& s = *state;
  if (!address.user.empty()) {
    mosquitto_username_pw_set(s.client, address.user.c_str(), address.password.c_str());
  }
  const int code = mosquitto_connect(s.client, address.host.c_str(), address.port, kKeepAlive);
  if (code != MOSQ_ERR_SUCCESS) {
    return s.lost(code == MOSQ_ERR_ERRNO ? "cannot connect" : mosquitto_strerror(code));
  }
  if (mosquitto_loop_start(s.client) != MOSQ_ERR_SUCCESS) return s.lost("no thread");
  if (auto done = s.wait_until([](const auto& p) { return p.answer.has_value(); }); !done) {
    return fail(done.error());
  }
  int answer = 0;
  s.tell([&](const auto& p) { answer = *p.answer; });
  if (answer != 0) return s.lost(mosquitto_connack_string(answer));
  return MqttPublisher(std::move(state));
}

Result<void> MqttPublisher::publish(const std::string& topic, const std::string& payload) {
  State& s = *state_;
  s.tell([](auto& p) { ++p.on_their_way; });
  const int code = mosquitto_publish(s.client, nullptr, topic.c_str(),
                                     static_cast<int>(payload.size()), payload.data(), kQos, false);
  // Without a connection the library keeps the message until there is one again.
  if (code != MOSQ_ERR_SUCCESS && code != MOSQ_ERR_NO_CONN) return s.lost(mosquitto_strerror(code));
  return s.wait_until([](const auto& p) { return p.on_their_way < kMostOnTheirWay; });
}

Result<void> MqttPublisher::flush() {
  return state_->wait_until([](const auto& p) { return p.on_their_way == 0; });
}

}  // namespace hvac::app
