#pragma once

#include <functional>
#include <string_view>

namespace hvac {

/// How long work says how far it is: `done` of `total` in [0, 1] and what it is doing.
/// Called from the working thread; returning false asks the work to stop, which then
/// fails with `interrupted` and leaves nothing half-applied.
using Progress = std::function<bool(double done, std::string_view what)>;

/// For callers that do not want to know.
inline Progress no_progress() {
  return [](double, std::string_view) { return true; };
}

/// The progress of a part of some work: its [0, 1] is [from, to] of the whole. `whole` must outlive
/// it.
inline Progress part_of(const Progress& whole, double from, double to) {
  return [&whole, from, to](double done, std::string_view what) {
    return whole(from + done * (to - from), what);
  };
}

}  // namespace hvac
