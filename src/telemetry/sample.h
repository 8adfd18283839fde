#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "telemetry/quality.h"
#include "telemetry/tags.h"

namespace hvac::telemetry {

/// A longer silence than this ends a recording: nothing before it says anything about after.
inline constexpr std::chrono::hours kLongestGap{1};

/// Which recording a sample belongs to: an unbroken run of samples of one asset.
struct RecordingId {
  std::uint32_t value = 0;

  template <class Self, class Archive>
  static void archive(Self& self, Archive& archive) {
    archive(self.value);
  }
  friend auto operator<=>(RecordingId, RecordingId) = default;
};

/// The time of a row that has none, where a row always holds one.
inline constexpr TimePoint kNoTime = TimePoint::min();

/// One instant of one unit cooler, judged value by value, in the built-in profile's tags and units.
/// A value; whoever fills it in has judged each value.
class Sample {
 public:
  /// The value when its quality is good, else nothing.
  std::optional<double> input(InputTag tag) const { return good(inputs_[index(tag)]); }
  std::optional<double> target(TargetTag tag) const { return good(targets_[index(tag)]); }
  Quality quality(InputTag tag) const { return inputs_[index(tag)].quality; }
  Quality quality(TargetTag tag) const { return targets_[index(tag)].quality; }

  std::optional<TimePoint> time;
  RecordingId recording;

  void set(InputTag tag, double value, Quality quality = Quality::good) {
    inputs_[index(tag)] = {value, quality};
  }
  void set(TargetTag tag, double value, Quality quality = Quality::good) {
    targets_[index(tag)] = {value, quality};
  }

 private:
  struct Judged {
    double value = 0.0;
    Quality quality = Quality::missing;
  };
  static std::optional<double> good(const Judged& v) {
    return v.quality == Quality::good ? std::optional(v.value) : std::nullopt;
  }
  std::array<Judged, kInputCount> inputs_{};
  std::array<Judged, kTargetCount> targets_{};
};

}  // namespace hvac::telemetry
