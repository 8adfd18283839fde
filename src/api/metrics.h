#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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

  /// Appends all series.
  void write(std::string& text, const twin::ModelInfo& model, std::string_view program_version,
             std::uint64_t log_lines_dropped) const;

 private:
  static constexpr std::array<double, 12> kBuckets = {1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3,
                                                      5e-3, 2.5e-2, 1e-1, 5e-1, 2.5};  // s
  static constexpr std::array<int, 16> kStatuses = {200, 204, 302, 304, 400, 404, 405, 408,
                                                    413, 414, 415, 422, 431, 500, 503, 505};
  using Counter = std::atomic<std::uint64_t>;

  struct Histogram {
    std::array<Counter, kBuckets.size() + 1> buckets{};
    Counter sum_ns{0};

    void observe(std::chrono::nanoseconds duration, std::uint64_t times = 1);
    std::uint64_t count() const;
    void write(std::string& text, std::string_view name, std::string_view labels) const;
  };

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
