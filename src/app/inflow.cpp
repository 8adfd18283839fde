#include "app/inflow.h"

#include <algorithm>

#include "app/broker.h"
#include "app/plant_text.h"

namespace hvac::app {
namespace {

const AssetId kDemoAsset{"demo-cooler"};

}  // namespace

Result<std::unique_ptr<Inflow>> Inflow::start(
    const Context& context, const StationOptions& options,
    const std::shared_ptr<const telemetry::AssetProfile>& profile, live::Fleet& fleet,
    const store::Store& store) {
  std::unique_ptr<Inflow> inflow(new Inflow());
  if (!options.roles.contains(StationRole::ingest)) return inflow;
  if (!options.config.mqtt.url.empty()) {
    const auto client = broker_client(options.config.mqtt, context.home, "in");
    if (!client) return fail(client.error());
    ingest::MqttSourceOptions source;
    source.client = *client;
    source.share_group = options.config.mqtt.share_group;
    source.intake.default_asset = {options.config.mqtt.default_asset};
    source.intake.buffer.folder = context.home / "data" / "buffer";
    auto started = ingest::MqttSource::start(source, profile, fleet, system_clock());
    if (!started) return fail(started.error());
    inflow->source_ = std::move(*started);
  }
  if (options.demo) {
    if (auto started = inflow->start_demo(context, options, fleet, store); !started) {
      return fail(started.error());
    }
  }
  return inflow;
}

void Inflow::describe(api::StationStatus& status) const {
  if (!source_) return;
  status.intake = source_->counts();
  status.incoming = source_->status();
}

Result<void> Inflow::start_demo(const Context& context, const StationOptions& options,
                                live::Fleet& fleet, const store::Store& store) {
  LiveDemo::Deliver deliver = [&fleet](const plant::PlantReading& reading) {
    const ingest::RawReading raw{
        kDemoAsset, reading.time, {reading.values.begin(), reading.values.end()}};
    return fleet.commit({&raw, 1});
  };
  if (!options.config.mqtt.url.empty()) {
    const auto client = broker_client(options.config.mqtt, context.home, "demo");
    if (!client) return fail(client.error());
    mqtt::PublisherOptions publishing;
    publishing.client = *client;
    auto started = mqtt::Publisher::start(std::move(publishing));
    if (!started) return fail(started.error());
    publisher_ = std::move(*started);
    deliver = [this](const plant::PlantReading& reading) {
      return publisher_->publish(
          {"hvac/" + kDemoAsset.value + "/sensors", telemetry_message(reading)});
    };
  }
  // A demo that runs faster than time goes on where the last one ended.
  TimePoint begin = system_clock()();
  const auto known = store.assets();
  if (!known) return fail(known.error());
  for (const store::AssetSummary& asset : *known) {
    if (asset.asset == kDemoAsset) begin = std::max(begin, asset.last);
  }
  demo_.emplace(std::move(deliver), begin, options.speed);
  control_ = demo_->control();
  return {};
}

}  // namespace hvac::app
