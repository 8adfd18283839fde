// Readings from a real broker: how many a second against mosquitto_sub draining the same load, and
// how many are lost when the consumer is killed again and again.
//   bench_mqtt drain [MESSAGES]
//   bench_mqtt loss [KILLS [CONSUMER]]   CONSUMER is started as: CONSUMER PORT FILE LAST
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "ingest/mqtt_source.h"
#include "mqtt/publisher.h"
#include "mqtt/subscriber.h"
#include "mqtt/testing.h"

namespace {

using namespace hvac;
using mqtt::testing::Broker;
using mqtt::testing::eventually;
constexpr std::int64_t kStartMs = 1714564800000;
constexpr auto kPatience = std::chrono::seconds(20);
constexpr const char* kLast = "last";

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "{}\n", why);
  std::exit(1);
}

std::unique_ptr<mqtt::Publisher> publisher(const Broker& broker) {
  mqtt::PublisherOptions options;
  options.client = broker.client("load");
  options.when_full = mqtt::WhenFull::wait;
  auto made = mqtt::Publisher::start(options);
  if (!made) give_up(made.error().message);
  return std::move(*made);
}

std::string payload(int i) {
  std::string text = fmt::format(R"({{"timestamp":{},"data":{{)", kStartMs + i);
  const auto profile = telemetry::unit_cooler_profile();
  for (const telemetry::Tag& tag : profile->tags) text += fmt::format(R"("{}":21.375,)", tag.name);
  text.back() = '}';
  return text + "}";
}

pid_t start(const std::vector<std::string>& words, bool silent) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  if (silent) ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// --- drain --------------------------------------------------------------------------------------

class NullSink final : public ingest::Sink {
 public:
  Result<void> commit(std::span<const ingest::RawReading> readings) override {
    count += static_cast<int>(readings.size());
    return {};
  }
  std::atomic<int> count = 0;
};

std::unique_ptr<ingest::MqttSource> source(const Broker& broker, ingest::Sink& sink) {
  ingest::MqttSourceOptions options;
  options.client = broker.client("twin");
  options.intake.buffer.folder = broker.folder() / "buffer";
  auto made =
      ingest::MqttSource::start(options, telemetry::unit_cooler_profile(), sink, system_clock());
  if (!made) give_up(made.error().message);
  if (auto ready = (*made)->wait_subscribed(kPatience); !ready) give_up(ready.error().message);
  return std::move(*made);
}

// The broker holds the same messages for both; each drains its own persistent session.
int drain(int messages) {
  Broker broker;
  const std::string port = std::to_string(broker.port());
  const auto their_words = [&](const std::string& count, const std::string& wait) {
    return std::vector<std::string>{"mosquitto_sub",
                                    "-V",
                                    "mqttv5",
                                    "-h",
                                    "127.0.0.1",
                                    "-p",
                                    port,
                                    "-t",
                                    "hvac/+/sensors",
                                    "-q",
                                    "1",
                                    "-c",
                                    "-i",
                                    "theirs",
                                    "-x",
                                    "3600",
                                    "-D",
                                    "connect",
                                    "receive-maximum",
                                    "8192",
                                    "-C",
                                    count,
                                    "-W",
                                    wait};
  };
  NullSink sink;
  source(broker, sink).reset();
  ::waitpid(start(their_words("1", "1"), true), nullptr, 0);
  const auto load = publisher(broker);
  for (int i = 0; i < messages; ++i) {
    const std::string topic = fmt::format("hvac/cooler-{}/sensors", i % 1000);
    if (auto sent = load->publish({topic, payload(i)}); !sent) give_up(sent.error().message);
  }
  if (auto flushed = load->flush(); !flushed) give_up(flushed.error().message);

  auto begin = std::chrono::steady_clock::now();
  ::waitpid(start(their_words(std::to_string(messages), "60"), true), nullptr, 0);
  const double theirs = seconds_since(begin);
  begin = std::chrono::steady_clock::now();
  const auto ours_source = source(broker, sink);
  if (!eventually([&] { return sink.count >= messages; })) give_up("not all came");
  const double ours = seconds_since(begin);
  fmt::print(
      "drained {} readings of 32 tags: mosquitto_sub {:.0f}/s, ours, parsed, {:.0f}/s, "
      "ratio {:.2f}\n",
      messages, messages / theirs, messages / ours, theirs / ours);
  return 0;
}

