// Every engine against libxgboost's own in-place predictor and ONNX Runtime (where tests/onnx has
// its npm packages), on the same trees and rows, in one run. Three targets; rows are cycled, never
// one row again and again, which flatters branches.
#include <fmt/format.h>
#include <xgboost/c_api.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/files.h"
#include "trees/learn/learner.h"
#include "trees/model/onnx.h"
#include "trees/model/xgboost.h"
#include "trees/predict/engine.h"
#include "trees/predict/parallel.h"

namespace {

using namespace hvac::trees;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kTargets = 3;
constexpr std::size_t kRows = 8192;

struct Workload {
  std::string name;
  std::size_t features;
  std::vector<Ensemble> models;
  std::vector<float> rows;
};

double seconds(Clock::time_point from) {
  return std::chrono::duration<double>(Clock::now() - from).count();
}

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "{}\n", why);
  std::exit(1);
}

// Trees learned from made-up data with gaps: their shape and their missing directions are those of
// a trained bundle.
Workload make_workload(std::size_t features, int rounds) {
  std::mt19937_64 random{7};
  std::normal_distribution<float> normal;
  Workload work{fmt::format("{} trees, {} features", rounds, features), features, {}, {}};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < features; ++i) names.push_back(fmt::format("f{}", i));
  for (std::size_t i = 0; i < kRows * features; ++i) {
    work.rows.push_back(random() % 20 == 0 ? std::numeric_limits<float>::quiet_NaN()
                                           : normal(random));
  }
  const auto matrix = bin_matrix(work.rows, names);
  if (!matrix) give_up(matrix.error().message);
  for (std::size_t target = 0; target < kTargets; ++target) {
    std::vector<float> labels;
    for (std::size_t row = 0; row < kRows; ++row) {
      float sum = normal(random);
      for (std::size_t i = 0; i < features; ++i) {
        const float value = work.rows[row * features + i];
        if (!std::isnan(value)) sum += std::sin(value * static_cast<float>(1 + (i + target) % 5));
      }
      labels.push_back(sum);
    }
    LearnOptions options;
    options.rounds = rounds;
    auto model = learn(*matrix, labels, {}, options);
    if (!model) give_up(model.error().message);
    work.models.push_back(std::move(*model));
  }
  return work;
}

struct Numbers {
  double p50_us = 0.0;
  double p95_us = 0.0;
  double batch_rows_s = 0.0;
};

// Single rows one by one, then batches of 1,000, for about a second each.
template <class Single, class Batch>
Numbers measure(const Workload& work, Single&& single, Batch&& batch) {
  std::vector<double> us;
  std::size_t row = 0;
  for (const auto begin = Clock::now(); us.size() < 1000 || seconds(begin) < 0.7;) {
    const auto start = Clock::now();
    single(work.rows.data() + row * work.features);
    us.push_back(seconds(start) * 1e6);
    row = (row + 1) % kRows;
  }
  us.erase(us.begin(), us.begin() + static_cast<std::ptrdiff_t>(us.size() / 10));  // Warming up.
  std::ranges::sort(us);
  constexpr std::size_t kBatch = 1000;
  std::vector<double> rates;
  for (const auto begin = Clock::now(); rates.size() < 5 || seconds(begin) < 0.7;) {
    const std::size_t first = (rates.size() % (kRows / kBatch)) * kBatch;
    const auto start = Clock::now();
    batch(work.rows.data() + first * work.features, kBatch);
    rates.push_back(static_cast<double>(kBatch) / seconds(start));
  }
  std::ranges::sort(rates);
  const auto at = [](const std::vector<double>& sorted, double share) {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
  };
  return {at(us, 0.5), at(us, 0.95), at(rates, 0.5)};
}

// libxgboost's in-place predictor, one thread, on the three models after one another.
Numbers measure_xgboost(const Workload& work) {
  std::vector<BoosterHandle> boosters(kTargets);
  for (std::size_t i = 0; i < kTargets; ++i) {
    const auto json = xgboost_text(work.models[i]);
    if (!json) give_up(json.error().message);
    if (XGBoosterCreate(nullptr, 0, &boosters[i]) != 0 ||
        XGBoosterLoadModelFromBuffer(boosters[i], json->data(), json->size()) != 0 ||
        XGBoosterSetParam(boosters[i], "nthread", "1") != 0) {
      give_up(XGBGetLastError());
    }
  }
  const auto predict = [&](const float* rows, std::size_t n) {
    const std::string array =
        fmt::format(R"({{"data":[{},true],"shape":[{},{}],"typestr":"<f4","version":3}})",
                    reinterpret_cast<std::uintptr_t>(rows), n, work.features);
    for (BoosterHandle booster : boosters) {
      const bst_ulong* shape = nullptr;
      bst_ulong dimensions = 0;
      const float* result = nullptr;
      if (XGBoosterPredictFromDense(booster, array.c_str(),
                                    R"({"type":0,"iteration_begin":0,"iteration_end":0,)"
                                    R"("missing":NaN,"strict_shape":false,"cache_id":0})",
                                    nullptr, &shape, &dimensions, &result) != 0) {
        give_up(XGBGetLastError());
      }
    }
  };
  const Numbers numbers = measure(work, [&](const float* row) { predict(row, 1); }, predict);
  for (BoosterHandle booster : boosters) XGBoosterFree(booster);
  return numbers;
}

