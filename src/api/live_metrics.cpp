#include "api/live_metrics.h"

#include <fmt/format.h>

#include "alerts/center.h"
#include "api/alert_metrics.h"
#include "api/event_hub.h"
#include "api/kpi.h"
#include "api/metrics_text.h"
#include "api/process.h"
#include "api/shared.h"
#include "live/fleet.h"
#include "telemetry/tags.h"

namespace hvac::api {
namespace {

double epoch_s(TimePoint time) {
  return 1e-3 * static_cast<double>(time.time_since_epoch().count());
}

void write_fleet(MetricsText& text, const live::FleetMetrics& fleet) {
  text.begin("hvac_step_duration_seconds", "histogram",
             "Time to judge one sample and step its twin.");
  text.histogram(fleet.inference);
  text.begin("hvac_store_commit_duration_seconds", "histogram", "Time to commit one batch.");
  text.histogram(fleet.commit);
  text.begin("hvac_ingest_duration_seconds", "histogram",
             "Time of one sample from the arrival of its batch to its commit.");
  text.histogram(fleet.ingest);
  text.counter("hvac_samples_stored_total", "Samples committed.", fleet.samples_stored);
  text.counter("hvac_samples_repeated_total", "Samples that the store had already.",
               fleet.samples_repeated);
  text.counter("hvac_samples_refused_total", "Samples older than what retention keeps.",
               fleet.samples_refused);
  text.counter("hvac_outcomes_total", "Outcomes committed.", fleet.outcomes);
  text.counter("hvac_store_commit_failures_total", "Batches that could not be committed.",
               fleet.failed_commits);
  text.counter("hvac_twin_states_damaged_total", "Remembered twins that had to begin anew.",
               fleet.damaged_states);
}

void write_targets(MetricsText& text, const std::vector<live::ViewPointer>& views,
                   std::string_view name, std::string_view help,
                   double (*of)(const twin::TargetOutcome&)) {
  text.begin(name, "gauge", help);
  for (const live::ViewPointer& view : views) {
    for (std::size_t t = 0; t < telemetry::kTargetCount; ++t) {
      const double value = of(view->outcome.targets[t]);
      if (!(value == value)) continue;  // Not measured.
      text.value(value, label("asset", view->asset.value) + "," +
                            label("target", telemetry::kTargetNames[t]));
    }
  }
}

void write_assets(MetricsText& text, const std::vector<live::ViewPointer>& views) {
  text.gauge("hvac_assets", "Coolers with a running twin.", static_cast<double>(views.size()));
  text.begin("hvac_asset_last_sample_timestamp_seconds", "gauge", "Time of the last sample.");
  for (const auto& view : views) {
    text.value(epoch_s(view->outcome.time), label("asset", view->asset.value));
  }
  text.begin("hvac_asset_last_received_timestamp_seconds", "gauge",
             "When the last sample was committed.");
  for (const auto& view : views) {
    text.value(epoch_s(view->received), label("asset", view->asset.value));
  }
  text.begin("hvac_asset_health_ratio", "gauge",
             "Conductance of the coil over that of a clean one.");
  for (const auto& view : views) {
    if (!view->outcome.health) continue;
    text.value(view->outcome.health->index, label("asset", view->asset.value));
  }
  text.begin("hvac_asset_findings", "gauge", "Findings of the last sample.");
  for (const auto& view : views) {
    text.value(static_cast<double>(view->outcome.findings.size()),
               label("asset", view->asset.value));
  }
  text.begin("hvac_asset_domain_distance", "gauge",
             "Distance from the training data; above 1 is outside.");
  for (const auto& view : views) {
    text.value(view->outcome.domain.distance, label("asset", view->asset.value));
  }
  write_targets(text, views, "hvac_asset_residual",
                "Measured less predicted, in the target's unit.",
                [](const twin::TargetOutcome& target) { return target.residual; });
  write_targets(text, views, "hvac_asset_predicted", "Predicted value, in the target's unit.",
                [](const twin::TargetOutcome& target) { return target.predicted.value; });
}

void write_intake(MetricsText& text, const ingest::IntakeCounts& counts) {
  text.begin("hvac_ingest_messages_total", "counter", "Messages by what became of them.");
  const std::pair<std::string_view, std::uint64_t> results[] = {{"taken", counts.readings},
                                                                {"malformed", counts.malformed},
                                                                {"oversized", counts.oversized},
                                                                {"foreign", counts.foreign},
                                                                {"refused", counts.refused}};
  for (const auto& [result, n] : results) text.value(n, label("result", result));
  text.begin("hvac_ingest_remarkable_total", "counter",
             "Readings taken that were not as they should be.");
  const std::pair<std::string_view, std::uint64_t> kinds[] = {{"duplicate", counts.duplicate},
                                                              {"out_of_order", counts.out_of_order},
                                                              {"late", counts.late},
                                                              {"gapped", counts.gapped},
                                                              {"unknown_tag", counts.unknown_tags}};
  for (const auto& [kind, n] : kinds) text.value(n, label("kind", kind));
  text.counter("hvac_ingest_buffered_total", "Readings that went through the disk buffer.",
               counts.buffered);
  text.gauge("hvac_ingest_buffer_bytes", "What waits in the disk buffer.",
             static_cast<double>(counts.buffer_bytes));
  text.counter("hvac_ingest_buffer_damaged_total", "Files of the disk buffer that were damaged.",
               counts.buffer_damaged);
}

void write_station(MetricsText& text, const StationStatus& status) {
  text.gauge("hvac_store_up", "Whether the store takes what comes (1, 0).",
             status.store_failure.empty() ? 1.0 : 0.0);
  if (status.intake) write_intake(text, *status.intake);
  if (status.incoming) {
    text.gauge("hvac_mqtt_subscribed", "Whether telemetry comes from the broker (1, 0).",
               status.incoming->subscribed ? 1.0 : 0.0);
    text.counter("hvac_mqtt_received_total", "Messages, repeated ones included.",
                 status.incoming->received);
    text.counter("hvac_mqtt_acknowledged_total", "Messages acknowledged after their commit.",
                 status.incoming->acknowledged);
  }
  if (status.outgoing) {
    text.gauge("hvac_mqtt_connected", "Whether the broker takes messages (1, 0).",
               status.outgoing->link.connected ? 1.0 : 0.0);
    text.gauge("hvac_mqtt_publish_queue", "Messages without the broker's word.",
               static_cast<double>(status.outgoing->waiting));
    text.counter("hvac_mqtt_published_total", "Messages that the broker has.",
                 status.outgoing->confirmed);
    text.counter("hvac_mqtt_publish_dropped_total", "Messages refused or without room.",
                 status.outgoing->refused + status.outgoing->overflowed);
    text.counter("hvac_mqtt_outcomes_held_back_total",
                 "Outcomes not published, by the rate limit of each asset.",
                 status.outcomes_held_back);
  }
  if (const auto disk = disk_space(status.home)) {
    text.gauge("hvac_disk_free_bytes", "Free where the instance is.", disk->free_bytes);
    text.gauge("hvac_disk_free_ratio", "The same as a share of all.", disk->free_share);
  }
}

void write_kpis(MetricsText& text, const KpiWatch& watch) {
  const auto kpis = watch.kpis();
  text.begin("hvac_kpi_value", "gauge", "Key indicators, in the unit of the manual.");
  for (const Kpi& kpi : kpis) {
    if (kpi.value) text.value(*kpi.value, label("kpi", kpi.rule->name));
  }
  text.begin("hvac_kpi_status", "gauge", "0 ok, 1 warning, 2 critical.");
  for (const Kpi& kpi : kpis) {
    if (kpi.status == KpiStatus::unknown) continue;
    text.value(static_cast<double>(kpi.status), label("kpi", kpi.rule->name));
  }
}

// Names and meanings as in the Prometheus client libraries.
void write_process(MetricsText& text) {
  const ProcessUse use = process_use();
  text.gauge("process_resident_memory_bytes", "Resident memory size.", use.resident_bytes);
  text.gauge("process_virtual_memory_bytes", "Virtual memory size.", use.virtual_bytes);
  text.begin("process_cpu_seconds_total", "counter", "User and system CPU time spent.");
  text.value(use.cpu_s);
  text.gauge("process_open_fds", "Open file descriptors.", use.open_files);
  text.gauge("process_max_fds", "The most there may be.", use.most_open_files);
  text.gauge("process_threads", "Threads.", use.threads);
  text.gauge("process_start_time_seconds", "Start time since 1970.", use.started_s);
}

}  // namespace

void write_live_metrics(const Shared& shared, std::string& out) {
  MetricsText text(out);
  if (shared.fleet != nullptr) {
    write_fleet(text, shared.fleet->metrics());
    write_assets(text, shared.fleet->views());
  }
  if (shared.station) write_station(text, shared.station());
  if (shared.kpis != nullptr) write_kpis(text, *shared.kpis);
  if (shared.alerts != nullptr) write_alert_metrics(shared.alerts->status(), text);
  if (shared.events != nullptr) {
    text.gauge("hvac_stream_followers", "Clients that follow the live stream.",
               static_cast<double>(shared.events->followers()));
  }
  write_process(text);
}

}  // namespace hvac::api
