#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alerts/alarm.h"
#include "api/drift_service.h"
#include "app/drift_job.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "config/config.h"
#include "drift/latch.h"
#include "store/store.h"
#include "telemetry/profile.h"

namespace hvac::app {

/// The drift reports of a running program: what the store holds of each asset against the reference
/// in force, hourly unless configured otherwise. `tick` belongs to one thread, the rest to any.
class DriftMonitor {
 public:
  static constexpr std::chrono::seconds kLook{10};  ///< How often `tick` is worth a call.

  /// What came of a report. Conditions are latched: drift that lasted for several reports in a row.
  struct News {
    std::vector<alerts::Condition> conditions;
    std::string event;  ///< JSON of one line, for live pages.
  };
  using Listener = std::function<void(const News&)>;

  /// `store` outlives it. Goes on with the latches of the newest report in `home`.
  DriftMonitor(std::filesystem::path home, store::Store& store,
               std::shared_ptr<const telemetry::AssetProfile> profile, config::Drift config,
               Listener listener);

  /// From the next look on.
  void configure(const config::Drift& config);

  /// Makes a report when one is due at `now`, one interval after the newest one; does nothing
  /// otherwise, nor where there is no reference or no telemetry yet. Returns whether it
  /// made one. Errors: those of the store; corrupt; unavailable. It is tried again a minute later.
  [[nodiscard]] Result<bool> tick(TimePoint now);

  /// What the API offers. Valid as long as this object.
  api::DriftControl control(Clock clock);

 private:
  Result<bool> report(TimePoint now, const config::Drift& config);
  Result<void> keep(const DriftFinding& found, TimePoint now);
  Result<void> rebaseline(const std::string& actor, const std::string& note, TimePoint now);
  Result<void> exclude(const std::string& tag, api::DriftControl::Exclude what,
                       const std::string& actor, const std::string& note, TimePoint now);

  const std::filesystem::path home_;
  store::Store& store_;
  const std::shared_ptr<const telemetry::AssetProfile> profile_;
  Guarded<config::Drift> config_;
  const Listener listener_;
  std::map<AssetId, drift::Latch> latches_;
  std::map<AssetId, TimePoint> seen_;  ///< Its last sample that was judged.
  std::optional<TimePoint> last_;      ///< When the newest report was made.
  std::optional<TimePoint> retry_;     ///< Nothing came of the last try ...
  Guarded<std::string> missing_;       ///< ... and why, a sentence, of the asset tried last.
};

}  // namespace hvac::app
