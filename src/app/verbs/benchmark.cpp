#include "app/verbs/benchmark.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>
#include <random>
#include <thread>

#include "features/input_view.h"
#include "trees/predict/engine.h"
#include "trees/predict/parallel.h"
#include "twin/contributions.h"

namespace hvac::app {
namespace {

using Clock = std::chrono::steady_clock;
using features::FeatureRow;
using telemetry::kTargetCount;

constexpr std::size_t kInputs = 4096;
constexpr std::size_t kBatchRows = 1000;
constexpr double kSecondsPerEntry = 0.4;
constexpr double kMissing = 0.05;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// The value of the first line of `file` that starts with `key`, behind the colon.
std::string proc_value(const char* file, std::string_view key) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t begin = line.find_first_not_of(" \t", line.find(':') + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

double kilobytes(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

Device this_device(std::string engine) {
  Device device;
  device.cpu = proc_value("/proc/cpuinfo", "model name");
  device.cores = std::max(1U, std::thread::hardware_concurrency());
  device.memory_gb = kilobytes(proc_value("/proc/meminfo", "MemTotal")) / 1e6;
  utsname system{};
  if (::uname(&system) == 0) {
    device.system = fmt::format("{} {} {}", system.sysname, system.release, system.machine);
  }
  device.engine = std::move(engine);
  return device;
}

// Instants within the training domain.
std::vector<telemetry::Sample> make_samples(const twin::Model& model) {
  std::mt19937_64 random{1};
  std::vector<telemetry::Sample> samples(kInputs);
  for (telemetry::Sample& sample : samples) {
    for (std::size_t tag = 0; tag < telemetry::kInputCount; ++tag) {
      const auto& range = model.parts().domain.ranges[tag];
      const double share = std::uniform_real_distribution<double>()(random);
      const bool missing = std::uniform_real_distribution<double>()(random) < kMissing;
      if (missing || !std::isfinite(range.low) || !std::isfinite(range.high)) continue;
      sample.set(static_cast<telemetry::InputTag>(tag),
                 range.low + share * (range.high - range.low));
    }
  }
  return samples;
}

template <class Work>
LatencyEntry measure(std::string name, Work&& work) {
  std::vector<double> ms;
  const auto begin = Clock::now();
  for (std::size_t i = 0; ms.size() < 1000 || seconds_since(begin) < kSecondsPerEntry; ++i) {
    const auto start = Clock::now();
    work(i % kInputs);
    ms.push_back(seconds_since(start) * 1e3);
  }
  ms.erase(ms.begin(), ms.begin() + static_cast<std::ptrdiff_t>(ms.size() / 10));  // Warming up.
  double total = 0.0;
  for (const double one : ms) total += one;
  const double per_second = 1e3 * static_cast<double>(ms.size()) / total;
  std::ranges::sort(ms);
  const auto at = [&](double share) {
    return ms[static_cast<std::size_t>(share * static_cast<double>(ms.size() - 1))];
  };
  return {std::move(name), at(0.50), at(0.95), at(0.99), per_second};
}

BatchEntry measure_batch(const trees::Engine& engine, const std::vector<float>& rows, std::size_t n,
                         std::size_t threads) {
  std::vector<double> out(n * engine.outputs());
  std::vector<double> rates;
  const auto begin = Clock::now();
  while (rates.size() < 5 || seconds_since(begin) < kSecondsPerEntry) {
    const auto start = Clock::now();
    trees::predict_batch_on(threads, engine, rows, n, out);
    rates.push_back(static_cast<double>(n) / seconds_since(start));
  }
  std::ranges::sort(rates);
  return {n, threads, rates[rates.size() / 2]};
}

// What the trees read of each sample, row after row.
std::vector<float> tree_rows(const twin::Model& model, const std::vector<FeatureRow>& rows) {
  const std::size_t n = model.parts().features.size();
  std::vector<float> values(rows.size() * n);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    model.tree_row(rows[i], std::span(values).subspan(i * n, n));
  }
  return values;
}

class Benchmark {
 public:
  Benchmark(std::shared_ptr<const twin::Model> model, trees::Engine engine)
      : model_(std::move(model)), engine_(std::move(engine)), samples_(make_samples(*model_)) {
    features::FeatureBuilder builder = model_->builder();
    for (const telemetry::Sample& sample : samples_) {
      rows_.push_back(builder.push(features::InputView(sample)));
    }
    values_ = tree_rows(*model_, rows_);
  }

  Result<BenchmarkReport> run(const Progress& progress) {
    BenchmarkReport report;
    report.device = this_device(std::string(engine_.kind_name()));
    report.model = model_->info().version;
    report.memory_mb = kilobytes(proc_value("/proc/self/status", "VmRSS")) / 1e3;
    if (auto ok = add_targets(report, progress); !ok) return fail(ok.error());
    if (!progress(0.5, "a whole prediction")) return stopped();
    report.latencies.push_back(whole_prediction());
    if (!progress(0.6, "an explanation")) return stopped();
    if (auto contributions = twin::Contributions::make(model_)) {
      report.latencies.push_back(measure("explanation", [&](std::size_t i) {
        static_cast<void>(contributions->explain(rows_[i]));
      }));
    }
    if (!progress(0.7, "batches")) return stopped();
    add_batches(report);
    progress(1.0, "measured");
    return report;
  }

 private:
  static tl::unexpected<Error> stopped() {
    return fail(ErrorCode::interrupted, "the benchmark was stopped");
  }

  std::span<const float> row(std::size_t i) const {
    return std::span(values_).subspan(i * engine_.features(), engine_.features());
  }

  Result<void> add_targets(BenchmarkReport& report, const Progress& progress) {
    const auto ensembles = model_->ensembles(features::Regime::fan_on);
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      if (!progress(0.1 * static_cast<double>(t), telemetry::kTargetNames[t])) return stopped();
      const auto engine = trees::Engine::make(ensembles.subspan(t, 1));
      if (!engine) return fail(engine.error());
      std::array<double, 1> out{};
      report.latencies.push_back(measure(std::string(telemetry::kTargetNames[t]),
                                         [&](std::size_t i) { engine->predict(row(i), out); }));
    }
    if (!progress(0.4, "all targets")) return stopped();
    std::array<double, kTargetCount> out{};
    report.latencies.push_back(
        measure("all targets", [&](std::size_t i) { engine_.predict(row(i), out); }));
    return {};
  }

  LatencyEntry whole_prediction() {
    features::FeatureBuilder builder = model_->builder();
    double sum = 0.0;  // Keeps the predictions from being left out.
    LatencyEntry entry = measure("prediction", [&](std::size_t i) {
      sum += model_->predict(builder.push(features::InputView(samples_[i]))).targets[0].value;
    });
    if (!std::isfinite(sum)) entry.name += " (not finite)";
    return entry;
  }

  void add_batches(BenchmarkReport& report) {
    report.batches.push_back(measure_batch(engine_, values_, kBatchRows, 1));
    report.batches.push_back(measure_batch(engine_, values_, kInputs, 1));
    std::vector<float> many;
    constexpr std::size_t kTimes = 16;  // Enough for every thread.
    for (std::size_t i = 0; i < kTimes; ++i)
      many.insert(many.end(), values_.begin(), values_.end());
    report.batches.push_back(measure_batch(engine_, many, kTimes * kInputs, report.device.cores));
  }

  std::shared_ptr<const twin::Model> model_;
  trees::Engine engine_;
  std::vector<telemetry::Sample> samples_;
  std::vector<FeatureRow> rows_;
  std::vector<float> values_;
};

}  // namespace

Result<BenchmarkReport> run_benchmark(const std::shared_ptr<const twin::Model>& model,
                                      double load_ms, const Progress& progress) {
  auto engine = trees::Engine::make(model->ensembles(features::Regime::fan_on));
  if (!engine) return fail(engine.error());
  auto report = Benchmark(model, std::move(*engine)).run(progress);
  if (report) report->load_ms = load_ms;
  return report;
}

}  // namespace hvac::app
