#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "base/asset_id.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "telemetry/judge.h"
#include "telemetry/profile.h"
#include "telemetry/sample.h"
#include "twin/model.h"
#include "twin/step.h"

/// The running twins: readings in, judged, stepped, and what they mean out.
namespace hvac::live {

using ModelPointer = std::shared_ptr<const twin::Model>;

/// What became of an asset's readings since the start.
struct ReadingCounts {
  std::uint64_t samples = 0;     ///< Stepped.
  std::uint64_t duplicates = 0;  ///< The instant before again.
  std::uint64_t reboots = 0;     ///< All zero after a controller reboot.
  std::uint64_t late = 0;        ///< Not younger than one already stepped.
};

/// One cooler as of its last sample. A value.
struct AssetView {
  AssetId asset;
  telemetry::Sample sample;
  twin::Outcome outcome;
  std::string model_version;
  ReadingCounts counts;
};

/// All coolers of a site. `push` belongs to one thread; the rest may be called from any.
class Fleet {
 public:
  /// Called by `push` with every new view, on its thread.
  using Listener = std::function<void(const std::shared_ptr<const AssetView>&)>;

  Fleet(std::shared_ptr<const telemetry::AssetProfile> profile, ModelPointer model);
  ~Fleet();

  /// Before the first push.
  void listen(Listener listener);

  /// One reading: `values` has one per tag of the profile, NaN where missing, in the site's unit;
  /// it is overwritten. Duplicates, reboots and late readings are counted and change nothing.
  void push(const AssetId& asset, TimePoint time, std::span<double> values);

  /// From the next sample on.
  void use(ModelPointer model);

  /// The last view of each asset, by its id; nothing of an asset without a sample.
  std::vector<std::shared_ptr<const AssetView>> views() const;
  /// Errors: not_found, naming the assets there are.
  [[nodiscard]] Result<std::shared_ptr<const AssetView>> view(const AssetId& asset) const;

 private:
  struct Twin;
  Twin& twin_of(const AssetId& asset, const ModelPointer& model);

  std::shared_ptr<const telemetry::AssetProfile> profile_;
  telemetry::SampleMaker maker_;
  std::map<AssetId, std::unique_ptr<Twin>> twins_;  ///< Only `push` touches it.
  std::vector<telemetry::Quality> quality_;
  std::vector<Listener> listeners_;
  Guarded<ModelPointer> model_;
  Guarded<std::map<AssetId, std::shared_ptr<const AssetView>>> views_;
};

}  // namespace hvac::live
