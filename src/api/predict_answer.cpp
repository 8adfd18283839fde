#include "api/predict_answer.h"

#include <cmath>

#include "telemetry/tags.h"

namespace hvac::api {
namespace {

using telemetry::kTargetCount;
using telemetry::kTargetNames;
using telemetry::Quality;
using telemetry::TargetTag;

constexpr std::size_t kExplained = 10;  // Parts of an explanation that are named one by one.
constexpr std::string_view kUnits =
    R"({"UCAOT":"degC","UCWOT":"degC","UCAF":"m3/h","Q_thermal":"kW"})";

void write_values(JsonWriter& json, const twin::Prediction& prediction) {
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    json.key(kTargetNames[t]).number(prediction.targets[t].value);
  }
  json.key("Q_thermal").number(prediction.q_thermal_kw);
  json.key("units").raw(kUnits);
  json.key("intervals").begin_object();
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const twin::Interval& interval = prediction.targets[t].interval90;
    json.key(kTargetNames[t]).begin_object();
    json.key("low").number(interval.low).key("high").number(interval.high).end_object();
  }
  json.end_object();
  json.key("physics").begin_object();
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    json.key(kTargetNames[t]).number(prediction.targets[t].physics);
  }
  json.end_object();
}

// Measured minus predicted, of the targets that were sent and believed.
void write_residuals(JsonWriter& json, const telemetry::Sample& sample,
                     const twin::Prediction& prediction) {
  bool any = false;
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const auto measured = sample.target(static_cast<TargetTag>(t));
    if (!measured) continue;
    if (!any) json.key("residuals").begin_object();
    any = true;
    const twin::TargetPrediction& target = prediction.targets[t];
    json.key(kTargetNames[t]).begin_object();
    json.key("measured").number(*measured).key("residual").number(*measured - target.value);
    json.key("inside_interval")
        .boolean(target.interval90.low <= *measured && *measured <= target.interval90.high)
        .end_object();
  }
  if (any) json.end_object();
}

void write_quality(JsonWriter& json, const SentInstant& instant,
                   const telemetry::AssetProfile& profile) {
  json.key("missing").begin_array();
  for (std::size_t i = 0; i < instant.quality.size(); ++i) {
    const bool input = profile.tags[i].role != telemetry::Role::target;
    if (input && instant.quality[i] == Quality::missing) json.text(profile.tags[i].name);
  }
  json.end_array();
  json.key("quality").begin_object();
  for (std::size_t i = 0; i < instant.quality.size(); ++i) {
    if (instant.quality[i] == Quality::missing) continue;
    json.key(profile.tags[i].name).text(telemetry::name(instant.quality[i]));
  }
  json.end_object();
}

// In the unit of the target: value = baseline + expected + contributions + others + fallback.
void write_explanation(JsonWriter& json, const twin::PerTarget<twin::TargetContributions>& why) {
  json.key("explanation").begin_object();
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    json.key(kTargetNames[t]).begin_object();
    json.key("baseline").number(why[t].baseline).key("expected").number(why[t].expected);
    json.key("contributions").begin_array();
    double others = 0.0;
    std::size_t written = 0;
    for (const twin::Contribution& part : why[t].features) {
      if (written == kExplained) {
        others += part.amount;
        continue;
      }
      ++written;
      json.begin_object().key("feature").text(part.feature).key("value").number(part.value);
      json.key("contribution").number(part.amount).end_object();
    }
    json.end_array().key("others").number(others);
    json.key("fallback").number(why[t].fallback).end_object();
  }
  json.end_object();
}

}  // namespace

void write_prediction(JsonWriter& json, const twin::Model& model, const SentInstant& instant,
                      const telemetry::AssetProfile& profile, const twin::Prediction& prediction,
                      double inference_ms, const twin::PerTarget<twin::TargetContributions>* why) {
  const twin::ModelInfo& info = model.info();
  json.begin_object();
  write_values(json, prediction);
  write_residuals(json, instant.sample, prediction);
  const twin::Domain& domain = prediction.domain;
  json.key("domain").begin_object();
  json.key("distance").number(domain.distance).key("inside").boolean(domain.inside());
  json.key("worst_feature");
  if (domain.worst_feature >= 0) {
    json.text(features::feature_names()[static_cast<std::size_t>(domain.worst_feature)]);
  } else {
    json.null();
  }
  json.end_object();
  if (why != nullptr) write_explanation(json, *why);
  json.key("regime").text(features::name(prediction.regime));
  json.key("evidence").text(features::name(prediction.evidence));
  write_quality(json, instant, profile);
  json.key("model_version").text(info.version);
  json.key("model_type").text(info.model_type);
  json.key("model_origin").text(info.origin);
  json.key("inference_time_ms").number(inference_ms);
  json.end_object();
}

}  // namespace hvac::api
