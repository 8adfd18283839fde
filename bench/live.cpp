// End to end: readings from a real broker, parsed, judged, stepped (predicted, compared, followed)
// and committed to SQLite with their outcomes, against mosquitto_sub draining the same load.
//   bench_live [MESSAGES [ASSETS [THREADS]]]
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "ingest/mqtt_source.h"
#include "live/fleet.h"
#include "mqtt/publisher.h"
#include "mqtt/testing.h"
#include "plant/plant.h"
#include "plant/tags.h"
#include "store/store.h"
#include "training/fit.h"

namespace {

using namespace hvac;
using mqtt::testing::Broker;
using Clock = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(20);
constexpr std::int64_t kStartMs = 1767225600000;
constexpr int kPlants = 20;

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "{}\n", why);
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double cpu_s() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peak_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

plant::PlantOptions plant_options(int seed) {
  plant::PlantOptions options;
  options.seed = static_cast<std::uint64_t>(seed);
  options.quirks = plant::kNoQuirks;
  return options;
}

/// A model of the usual size.
live::ModelPointer model() {
  std::vector<telemetry::Sample> samples;
  for (const plant::PlantReading& reading : plant::simulated_history(plant_options(1), 4000)) {
    telemetry::Sample& sample = samples.emplace_back();
    sample.recording = {reading.recording};
    for (std::size_t i = 0; i < plant::kTagCount; ++i) {
      const std::string_view tag = plant::kTags[i].name;
      if (const auto input = telemetry::find_input(tag)) sample.set(*input, reading.values[i]);
      if (const auto target = telemetry::find_target(tag)) sample.set(*target, reading.values[i]);
    }
  }
  const std::vector<std::uint8_t> every(samples.size(), 1);
  twin::ModelParts parts = must(training::fit(samples, every, {}, no_progress())).parts;
  parts.info.version = "v1";
  return must(twin::Model::make(std::move(parts)));
}

/// [plant][step]: `"data":{...}}`.
std::vector<std::vector<std::string>> payloads(int steps) {
  std::vector<std::vector<std::string>> all(kPlants);
  for (int p = 0; p < kPlants; ++p) {
    plant::Plant plant(plant_options(100 + p));
    for (int i = 0; i < steps; ++i) {
      const plant::PlantReading reading = plant.step();
      std::string text = "\"data\":{";
      for (std::size_t tag = 0; tag < plant::kTagCount; ++tag) {
        text += fmt::format("{}\"{}\":{}", tag > 0 ? "," : "", plant::kTags[tag].name,
                            reading.values[tag]);
      }
      all[static_cast<std::size_t>(p)].push_back(text + "}}");
    }
  }
  return all;
}

std::vector<std::string> drain_words(const Broker& broker, int count, int wait_s) {
  return {"mosquitto_sub",
          "-V",
          "mqttv5",
          "-h",
          "127.0.0.1",
          "-p",
          std::to_string(broker.port()),
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
          std::to_string(count),
          "-W",
          std::to_string(wait_s)};
}

void run(const std::vector<std::string>& words) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::waitpid(child, nullptr, 0);
}

std::unique_ptr<ingest::MqttSource> source(const Broker& broker, ingest::Sink& sink) {
  ingest::MqttSourceOptions options;
  options.client = broker.client("twin");
  options.intake.buffer.folder = broker.folder() / "buffer";
  auto made = must(
      ingest::MqttSource::start(options, telemetry::unit_cooler_profile(), sink, system_clock()));
  must(made->wait_subscribed(kPatience));
  return made;
}

void publish_all(const Broker& broker, int messages, int assets) {
  const int steps = (messages + assets - 1) / assets;
  const auto data = payloads(steps);
  mqtt::PublisherOptions options;
  options.client = broker.client("load");
  options.when_full = mqtt::WhenFull::wait;
  const auto load = must(mqtt::Publisher::start(options));
  for (int i = 0; i < messages; ++i) {
    const int step = i / assets;
    const int asset = i % assets;
    const auto p = static_cast<std::size_t>(asset % kPlants);
    must(load->publish({fmt::format("hvac/cooler-{}/sensors", asset),
                        fmt::format("{{\"timestamp\":{},{}", kStartMs + step * 50 + asset % 50,
                                    data[p][static_cast<std::size_t>(step)])}));
  }
  must(load->flush());
}

void print_share(std::string_view what, const Histogram& histogram, double n) {
  fmt::print("  {:<28} {:>6.1f} us a sample\n", what, 1e6 * histogram.sum_s() / n);
}

void bench(int messages, int assets, std::size_t threads) {
  Broker broker;
  const auto store = must(store::open_sqlite(broker.folder() / "telemetry.db"));
  live::FleetOptions options;
  options.threads = threads;
  live::Fleet fleet(telemetry::unit_cooler_profile(), model(), *store, options);
  source(broker, fleet).reset();  // Both sessions are there before the load.
  run(drain_words(broker, 1, 1));
  publish_all(broker, messages, assets);

  auto begin = Clock::now();
  run(drain_words(broker, messages, 120));
  const double theirs = seconds_since(begin);
  begin = Clock::now();
  const double cpu = cpu_s();
  const auto ours_source = source(broker, fleet);
  const auto all = static_cast<std::uint64_t>(messages);
  while (fleet.metrics().samples_stored < all && seconds_since(begin) < 600.0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const double ours = seconds_since(begin);
  const double n = messages;
  fmt::print("{} readings of 32 tags from {} assets, {} threads step\n", messages, assets, threads);
  fmt::print(
      "mosquitto_sub drains {:.0f}/s; ours, to committed with outcomes, {:.0f}/s: ratio {:.2f}\n",
      n / theirs, n / ours, theirs / ours);
  fmt::print("  CPU {:.1f} us a sample, peak memory {:.0f} MB, outcomes {}, batches {}\n",
             1e6 * (cpu_s() - cpu) / n, peak_mb(), fleet.metrics().outcomes.load(),
             fleet.metrics().commit.count());
  print_share("judging and stepping (CPU)", fleet.metrics().inference, n);
  print_share("committing", fleet.metrics().commit, n);
}

}  // namespace

int main(int count, char** arguments) {
  if (!mqtt::testing::broker_installed()) give_up("the broker mosquitto is not installed");
  const auto number = [&](int place, int otherwise) {
    return count > place ? std::atoi(arguments[place]) : otherwise;
  };
  bench(number(1, 200'000), number(2, 1000), static_cast<std::size_t>(number(3, 2)));
  return 0;
}
