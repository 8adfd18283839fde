#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "ingest/intake.h"

namespace hvac::ingest {

/// How the readings of each asset follow one another. One thread.
class Arrivals {
 public:
  explicit Arrivals(const IntakeOptions& options)
      : most_assets_(options.most_assets), late_after_(options.late_after) {}

  /// Whether there is room for that asset.
  bool admits(std::string_view asset) const;

  /// Counts what is remarkable about `reading`, which came at `now`.
  void note(const RawReading& reading, TimePoint now, IntakeCounts& counts);

 private:
  static constexpr std::size_t kRemembered = 16;
  struct Track {
    std::array<TimePoint, kRemembered> recent{};
    std::size_t count = 0;
    TimePoint newest{};
    double usual_ms = 0.0;  ///< Time between readings, smoothed.
    std::size_t steps = 0;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  static void step(Track& track, TimePoint time, IntakeCounts& counts);

  std::size_t most_assets_;
  std::chrono::milliseconds late_after_;
  std::unordered_map<std::string, Track, Hash, std::equal_to<>> tracks_;
};

}  // namespace hvac::ingest
