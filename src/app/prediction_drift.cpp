#include "app/prediction_drift.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <optional>
#include <span>
#include <string>

#include "base/json.h"
#include "drift/compare.h"
#include "training/evaluate.h"
#include "training/score.h"

namespace hvac::app {
namespace {

namespace json = boost::json;
using drift::Status;

constexpr std::size_t kLeastInstants = 100;
constexpr double kWarning = 1.5;
constexpr double kCritical = 2.0;
constexpr std::string_view kPopulation = "fan_on";

json::object score_json(const training::Score& score) {
  return {{"mae", score.mae}, {"rmse", score.rmse}, {"r2", score.r2}};
}

// {n, r2, mae, …} of that target in the model's card, as far as it is there.
const json::object* card_scores(const json::value& card, std::string_view target) {
  const json::object* at = card.if_object();
  for (const std::string_view key :
       {std::string_view("populations"), kPopulation, target, std::string_view("virtual")}) {
    const json::value* next = at == nullptr ? nullptr : at->if_contains(key);
    at = next == nullptr ? nullptr : next->if_object();
  }
  return at;
}

std::optional<double> figure(const json::object* scores, std::string_view key) {
  const json::value* value = scores == nullptr ? nullptr : scores->if_contains(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

Status status_of(const training::Score& now, std::optional<double> card_mae) {
  if (now.n < kLeastInstants || !card_mae || *card_mae <= 0.0) return Status::insufficient;
  const double ratio = now.mae / *card_mae;
  return ratio >= kCritical  ? Status::critical
         : ratio >= kWarning ? Status::warning
                             : Status::stable;
}

}  // namespace

PredictionErrors prediction_errors(const twin::Model& model,
                                   const std::vector<telemetry::Sample>& samples) {
  PredictionErrors errors;
  const std::vector<training::Judged> judged = training::judge(model, samples);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (judged[i].prediction.regime != features::Regime::fan_on) continue;
    for (std::size_t t = 0; t < telemetry::kTargetCount; ++t) {
      const auto measured = samples[i].target(static_cast<telemetry::TargetTag>(t));
      if (!measured) continue;
      errors[t].measured.push_back(*measured);
      errors[t].predicted.push_back(judged[i].prediction.targets[t].value);
      errors[t].tracked.push_back(judged[i].tracked[t].value);
    }
  }
  return errors;
}

json::object prediction_drift_json(const PredictionErrors& errors, const twin::Model& model) {
  const auto card = parse_json(model.parts().card);
  json::object targets;
  Status overall = Status::insufficient;
  for (std::size_t t = 0; t < telemetry::kTargetCount; ++t) {
    const std::string_view target = telemetry::kTargetNames[t];
    const training::Score now = training::score(errors[t].measured, errors[t].predicted);
    const json::object* before = card ? card_scores(*card, target) : nullptr;
    const std::optional<double> card_mae = figure(before, "mae");
    const Status status = status_of(now, card_mae);
    overall = std::max(overall, status);
    json::object out = score_json(now);
    out["n"] = now.n;
    out["status"] = drift::name(status);
    if (card_mae) {
      out["card"] = {{"mae", *card_mae},
                     {"rmse", figure(before, "rmse").value_or(std::nan(""))},
                     {"r2", figure(before, "r2").value_or(std::nan(""))}};
      out["mae_ratio"] = now.mae / *card_mae;
    }
    out["tracking"] = score_json(training::score(errors[t].measured, errors[t].tracked));
    targets[target] = std::move(out);
  }
  return {{"model", model.info().version},
          {"population", kPopulation},
          {"status", drift::name(overall)},
          {"targets", std::move(targets)}};
}

json::object no_prediction_drift(std::string_view why) {
  return {
      {"status", drift::name(Status::insufficient)}, {"reason", why}, {"targets", json::object{}}};
}

}  // namespace hvac::app
