#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/histogram.h"
#include "twin/parts.h"

namespace hvac::api {

/// Counts what the server does and writes it in the Prometheus text format 0.0.4. Any thread;
/// counting neither locks nor allocates.
class Metrics {
 public:
  /// `routes`: their names, for the label; requests are counted by their place in it.
  explicit Metrics(std::vector<std::string> routes);

  void count_request(std::size_t route, int status, std::chrono::nanoseconds duration);
  void count_predictions(std::size_t predictions, std::chrono::nanoseconds inference);
  void count_model_swap() { add(model_swaps_); }
  void count_model_fault() { add(model_faults_); }

  /// All requests, and all predictions, by how long they took.
  Histogram::Counts requests() const;
  Histogram::Counts inference() const { return inference_.counts(); }

  /// Appends all series.
  void write(std::string& text, const twin::ModelInfo& model, std::string_view program_version,
             std::uint64_t log_lines_dropped) const;

 private:
  static constexpr std::array<int, 20> kStatuses = {200, 204, 302, 304, 400, 401, 403,
                                                    404, 405, 408, 409, 413, 414, 415,
                                                    422, 429, 431, 500, 503, 505};
  using Counter = std::atomic<std::uint64_t>;
  static void add(Counter& counter, std::uint64_t n = 1) {
    counter.fetch_add(n, std::memory_order_relaxed);
  }

  std::vector<std::string> routes_;
  std::vector<std::array<Histogram, kStatuses.size() + 1>> requests_;  ///< Last: other statuses.
  Histogram inference_;
  Counter predictions_{0};
  Counter model_swaps_{0};
  Counter model_faults_{0};
};

}  // namespace hvac::api
