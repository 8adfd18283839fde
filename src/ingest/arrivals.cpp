#include "ingest/arrivals.h"

#include <algorithm>

namespace hvac::ingest {
namespace {

constexpr double kGap = 5.0;          // times the usual time between readings
constexpr std::size_t kLearnt = 3;    // steps after which the usual time is known
constexpr double kSmoothing = 0.125;  // weight of the newest step

}  // namespace

bool Arrivals::admits(std::string_view asset) const {
  return tracks_.size() < most_assets_ || tracks_.contains(asset);
}

void Arrivals::note(const RawReading& reading, TimePoint now, IntakeCounts& counts) {
  Track& track = tracks_[reading.asset.value];
  const TimePoint time = reading.time;
  ++counts.readings;
  if (now - time > late_after_) ++counts.late;
  const auto end =
      track.recent.begin() + static_cast<std::ptrdiff_t>(std::min(track.count, kRemembered));
  if (std::find(track.recent.begin(), end, time) != end) {
    ++counts.duplicate;
    return;
  }
  if (track.count > 0 && time < track.newest) {
    ++counts.out_of_order;
  } else {
    if (track.count > 0) step(track, time, counts);
    track.newest = time;
  }
  track.recent[track.count++ % kRemembered] = time;
}

void Arrivals::step(Track& track, TimePoint time, IntakeCounts& counts) {
  const auto ms = static_cast<double>((time - track.newest).count());
  if (track.steps >= kLearnt && ms >= kGap * track.usual_ms) {
    ++counts.gapped;
    return;  // A gap says nothing of the usual time.
  }
  track.usual_ms = track.steps == 0 ? ms : track.usual_ms + kSmoothing * (ms - track.usual_ms);
  ++track.steps;
}

}  // namespace hvac::ingest
