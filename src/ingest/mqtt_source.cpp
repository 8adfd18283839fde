#include "ingest/mqtt_source.h"

#include <utility>

namespace hvac::ingest {

Result<std::unique_ptr<MqttSource>> MqttSource::start(
    const MqttSourceOptions& options, std::shared_ptr<const telemetry::AssetProfile> profile,
    Sink& sink, Clock clock) {
  Result<std::unique_ptr<Intake>> intake =
      Intake::open(options.intake, std::move(profile), sink, std::move(clock));
  if (!intake) return fail(intake.error());
  mqtt::SubscriberOptions subscription;
  subscription.client = options.client;
  subscription.share_group = options.share_group;
  subscription.filters = {"hvac/sensors/data", "hvac/+/sensors"};
  auto subscriber = mqtt::Subscriber::start(
      std::move(subscription),
      [&into = **intake](std::span<const mqtt::MessageView> batch) { return into.take(batch); });
  if (!subscriber) return fail(subscriber.error());
  std::unique_ptr<MqttSource> source(new MqttSource());
  source->intake_ = std::move(*intake);
  source->subscriber_ = std::move(*subscriber);
  return source;
}

}  // namespace hvac::ingest