// ONNX Runtime on all targets in one graph, one thread, by way of Node; nothing where it is absent.
std::optional<Numbers> measure_onnx(const Workload& work) {
  std::vector<NamedEnsemble> models;
  for (const Ensemble& model : work.models) models.push_back({"target", model});
  const auto bytes = onnx_bytes(models);
  if (!bytes) give_up(bytes.error().message);
  const std::string folder = HVAC_ONNX_TEST;
  const auto files = std::filesystem::temp_directory_path() / "bench-trees";
  const std::string rows(reinterpret_cast<const char*>(work.rows.data()),
                         work.rows.size() * sizeof(float));
  if (!hvac::write_file_atomically(files / "model.onnx", *bytes) ||
      !hvac::write_file_atomically(files / "rows.bin", rows)) {
    give_up(files.string() + " cannot be written");
  }
  const std::string command =
      fmt::format("cd '{}' && node latency.mjs '{}/model.onnx' '{}/rows.bin' {} 2>/dev/null",
                  folder, files.string(), files.string(), work.features);
  std::FILE* output = ::popen(command.c_str(), "r");
  if (output == nullptr) return std::nullopt;
  Numbers numbers;
  const int read = std::fscanf(output, R"({"p50_us":%lf,"p95_us":%lf,"batch_rows_s":%lf})",
                               &numbers.p50_us, &numbers.p95_us, &numbers.batch_rows_s);
  ::pclose(output);
  std::filesystem::remove_all(files);
  return read == 3 ? std::optional(numbers) : std::nullopt;
}

Numbers measure_engine(const Workload& work, const Engine& engine) {
  std::vector<double> out(kTargets * kRows);
  return measure(
      work, [&](const float* row) { engine.predict({row, work.features}, out); },
      [&](const float* rows, std::size_t n) {
        engine.predict_batch({rows, n * work.features}, n, out);
      });
}

void print(std::string_view name, const Numbers& numbers, const Numbers& peer) {
  fmt::print("{:<22} {:>9.2f} {:>9.2f} {:>12.0f} {:>9.1f}x {:>9.1f}x\n", name, numbers.p50_us,
             numbers.p95_us, numbers.batch_rows_s, peer.p50_us / numbers.p50_us,
             numbers.batch_rows_s / peer.batch_rows_s);
}

// How the batch grows with threads.
void print_threads(const Workload& work) {
  const auto engine = Engine::make(work.models);
  if (!engine) give_up(engine.error().message);
  std::vector<double> out(kTargets * kRows);
  double alone = 0.0;
  for (std::size_t threads = 1; threads <= std::thread::hardware_concurrency(); threads *= 2) {
    double best = 0.0;
    for (int i = 0; i < 50; ++i) {
      const auto start = Clock::now();
      predict_batch_on(threads, *engine, work.rows, kRows, out);
      best = std::max(best, static_cast<double>(kRows) / seconds(start));
    }
    if (threads == 1) alone = best;
    fmt::print("{} on {} threads {:>29.0f} {:>20.2f}x one\n", engine->kind_name(), threads, best,
               best / alone);
  }
}

void run(const Workload& work) {
  fmt::print("\nThree targets of {}, one core\n{:<22} {:>9} {:>9} {:>12} {:>10} {:>10}\n",
             work.name, "", "P50 us", "P95 us", "batch rows/s", "single", "batch");
  const Numbers peer = measure_xgboost(work);
  print("XGBoost in place", peer, peer);
  if (const auto onnx = measure_onnx(work)) {
    print("ONNX Runtime", *onnx, peer);
  } else {
    fmt::print("{:<22} absent: run `npm ci --ignore-scripts` in tests/onnx\n", "ONNX Runtime");
  }
  for (const EngineKind kind :
       {EngineKind::reference, EngineKind::portable, EngineKind::avx2, EngineKind::avx512}) {
    const auto engine = Engine::make(work.models, kind);
    if (engine) print(engine->kind_name(), measure_engine(work, *engine), peer);
  }
  print_threads(work);
}

}  // namespace

int main() {
  run(make_workload(39, 100));
  run(make_workload(64, 300));
}
