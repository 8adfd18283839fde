#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace hvac {

/// Calls `job(0) ... job(n - 1)`, shared out among at most `threads` threads, the calling one among
/// them. Returns when all are done.
template <class Job>
void share_out(std::size_t threads, std::size_t n, const Job& job) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < n; i = next++) job(i);
  };
  std::vector<std::jthread> others;
  for (std::size_t other = 1; other < std::min(threads, n); ++other) others.emplace_back(work);
  work();
}

}  // namespace hvac
