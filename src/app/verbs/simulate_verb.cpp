#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>
#include <thread>
#include <vector>

#include "app/plant_text.h"
#include "app/verbs/verbs.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/progress.h"
#include "mqtt/publisher.h"

namespace hvac::app {
namespace {

namespace fs = std::filesystem;

constexpr double kSecondsPerHour = 3600.0;

struct Options {
  fs::path output;
  fs::path truth;
  std::string mqtt;         // broker; empty: none
  fs::path mqtt_authority;  // of its certificate; empty: those the system trusts
  double hours = 24.0;
  double interval_s = 10.0;
  double speed = 0.0;  // times real time; 0: as fast as it goes
  std::uint64_t seed = 1;
  int assets = 1;
  std::vector<std::string> faults;
};

// "telemetry.csv" of asset 2 of several: "telemetry-2.csv".
fs::path of_asset(const fs::path& path, int asset, int assets) {
  if (assets == 1 || path.empty()) return path;
  return path.parent_path() /
         fmt::format("{}-{}{}", path.stem().string(), asset + 1, path.extension().string());
}

// A file that takes its place when it is complete; one that is written in real time is there from
// the start, so that others can follow it.
class Output {
 public:
  enum class Mode { when_complete, live };

  Output(fs::path path, Mode mode) : path_(std::move(path)), mode_(mode) {}

  Result<void> open(const std::string& header) {
    if (path_.empty()) return {};
    std::error_code ignored;  // opening says it better
    if (path_.has_parent_path()) fs::create_directories(path_.parent_path(), ignored);
    written_ = mode_ == Mode::live ? path_ : fs::path(path_.string() + ".partial");
    file_.open(written_, std::ios::binary | std::ios::trunc);
    return write(header);
  }

  Result<void> write(const std::string& text) {
    if (path_.empty()) return {};
    file_ << text;
    if (mode_ == Mode::live) file_.flush();
    if (!file_) return fail(ErrorCode::unavailable, "cannot write " + written_.string());
    return {};
  }

  Result<void> complete() {
    if (path_.empty()) return {};
    file_.close();
    if (!file_) return fail(ErrorCode::unavailable, "cannot write " + written_.string());
    std::error_code error;
    if (written_ != path_) fs::rename(written_, path_, error);
    if (error) {
      return fail(ErrorCode::unavailable,
                  "cannot rename to " + path_.string() + ": " + error.message());
    }
    return {};
  }

  // What was begun and is not complete goes away, unless it was there to be followed.
  void give_up() {
    file_.close();
    std::error_code ignored;
    if (!written_.empty() && written_ != path_) fs::remove(written_, ignored);
  }

 private:
  fs::path path_;
  fs::path written_;
  Mode mode_;
  std::ofstream file_;
};

struct Summary {
  std::size_t rows = 0;
  std::size_t recordings = 0;
  double simulated_s = 0.0;
};

// Keeps simulated time at `speed` times real time; not at all when that is 0.
class Pace {
 public:
  explicit Pace(double speed) : speed_(speed), start_(Clock::now()) {}

  // Waits, in short naps so that an interruption is seen. False when asked to stop.
  bool wait_for(double simulated_s, const Progress& progress, double done) const {
    if (speed_ <= 0.0) return true;
    const auto due = start_ + std::chrono::duration_cast<Clock::duration>(
                                  std::chrono::duration<double>(simulated_s / speed_));
    while (Clock::now() < due) {
      if (!progress(done, "simulating")) return false;
      std::this_thread::sleep_until(std::min(due, Clock::now() + std::chrono::milliseconds(100)));
    }
    return true;
  }

