#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/asset_id.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/histogram.h"
#include "base/result.h"
#include "ingest/sink.h"
#include "live/asset_twin.h"
#include "live/asset_view.h"
#include "store/store.h"

namespace hvac::live {

struct FleetOptions {
  std::size_t threads = 1;  ///< That step a large batch's assets.
  /// Part of the name of what is remembered: processes that divide an asset's readings among them
  /// each remember their own.
  std::string worker;
  Clock clock = system_clock();
  /// Told in words what an operator should know, e.g. a remembered twin that was damaged.
  std::function<void(const std::string&)> warn = [](const std::string&) {};
};

/// What the fleet has done since the start. Any thread.
struct FleetMetrics {
  std::atomic<std::uint64_t> samples_stored{0};
  std::atomic<std::uint64_t> samples_repeated{0};  ///< In the store already.
  std::atomic<std::uint64_t> samples_refused{0};   ///< Older than what retention keeps.
  std::atomic<std::uint64_t> outcomes{0};
  std::atomic<std::uint64_t> failed_commits{0};
  std::atomic<std::uint64_t> damaged_states{0};
  Histogram inference;  ///< Of one sample: judging and stepping.
  Histogram commit;     ///< Of one batch: the store alone.
  Histogram ingest;     ///< Of one sample: from its batch's arrival to its commit.
};

/// All coolers of a site: what comes in is judged, stepped and committed with the twins' new states
/// in one transaction; then it is shown. After an error nothing has changed. Any thread.
class Fleet final : public ingest::Sink {
 public:
  /// Told what became of each batch once it is committed, in order of time for each asset; on the
  /// committing thread, which it must not hold up.
  using Listener = std::function<void(std::span<const ViewPointer>)>;

  /// `into` must outlive it.
  Fleet(std::shared_ptr<const telemetry::AssetProfile> profile, ModelPointer model,
        store::Store& into, FleetOptions options = {});
  ~Fleet() override;

  /// Before the first commit.
  void listen(Listener listener);

  /// Errors: the store's.
  [[nodiscard]] Result<void> commit(std::span<const ingest::RawReading> readings) override;

  /// Shows what other processes have committed since it was last asked, as far as the store keeps
  /// it, and tells the listeners. Errors: the store's.
  [[nodiscard]] Result<void> catch_up();

  /// From the next batch on.
  void use(ModelPointer model);

  /// The last view of each asset, by its id; nothing of an asset without a sample.
  std::vector<ViewPointer> views() const;
  /// Errors: not_found, naming the assets there are.
  [[nodiscard]] Result<ViewPointer> view(const AssetId& asset) const;

  const FleetMetrics& metrics() const { return metrics_; }

  /// Why the store does not take what comes; empty: it does.
  std::string failure() const {
    return failure_.with([](const std::string& failure) { return failure; });
  }

 private:
  struct Seat;
  struct Work;
  Result<void> commit(Work& work, std::span<const ingest::RawReading> readings);
  Result<Seat*> seat_of(Work& work, const AssetId& asset,
                        const std::shared_ptr<const Serving>& with);
  Result<void> gather(Work& work, std::span<const ingest::RawReading> readings);
  void step(Seat& seat, TimePoint now);
  store::Batch take_batch(Work& work);
  void take_back(Work& work);
  Result<std::vector<ViewPointer>> stored_since(const store::AssetSummary& asset) const;
  void show(Work& work);
  std::string state_name(const AssetId& asset) const;

  const Site site_;
  store::Store& store_;
  const FleetOptions options_;
  FleetMetrics metrics_;
  std::vector<Listener> listeners_;
  Guarded<std::shared_ptr<const Serving>> serving_;
  std::unique_ptr<Guarded<Work>> work_;
  Guarded<std::map<AssetId, ViewPointer>> views_;
  Guarded<std::string> failure_;
};

}  // namespace hvac::live
