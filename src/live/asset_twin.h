#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/asset_id.h"
#include "base/clock.h"
#include "base/result.h"
#include "ingest/reading.h"
#include "live/asset_view.h"
#include "store/records.h"
#include "telemetry/judge.h"
#include "telemetry/profile.h"
#include "twin/model.h"
#include "twin/step.h"

namespace hvac::live {

using ModelPointer = std::shared_ptr<const twin::Model>;

/// What all coolers of a site have in common. Immutable; any thread.
struct Site {
  explicit Site(std::shared_ptr<const telemetry::AssetProfile> of);

  std::shared_ptr<const telemetry::AssetProfile> profile;
  telemetry::SampleMaker maker;
  telemetry::InstantJudge instant;
  std::shared_ptr<const store::Layout> layout;  ///< Of samples.
};

/// A model in service and the layout of what it says. Immutable; any thread.
struct Serving {
  explicit Serving(ModelPointer with);

  ModelPointer model;
  std::string identity;                         ///< Another model has another one.
  std::shared_ptr<const store::Layout> layout;  ///< Of outcomes.
};

/// What readings caused: to be stored together, and then shown.
struct Produced {
  std::vector<store::Row> samples;
  std::vector<store::Row> outcomes;
  std::vector<store::Finding> findings;
  std::vector<ViewPointer> views;
};

/// The running twin of one cooler: judges readings, steps, and can be put down as bytes. One
/// thread at a time. `site` must outlive it.
class AssetTwin {
 public:
  AssetTwin(AssetId asset, const Site& site, std::shared_ptr<const Serving> serving);

  /// Goes on with that model, from the next reading on.
  void serve(const std::shared_ptr<const Serving>& serving);

  /// Takes one reading. Every instant becomes a stored sample; those younger than the last one also
  /// an outcome. `now`: when it came, to find out clocks that were put right.
  void take(const ingest::RawReading& reading, TimePoint now, Produced& into);

  /// Everything it remembers.
  std::string bytes() const;
  /// What a twin of the same profile put down; goes on bit for bit where that one was, with another
  /// model as `serve`. Errors: corrupt; then it is as new.
  [[nodiscard]] Result<void> restore(std::string_view bytes);

  const AssetId& asset() const { return asset_; }

 private:
  void begin_anew();
  void step(TimePoint time, telemetry::RecordingId recording, TimePoint now, Produced& into);
  void keep_sample(TimePoint time, Produced& into) const;
  void keep_findings(const twin::Outcome& outcome, Produced& into);

  AssetId asset_;
  const Site& site_;
  std::shared_ptr<const Serving> serving_;
  telemetry::StreamJudge judge_;
  twin::State state_;
  ReadingCounts counts_;
  std::vector<twin::Finding> known_;  ///< Of the last outcome: stored already.
  std::vector<double> values_;        ///< Of the reading being taken ...
  std::vector<telemetry::Quality> quality_;
};

}  // namespace hvac::live
