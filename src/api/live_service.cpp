#include "api/live_service.h"

#include <boost/json.hpp>

#include "api/json_writer.h"
#include "api/problem.h"
#include "base/iso_time.h"
#include "base/json.h"

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

void write_view(JsonWriter& json, const live::AssetView& view) {
  const twin::Outcome& outcome = view.outcome;
  json.begin_object().key("asset").text(view.asset.value);
  json.key("time").text(iso_text(outcome.time));
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
  json.key("counts").begin_object();
  json.key("samples").integer(static_cast<std::int64_t>(view.counts.samples));
  json.key("duplicates").integer(static_cast<std::int64_t>(view.counts.duplicates));
  json.key("reboots").integer(static_cast<std::int64_t>(view.counts.reboots));
  json.key("late").integer(static_cast<std::int64_t>(view.counts.late)).end_object();
  json.key("model_version").text(view.model_version).end_object();
}

void refuse(int status, std::string_view kind, std::string detail, std::string field,
            std::string value, Response& response) {
  write_problem({status, kind, std::move(detail), std::move(field), std::move(value), "", ""},
                response);
}

std::string text_field(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

void write_assets(const live::Fleet& fleet, Response& response) {
  response.content_type = "application/json";
  JsonWriter json(response.body);
  json.begin_array();
  for (const auto& view : fleet.views()) write_view(json, *view);
  json.end_array();
}

void write_faults(const DemoControl& demo, Response& response) {
  response.content_type = "application/json";
  JsonWriter json(response.body);
  json.begin_object().key("active").begin_array();
  for (const std::string& fault : demo.active()) json.text(fault);
  json.end_array().end_object();
}

void switch_fault(const DemoControl& demo, std::string_view body, Response& response) {
  const auto document = parse_json(body);
  if (!document) return refuse(400, "bad_json", document.error().message, "", "", response);
  const boost::json::object* object = document->if_object();
  const std::string fault = object != nullptr ? text_field(*object, "fault") : std::string();
  const std::string action = object != nullptr ? text_field(*object, "action") : std::string();
  if (fault.empty()) {
    return refuse(422, "missing_field", "fault must name a fault", "fault", "", response);
  }
  if (action != "start" && action != "stop") {
    return refuse(422, "wrong_value", "action must be start or stop", "action", action, response);
  }
  const Result<void> done = action == "start" ? demo.start(fault) : demo.stop(fault);
  if (!done) {
    return refuse(http_status(done.error().code), "wrong_value", done.error().message, "fault",
                  fault, response);
  }
  write_faults(demo, response);
}

}  // namespace hvac::api
