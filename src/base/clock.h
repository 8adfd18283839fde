#pragma once

#include <chrono>
#include <functional>

namespace hvac {

/// An instant in UTC, to the millisecond.
using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;

/// Where the time comes from; a test hands in its own. Callable from any thread.
using Clock = std::function<TimePoint()>;

/// The machine's clock.
inline Clock system_clock() {
  return [] {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  };
}

}  // namespace hvac
