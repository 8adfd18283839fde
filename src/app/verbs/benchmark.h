#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "twin/model.h"

/// Measures a model on this machine.
namespace hvac::app {

/// What it runs on.
struct Device {
  std::string cpu;
  std::size_t cores = 0;
  double memory_gb = 0.0;
  std::string system;
  std::string engine;  ///< Which tree engine this CPU gets.
};

/// One thing done again and again, one at a time, on one thread.
struct LatencyEntry {
  std::string name;
  double p50_ms = 0.0;
  double p95_ms = 0.0;
  double p99_ms = 0.0;
  double per_second = 0.0;
};

/// Many rows at once.
struct BatchEntry {
  std::size_t rows = 0;
  std::size_t threads = 0;
  double rows_per_s = 0.0;
};

struct BenchmarkReport {
  Device device;
  std::string model;
  double load_ms = 0.0;    ///< Reading, checking and preparing the model.
  double memory_mb = 0.0;  ///< Of this process, with the model.
  std::vector<LatencyEntry> latencies;
  std::vector<BatchEntry> batches;
};

/// Latencies of each target's trees, of all three together, of a whole prediction (features,
/// targets and intervals) and of an explanation; batches on one and on all threads. Inputs are
/// random within the model's training domain, a twentieth of them missing, never the same one
/// twice in a row. Takes a few seconds. Errors: interrupted.
[[nodiscard]] Result<BenchmarkReport> run_benchmark(const std::shared_ptr<const twin::Model>& model,
                                                    double load_ms, const Progress& progress);

}  // namespace hvac::app
