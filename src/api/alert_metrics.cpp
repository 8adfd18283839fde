#include "api/alert_metrics.h"

#include "alerts/center.h"

namespace hvac::api {
namespace {

template <class Value>
void write_channels(MetricsText& text, const alerts::CenterStatus& status, std::string_view name,
                    std::string_view type, std::string_view help,
                    Value alerts::ChannelStatus::* member) {
  text.begin(name, type, help);
  for (const auto& [channel, fares] : status.channels) {
    text.value(static_cast<std::uint64_t>(fares.*member), label("channel", channel));
  }
}

}  // namespace

void write_alert_metrics(const alerts::CenterStatus& status, MetricsText& text) {
  using alerts::ChannelStatus;
  text.begin("hvac_alerts_active", "gauge",
             "Alerts that hold and are neither shelved nor suppressed.");
  for (std::size_t i = 0; i < alerts::kSeverityCount; ++i) {
    const auto severity = static_cast<alerts::Severity>(i);
    const auto found = status.by_severity.find(severity);
    const std::uint64_t count = found == status.by_severity.end() ? 0 : found->second;
    text.value(count, label("severity", name(severity)));
  }
  text.begin("hvac_alerts_open", "gauge", "Open alerts by state.");
  for (std::size_t i = 1; i < alerts::kAlarmStateCount; ++i) {
    const auto state = static_cast<alerts::AlarmState>(i);
    const auto found = status.open.find(state);
    const std::uint64_t count = found == status.open.end() ? 0 : found->second;
    text.value(count, label("state", name(state)));
  }
  text.begin("hvac_alerts_raised_total", "counter", "Alerts raised, by kind.");
  for (std::size_t i = 0; i < alerts::kAlarmKindCount; ++i) {
    const auto kind = static_cast<alerts::AlarmKind>(i);
    const auto found = status.raised.find(kind);
    const std::uint64_t count = found == status.raised.end() ? 0 : found->second;
    text.value(count, label("kind", name(kind)));
  }
  text.counter("hvac_alert_conditions_dropped_total", "Conditions that found the queue full.",
               status.conditions_dropped);
  text.gauge("hvac_alerts_unsaved", "Changes of alerts that the store does not have yet.",
             static_cast<double>(status.unsaved));
  write_channels(text, status, "hvac_alert_messages_waiting", "gauge",
                 "Messages that wait for delivery.", &ChannelStatus::waiting);
  write_channels(text, status, "hvac_alert_messages_delivered_total", "counter",
                 "Messages delivered.", &ChannelStatus::delivered);
  write_channels(text, status, "hvac_alert_delivery_failures_total", "counter",
                 "Attempts at delivery that failed.", &ChannelStatus::failures);
  write_channels(text, status, "hvac_alert_messages_dropped_total", "counter",
                 "Alerts that were given up.", &ChannelStatus::dropped);
}

}  // namespace hvac::api
