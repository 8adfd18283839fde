#pragma once

#include <memory>

#include "ingest/intake.h"
#include "mqtt/subscriber.h"

namespace hvac::ingest {

struct MqttSourceOptions {
  mqtt::ClientOptions client;  ///< Its client id names the session; one per process.
  std::string share_group;     ///< Not empty: several workers divide the messages.
  IntakeOptions intake;
};

/// Telemetry from a broker: subscribes `hvac/sensors/data` and `hvac/+/sensors`, and acknowledges
/// what is in the sink or on disk, at least once. The sink is called on the source's own thread.
/// Resource; its functions may be called from any thread.
class MqttSource {
 public:
  /// Returns at once; connects and stays connected in the background. `sink` must outlive it.
  /// Errors: invalid_argument for options that cannot work; unavailable for the buffer's folder.
  [[nodiscard]] static Result<std::unique_ptr<MqttSource>> start(
      const MqttSourceOptions& options, std::shared_ptr<const telemetry::AssetProfile> profile,
      Sink& sink, Clock clock);

  IntakeCounts counts() const { return intake_->counts(); }
  mqtt::SubscriberStatus status() const { return subscriber_->status(); }
  /// Errors: unavailable, with the reason, when not subscribed after `patience`.
  [[nodiscard]] Result<void> wait_subscribed(std::chrono::milliseconds patience) const {
    return subscriber_->wait_subscribed(patience);
  }

 private:
  MqttSource() = default;
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<mqtt::Subscriber> subscriber_;  ///< Ends first: it calls the intake.
};

}  // namespace hvac::ingest
