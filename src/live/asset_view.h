#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/asset_id.h"
#include "base/clock.h"
#include "telemetry/sample.h"
#include "twin/step.h"

/// The running twins: readings in, judged, stepped, stored, and what they mean out.
namespace hvac::live {

/// What became of an asset's readings since its twin began.
struct ReadingCounts {
  std::uint64_t samples = 0;     ///< Stepped.
  std::uint64_t duplicates = 0;  ///< The instant before again.
  std::uint64_t reboots = 0;     ///< All zero after a controller reboot.
  std::uint64_t late = 0;        ///< Older than one already stepped: stored, not stepped.

  template <class Self, class Archive>
  static void archive(Self& self, Archive& archive) {
    archive(self.samples, self.duplicates, self.reboots, self.late);
  }
};

/// One cooler as of one sample. A value.
struct AssetView {
  AssetId asset;
  telemetry::Sample sample;
  twin::Outcome outcome;
  TimePoint received;  ///< When its reading came to be judged, by this machine's clock.
  std::string model_version;
  ReadingCounts counts;
};
using ViewPointer = std::shared_ptr<const AssetView>;

}  // namespace hvac::live
