#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hvac {

/// How long things take, counted by classes. Any thread; neither locks nor allocates.
class Histogram {
 public:
  /// Upper ends of the classes [s]; what is longer is counted behind the last.
  static constexpr std::array<double, 14> kBounds = {1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3,
                                                     5e-3, 2.5e-2, 0.1,  0.5,  2.5,    10.0, 60.0};

  void observe(std::chrono::nanoseconds duration, std::uint64_t times = 1) {
    const double seconds = 1e-9 * static_cast<double>(duration.count());
    const auto found = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
    add(counts_[static_cast<std::size_t>(found - kBounds.begin())], times);
    add(sum_ns_, static_cast<std::uint64_t>(duration.count()) * times);
  }

  /// Of each class by itself.
  using Counts = std::array<std::uint64_t, kBounds.size() + 1>;
  Counts counts() const {
    Counts counts{};
    for (std::size_t i = 0; i < counts.size(); ++i) {
      counts[i] = counts_[i].load(std::memory_order_relaxed);
    }
    return counts;
  }
  std::uint64_t count() const {
    std::uint64_t sum = 0;
    for (const auto& each : counts_) sum += each.load(std::memory_order_relaxed);
    return sum;
  }
  double sum_s() const {
    return 1e-9 * static_cast<double>(sum_ns_.load(std::memory_order_relaxed));
  }

 private:
  using Counter = std::atomic<std::uint64_t>;
  static void add(Counter& counter, std::uint64_t n) {
    counter.fetch_add(n, std::memory_order_relaxed);
  }

  std::array<Counter, kBounds.size() + 1> counts_{};
  Counter sum_ns_{0};
};

}  // namespace hvac
