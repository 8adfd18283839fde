#pragma once

#include <array>
#include <optional>
#include <span>

#include "plant/faults.h"
#include "plant/process.h"
#include "plant/random.h"
#include "plant/tags.h"

namespace hvac::plant {

/// Values of all tags at one instant; NaN where a value is missing.
using TagValues = std::array<double, kTagCount>;

/// Turns the truth into what the controller logs: lag, noise and resolution of each sensor, its
/// faults, the values computed from others (so that the identities between the tags hold), and new
/// firmware's columns. One thread.
class Logger {
 public:
  explicit Logger(std::uint64_t seed) : random_(seed ^ 0x6c6f67676572ULL) {}

  /// `missing_chance`: how often any single value is lost.
  TagValues log(const Truth& truth, std::span<const Fault> faults, double time_s,
                double missing_chance);

  /// What the controller itself reads of a sensor: the value with the sensor's lasting faults.
  double seen(Tag tag, double value, std::span<const Fault> faults, double time_s);

 private:
  double sense(Tag tag, double truth, std::span<const Fault> faults, double time_s);
  TagValues sense_all(const Truth& truth, std::span<const Fault> faults, double time_s);
  void compute(TagValues& values, std::span<const Fault> faults, double time_s);

  Random random_;
  std::array<std::optional<double>, kTagCount> stuck_at_{};
  double idle_flow_reading_ = 404.0;
  double firmware_counter_ = 11000.0;
};

}  // namespace hvac::plant
