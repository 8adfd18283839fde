#include "api/view_json.h"

#include <cmath>
#include <limits>
#include <string>

#include "base/iso_time.h"
#include "telemetry/tags.h"

namespace hvac::api {
namespace {

using telemetry::kTargetCount;
using telemetry::kTargetNames;

void write_optional(JsonWriter& json, const std::optional<double>& value) {
  value ? json.number(*value) : json.null();
}

void write_target(JsonWriter& json, const twin::TargetOutcome& target) {
  json.begin_object().key("predicted").number(target.predicted.value);
  json.key("low").number(target.predicted.interval90.low);
  json.key("high").number(target.predicted.interval90.high);
  json.key("physics").number(target.predicted.physics);
  json.key("tracked").number(target.tracked.value);
  json.key("measured");
  write_optional(json, target.measured);
  json.key("residual").number(target.residual);
  json.key("cusum_above").number(target.cusum.above);
  json.key("cusum_below").number(target.cusum.below).end_object();
}

// Which part of the cooler each departure from first principles comes from.
void write_explanation(JsonWriter& json, const twin::Outcome& outcome) {
  if (!outcome.explanation) return;
  constexpr std::string_view kCauses[] = {"coil", "water_flow", "fan", "sensor"};
  static_assert(std::size(kCauses) == physics::kCauseCount);
  json.key("residual_parts").begin_object();
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    json.key(kTargetNames[t]).begin_object();
    for (std::size_t c = 0; c < physics::kCauseCount; ++c) {
      json.key(kCauses[c]).number(outcome.explanation->part[t][c]);
    }
    json.end_object();
  }
  json.end_object();
}

void write_condition(JsonWriter& json, const twin::Outcome& outcome) {
  if (outcome.health) {
    json.key("health").begin_object().key("index").number(outcome.health->index);
    json.key("trend_per_day").number(outcome.health->trend_per_day).key("days_to_threshold");
    write_optional(json, outcome.health->days_to_threshold);
    json.end_object();
  }
  if (outcome.heat_balance) {
    json.key("heat_balance").begin_object();
    json.key("air_kw").number(outcome.heat_balance->air_kw);
    json.key("water_kw").number(outcome.heat_balance->water_kw);
    json.key("uncertainty_kw").number(outcome.heat_balance->uncertainty_kw);
    json.key("closes").boolean(outcome.heat_balance->closes).end_object();
  }
  json.key("findings").begin_array();
  for (const twin::Finding& finding : outcome.findings) {
    json.begin_object().key("kind").text(name(finding.kind)).key("tag").text(finding.tag);
    json.key("since").text(iso_text(finding.since)).key("value").number(finding.value);
    json.key("limit").number(finding.limit);
    json.key("message").text(describe(finding)).end_object();
  }
  json.end_array();
}

// Of each tag that is not good: what is wrong with it.
void write_quality(JsonWriter& json, const telemetry::Sample& sample) {
  json.key("quality").begin_object();
  const auto write = [&](std::string_view tag, telemetry::Quality quality) {
    if (quality != telemetry::Quality::good) json.key(tag).text(telemetry::name(quality));
  };
  for (std::size_t i = 0; i < telemetry::kInputCount; ++i) {
    const auto tag = static_cast<telemetry::InputTag>(i);
    write(telemetry::name(tag), sample.quality(tag));
  }
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    write(kTargetNames[t], sample.quality(static_cast<telemetry::TargetTag>(t)));
  }
  json.end_object();
}

}  // namespace

void write_view(JsonWriter& json, const live::AssetView& view, std::optional<TimePoint> now) {
  const twin::Outcome& outcome = view.outcome;
  json.begin_object().key("asset").text(view.asset.value);
  json.key("time").text(iso_text(outcome.time));
  json.key("received").text(iso_text(view.received));
  if (now) {
    json.key("stale_after_s").integer(kStaleAfter.count());
    json.key("stale").boolean(*now - view.received > kStaleAfter);
  }
  json.key("regime").text(features::name(outcome.regime));
  json.key("targets").begin_object();
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    json.key(kTargetNames[t]);
    write_target(json, outcome.targets[t]);
  }
  json.end_object();
  json.key("Q_thermal").number(outcome.q_thermal_kw);
  json.key("air_flow_m3_h").number(outcome.air_flow_m3_h);
  json.key("air_flow_is_virtual").boolean(outcome.air_flow_is_virtual);
  json.key("domain_distance").number(outcome.domain.distance);
  write_condition(json, outcome);
  write_explanation(json, outcome);
  json.key("inputs").begin_object();
  for (std::size_t i = 0; i < telemetry::kInputCount; ++i) {
    const auto tag = static_cast<telemetry::InputTag>(i);
    if (const auto value = view.sample.input(tag)) json.key(telemetry::name(tag)).number(*value);
  }
  json.end_object();
  write_quality(json, view.sample);
  json.key("counts").begin_object();
  json.key("samples").integer(static_cast<std::int64_t>(view.counts.samples));
  json.key("duplicates").integer(static_cast<std::int64_t>(view.counts.duplicates));
  json.key("reboots").integer(static_cast<std::int64_t>(view.counts.reboots));
  json.key("late").integer(static_cast<std::int64_t>(view.counts.late)).end_object();
  json.key("model_version").text(view.model_version).end_object();
}

void write_stored_outcome(JsonWriter& json, const store::Row& row) {
  const auto value_of = [&](std::string_view series) {
    const auto& names = row.layout->series;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == series) return row.values[i];
    }
    return std::numeric_limits<double>::quiet_NaN();
  };
  json.begin_object().key("asset").text(row.asset.value);
  json.key("time").text(iso_text(row.time));
  const double regime = value_of("regime");
  if (!std::isnan(regime)) {
    json.key("regime").text(
        features::name(static_cast<features::Regime>(static_cast<std::uint8_t>(regime))));
  }
  json.key("targets").begin_object();
  for (const std::string_view target : kTargetNames) {
    json.key(target).begin_object();
    for (const std::string_view part :
         {"predicted", "low", "high", "physics", "tracked", "measured", "residual"}) {
      json.key(part).number(value_of(std::string(target) + "." + std::string(part)));
    }
    json.end_object();
  }
  json.end_object();
  json.key("Q_thermal").number(value_of("q_thermal_kw"));
  json.key("air_flow_m3_h").number(value_of("air_flow_m3_h"));
  json.key("air_flow_is_virtual").boolean(value_of("air_flow_is_virtual") == 1.0);
  json.key("domain_distance").number(value_of("domain_distance"));
  json.key("findings").begin_array().end_array();
  json.key("inputs").begin_object().end_object();
  json.key("model_version").text(row.layout->origin).end_object();
}

}  // namespace hvac::api