// --- loss ---------------------------------------------------------------------------------------

// Commits each batch to a file with fdatasync, until the last message.
int consume(const std::vector<std::string>& words) {
  const int file = ::open(words[1].c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  std::atomic<bool> done = false;
  std::string lines;
  mqtt::SubscriberOptions options;
  options.client.address = {"127.0.0.1", static_cast<std::uint16_t>(std::stoi(words[0])), "", "",
                            false};
  options.client.client_id = "in";
  options.filters = {"t/#"};
  const auto subscriber = mqtt::Subscriber::start(
      options, [&](std::span<const mqtt::MessageView> batch) -> Result<void> {
        lines.clear();
        for (const mqtt::MessageView& m : batch) {
          lines.append(m.payload).append("\n");
          done = done || m.payload == words[2];
        }
        if (::write(file, lines.data(), lines.size()) < 0 || ::fdatasync(file) != 0) {
          return fail(ErrorCode::unavailable, "cannot write");
        }
        return {};
      });
  while (!done) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return 0;
}

int loss(int kills, const std::vector<std::string>& consumer) {
  Broker broker;
  const std::string file = (broker.folder() / "committed").string();
  std::vector<std::string> words = consumer;
  words.insert(words.end(), {std::to_string(broker.port()), file, "never"});
  std::atomic<bool> enough = false;
  int sent = 0;
  pid_t child = start(words, false);  // makes the session
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const auto load = publisher(broker);
  std::thread publishing([&] {
    while (!enough) {
      if (!load->publish({"t/a", std::to_string(sent)})) continue;
      if (++sent % 10 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  std::mt19937_64 random{2024};
  std::uniform_int_distribution<int> moment(50, 350);  // ms
  for (int kill = 0; kill < kills; ++kill) {
    std::this_thread::sleep_for(std::chrono::milliseconds(moment(random)));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    child = start(words, false);
  }
  enough = true;
  publishing.join();
  if (auto flushed = load->flush(); !flushed) give_up(flushed.error().message);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  words.back() = kLast;
  static_cast<void>(load->publish({"t/a", kLast}));
  ::waitpid(start(words, false), nullptr, 0);

  std::unordered_set<std::string> seen;
  std::size_t lines = 0;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line); ++lines) seen.insert(line);
  int lost = 0;
  for (int i = 0; i < sent; ++i) lost += seen.contains(std::to_string(i)) ? 0 : 1;
  fmt::print("{} kills, {} messages confirmed to their sender: {} lost, {} committed twice\n",
             kills, sent, lost, lines - seen.size());
  return lost == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  const std::string verb = words.empty() ? "drain" : words[0];
  if (!mqtt::testing::broker_installed()) give_up("the broker mosquitto is not installed");
  const auto number = [&](int otherwise) {
    return words.size() > 1 ? std::atoi(words[1].c_str()) : otherwise;
  };
  constexpr int kMessages = 200'000;
  constexpr int kKills = 100;
  if (verb == "drain") return drain(number(kMessages));
  if (verb == "consume" && words.size() == 4) return consume({words.begin() + 1, words.end()});
  if (verb != "loss") give_up("bench_mqtt drain [MESSAGES] | loss [KILLS [CONSUMER]]");
  std::vector<std::string> consumer(words.begin() + std::min<std::ptrdiff_t>(2, std::ssize(words)),
                                    words.end());
  if (consumer.empty()) consumer = {"/proc/self/exe", "consume"};
  return loss(number(kKills), consumer);
}