 private:
  using Clock = std::chrono::steady_clock;
  double speed_;
  Clock::time_point start_;
};

struct Asset {
  plant::Plant plant;
  std::string topic;
  Output telemetry;
  Output truth;
  std::uint32_t recording = 0;
  Summary summary{};
};

// One cooler is "the" cooler; of several each has its own topic.
std::string topic_of(int asset, int assets) {
  return assets == 1 ? "hvac/sensors/data" : fmt::format("hvac/cooler-{}/sensors", asset + 1);
}

Result<void> write_reading(Asset& asset, const plant::PlantReading& reading) {
  if (reading.recording != asset.recording) {
    asset.recording = reading.recording;
    ++asset.summary.recordings;
    if (auto done = asset.telemetry.write(blank_row()); !done) return done;
  }
  ++asset.summary.rows;
  if (auto done = asset.telemetry.write(telemetry_row(reading)); !done) return done;
  return asset.truth.write(truth_row(reading));
}

Result<std::vector<Asset>> make_assets(const Options& options) {
  std::vector<plant::Fault> faults;
  for (const std::string& text : options.faults) {
    Result<plant::Fault> fault = plant::parse_fault(text);
    if (!fault) return fail(fault.error());
    faults.push_back(*fault);
  }
  const Output::Mode mode = options.speed > 0.0 ? Output::Mode::live : Output::Mode::when_complete;
  std::vector<Asset> assets;
  for (int i = 0; i < options.assets; ++i) {
    plant::PlantOptions plant;
    plant.seed = options.seed + static_cast<std::uint64_t>(i);
    plant.interval_s = options.interval_s;
    plant.faults = faults;
    // In real time the telemetry is of now; else of always the same days.
    if (options.speed > 0.0) plant.start = system_clock()();
    assets.push_back({plant::Plant(std::move(plant)), topic_of(i, options.assets),
                      Output(of_asset(options.output, i, options.assets), mode),
                      Output(of_asset(options.truth, i, options.assets), mode)});
    if (auto done = assets.back().telemetry.open(telemetry_header()); !done)
      return fail(done.error());
    if (auto done = assets.back().truth.open(truth_header()); !done) return fail(done.error());
  }
  return assets;
}

// All assets side by side, the one whose clock is behind first.
Result<void> run(std::vector<Asset>& assets, mqtt::Publisher* broker, const Options& options,
                 const Progress& progress) {
  const double end_s = options.hours * kSecondsPerHour;
  const Pace pace(options.speed);
  while (true) {
    Asset& next = *std::min_element(
        assets.begin(), assets.end(),
        [](const Asset& a, const Asset& b) { return a.plant.elapsed_s() < b.plant.elapsed_s(); });
    const double done = next.plant.elapsed_s() / end_s;
    if (done >= 1.0) break;
    if (!progress(done, "simulating")) return fail(ErrorCode::interrupted, "simulation stopped");
    const plant::PlantReading reading = next.plant.step();
    if (!pace.wait_for(next.plant.elapsed_s(), progress, done)) {
      return fail(ErrorCode::interrupted, "simulation stopped");
    }
    if (auto written = write_reading(next, reading); !written) return written;
    if (!broker) continue;
    if (auto sent = broker->publish({next.topic, telemetry_message(reading)}); !sent) return sent;
  }
  if (broker) {
    if (auto sent = broker->flush(); !sent) return sent;
  }
  progress(1.0, "simulating");
  for (Asset& asset : assets) {
    if (auto done = asset.telemetry.complete(); !done) return done;
    if (auto done = asset.truth.complete(); !done) return done;
  }
  return {};
}

void report(const Context& context, const Options& options, const std::vector<Asset>& assets,
            double wall_s) {
  Summary sum;
  boost::json::array files;
  for (std::size_t i = 0; i < assets.size(); ++i) {
    sum.rows += assets[i].summary.rows;
    sum.recordings += assets[i].summary.recordings + 1;
    sum.simulated_s += assets[i].plant.elapsed_s();
    if (!options.output.empty())
      files.emplace_back(of_asset(options.output, static_cast<int>(i), options.assets).string());
  }
  const double times = wall_s > 0.0 ? sum.simulated_s / wall_s : 0.0;
  if (context.json) {
    *context.out << json_text({{"rows", sum.rows},
                               {"recordings", sum.recordings},
                               {"assets", assets.size()},
                               {"files", files},
                               {"simulated_seconds", sum.simulated_s},
                               {"wall_seconds", wall_s},
                               {"times_real_time", times}},
                              JsonLayout::pretty);
    return;
  }
  *context.out << fmt::format("{} rows in {} recordings of {} asset(s), {:.0f} x real time\n",
                              sum.rows, sum.recordings, assets.size(), times);
}

Result<std::unique_ptr<mqtt::Publisher>> connect(const Options& options) {
  const Result<mqtt::Address> address = mqtt::parse_address(options.mqtt);
  if (!address) return fail(address.error());
  mqtt::PublisherOptions publishing;
  publishing.client.address = *address;
  publishing.client.tls.authority = options.mqtt_authority;
  publishing.when_full = mqtt::WhenFull::wait;
  const auto patience = publishing.patience;
  Result<std::unique_ptr<mqtt::Publisher>> broker = mqtt::Publisher::start(std::move(publishing));
  if (!broker) return broker;
  if (auto connected = (*broker)->wait_connected(patience); !connected) {
    return fail(connected.error());
  }
  return broker;
}

int simulate(const Context& context, const Options& options) {
  const auto begin = std::chrono::steady_clock::now();
  std::unique_ptr<mqtt::Publisher> broker;
  if (!options.mqtt.empty()) {
    Result<std::unique_ptr<mqtt::Publisher>> connected = connect(options);
    if (!connected) return report_error(context, connected.error());
    broker = std::move(*connected);
  }
  Result<std::vector<Asset>> assets = make_assets(options);
  if (!assets) return report_error(context, assets.error());
  const Result<void> done = run(*assets, broker.get(), options, progress_bar(context));
  if (!done) {
    for (Asset& asset : *assets) {
      asset.telemetry.give_up();
      asset.truth.give_up();
    }
    return report_error(context, done.error());
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  report(context, options, *assets, wall.count());
  return exit_ok;
}

std::string fault_help() {
  std::string text = "Faults, as NAME@ONSET[:SEVERITY[:RAMP]] (times as 90s, 30m, 12h, 2d):\n";
  for (const plant::FaultName& fault : plant::fault_names()) {
    text += fmt::format("  {:<18} {}\n", fault.name, fault.meaning);
  }
  return text + "e.g. --fault water-fouling@12h:0.8:6h --fault bias-UCWIT@1d:0.3";
}

}  // namespace

void add_simulate(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand("simulate", "Write telemetry of simulated unit coolers");
  auto options = std::make_shared<Options>();
  CLI::Option* output = verb->add_option("--output", options->output, "CSV file to write");
  CLI::Option* mqtt =
      verb->add_option("--mqtt", options->mqtt,
                       "Broker to publish to, mqtt[s]://[user[:password]@]host[:port]: "
                       "hvac/sensors/data, or of several "
                       "coolers hvac/cooler-N/sensors");
  verb->add_option("--mqtt-ca", options->mqtt_authority,
                   "PEM file of the authority that signed the broker's certificate (mqtts)")
      ->check(CLI::ExistingFile);
  verb->add_option("--truth", options->truth, "CSV file of what is so in truth, faults included");
  verb->add_option("--hours", options->hours, "Time to simulate [h]")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb->add_option("--interval", options->interval_s, "Time between samples [s]")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  verb->add_option("--speed", options->speed, "Times real time; 0: as fast as it goes")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_option("--seed", options->seed, "The same seed gives the same telemetry")
      ->capture_default_str();
  verb->add_option("--assets", options->assets,
                   "Coolers side by side; F.csv becomes F-1.csv, F-2.csv, …")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  verb->add_option("--fault", options->faults, "A fault, as below; repeatable")
      ->allow_extra_args(false);
  verb->footer(fault_help());
  verb->callback([&context, &action, options, output, mqtt] {
    if (output->empty() && mqtt->empty()) throw CLI::RequiredError("--output or --mqtt");
    action = [&context, options] { return simulate(context, *options); };
  });
}

}  // namespace hvac::app
