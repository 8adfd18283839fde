#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "telemetry/sample.h"
#include "twin/prediction.h"

/// What is wrong, in words an operator can act on.
namespace hvac::twin {

enum class FindingKind : std::uint8_t {
  above_prediction,  ///< A target stays above what it should be.
  below_prediction,
  sensor_bad,         ///< A sensor gives little or nothing believable.
  outside_training,   ///< Conditions the model was not trained on.
  heat_balance_open,  ///< Air and water do not agree about the heat.
  coil_fouled,        ///< The coil's conductance has fallen below kCleanAt.
};
std::string_view name(FindingKind kind);

struct Finding {
  FindingKind kind;
  std::string_view tag;  ///< Which; empty when it is not about one tag.
  TimePoint since;
  double value;  ///< What was found, in the unit of the limit.
  double limit;
};

/// One sentence: what is wrong, how much, and what to do.
std::string describe(const Finding& finding);

/// Remembers since when each condition holds; a condition comes up after it held for a number of
/// samples, and goes as soon as it does not. A value; does not allocate.
class FindingLatch {
 public:
  /// A condition that was seen again or not. Returns since when it is a finding, if it is.
  std::optional<TimePoint> see(bool holds, TimePoint now, int samples_before_it_counts);

  template <class Self, class Archive>
  static void archive(Self& self, Archive& archive) {
    archive(self.count_, self.first_);
  }

 private:
  int count_ = 0;
  TimePoint first_{};
};

/// Remembers how a sensor has been lately: a bad sample counts two, a good one takes one back. Ten
/// bad ones running make a finding, and so does a loose contact that spoils more than every third;
/// twenty good ones running end it. A value; does not allocate.
class SensorLatch {
 public:
  static constexpr int kSamples = 10;  ///< Bad ones before it counts.

  /// Takes the next sample. Returns since when the sensor is a finding, if it is.
  std::optional<TimePoint> see(bool is_bad, TimePoint now);

  template <class Self, class Archive>
  static void archive(Self& self, Archive& archive) {
    archive(self.level_, self.first_);
  }

 private:
  static constexpr int kBad = 2;
  static constexpr int kFinding = kBad * kSamples;  ///< From this level on it is a finding ...
  static constexpr int kFull = 2 * kFinding;        ///< ... and starts as far above as it came.

  int level_ = 0;
  TimePoint first_{};
};

}  // namespace hvac::twin
