#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/asset_id.h"
#include "base/guarded.h"
#include "base/result.h"
#include "live/asset_view.h"
#include "mqtt/publisher.h"

namespace hvac::app {

/// How often an asset's outcomes are published when more come than anyone could read.
struct PublishRate {
  double burst = 100.0;     ///< So many at once ...
  double per_second = 8.0;  ///< ... and then so many a second.
};

/// What the program says to a broker: outcomes on `hvac/{asset}/twin`, and on `hvac/status`
/// (retained) that it is there; the broker says so itself when it no longer is. Nobody waits for
/// the broker: what it does not take for long is dropped and counted. Any thread.
class OutcomePublisher {
 public:
  /// Errors: those of mqtt::Publisher::start.
  [[nodiscard]] static Result<std::unique_ptr<OutcomePublisher>> start(
      mqtt::ClientOptions client, const std::string& program_version, PublishRate rate = {});

  void publish(std::span<const live::ViewPointer> views);

  /// For others who have something to say.
  mqtt::Publisher& publisher() { return *publisher_; }
  mqtt::PublisherStatus status() const { return publisher_->status(); }

  struct Counts {
    std::uint64_t published = 0;  ///< Handed to the publisher.
    std::uint64_t held_back = 0;  ///< By the rate.
  };
  Counts counts() const {
    return state_.with([](const State& state) { return state.counts; });
  }

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Allowance {
    double left;
    Time at;
  };
  struct State {
    std::map<AssetId, Allowance> allowances;
    Counts counts;
  };
  explicit OutcomePublisher(PublishRate rate) : rate_(rate) {}
  bool allows(State& state, const live::AssetView& view, Time now) const;

  const PublishRate rate_;
  Guarded<State> state_;
  std::unique_ptr<mqtt::Publisher> publisher_;
};

}  // namespace hvac::app
