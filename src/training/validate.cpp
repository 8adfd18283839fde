#include "training/validate.h"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cmath>

#include "base/json.h"
#include "training/held_out.h"
#include "training/score.h"

namespace hvac::training {
namespace {

namespace json = boost::json;
using telemetry::Sample;

/// What the model card says of the training, as far as it says it.
struct CardFacts {
  std::int64_t samples = 0;
  std::vector<std::string> audit_failures;
};

std::int64_t integer_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  json::error_code error;
  const auto number = value != nullptr ? value->to_number<std::int64_t>(error) : 0;
  return error ? 0 : number;
}

CardFacts facts_of(const std::string& card) {
  CardFacts facts;
  const auto document = parse_json(card);
  const json::object* root = document ? document->if_object() : nullptr;
  if (root == nullptr) return facts;
  facts.samples = integer_at(*root, "rows");
  if (const auto* data = root->if_contains("data"); data != nullptr && data->is_object()) {
    facts.samples = std::max(facts.samples, integer_at(data->get_object(), "usable_rows"));
  }
  const auto* audit = root->if_contains("leakage_audit");
  const json::value* failures = audit != nullptr && audit->is_object()
                                    ? audit->get_object().if_contains("failures")
                                    : nullptr;
  if (failures != nullptr && failures->is_array()) {
    for (const json::value& failure : failures->get_array()) {
      if (failure.is_string()) facts.audit_failures.emplace_back(failure.get_string());
    }
  }
  return facts;
}

/// Of single predictions without history, one after the other.
InferenceTime time_predictions(const twin::Model& model, std::span<const Sample> samples) {
  using SteadyClock = std::chrono::steady_clock;
  constexpr std::size_t kPredictions = 2000;
  std::vector<double> times;
  for (std::size_t i = 0; i < kPredictions; ++i) {
    const auto begin = SteadyClock::now();
    const twin::Prediction prediction = model.predict(samples[i % samples.size()]);
    const std::chrono::duration<double, std::milli> time = SteadyClock::now() - begin;
    // A prediction that is not used would not be made.
    times.push_back(std::isnan(prediction.targets[0].value) ? time.count() + 1e-9 : time.count());
  }
  return {quantile(times, 0.50), quantile(times, 0.95), quantile(times, 0.99)};
}

twin::PerTarget<double> delayed_ratio(std::span<const Sample> samples,
                                      std::span<const Judged> judged,
                                      std::span<const std::uint8_t> scored) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  std::vector<twin::PerTarget<double>> values(samples.size(), {kNan, kNan, kNan});
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (scored[i] == 0) continue;
    for (std::size_t t = 0; t < telemetry::kTargetCount; ++t) {
      values[i][t] = judged[i].prediction.targets[t].value;
    }
  }
  return delayed_mae_ratio(samples, values);
}

}  // namespace

Result<GateEvidence> gather_evidence(const Candidate& candidate,
                                     const std::optional<Incumbent>& against, const Dataset& data,
                                     double confidence, const Progress& progress) {
  const auto stopped = [] { return fail(ErrorCode::interrupted, "the validation was stopped"); };
  const std::span<const Sample> samples = data.samples;
  GateEvidence evidence;
  evidence.model = candidate.name;
  evidence.bundle_bytes = candidate.bundle_bytes;
  if (!progress(0.05, "predicting")) return stopped();
  auto after = judge_fairly(*candidate.model, samples);
  if (!after) return fail(after.error());
  std::vector<std::uint8_t> scored = after->fair;
  std::vector<Judged> before;
  if (against) {
    auto judged = judge_fairly(*against->model, samples);
    if (!judged) return fail(judged.error());
    for (std::size_t i = 0; i < scored.size(); ++i) scored[i] &= judged->fair[i];
    before = std::move(judged->judged);
    evidence.against = against->name;
  }
  if (!progress(0.3, "comparing")) return stopped();
  BootstrapOptions options;
  options.confidence = confidence;
  evidence.comparison = compare_models(samples, before, after->judged, scored, options);
  evidence.held_out_rows = static_cast<std::size_t>(std::ranges::count(scored, 1));
  evidence.learned_rows = after->learned;
  evidence.training_known = after->unknown == 0 || candidate.vouched == Vouched::unseen;

  CardFacts facts = facts_of(candidate.model->parts().card);
  evidence.training_samples = facts.samples;
  evidence.audit_failures = std::move(facts.audit_failures);
  if (evidence.training_known && !samples.empty()) {
    const double share =
        1.0 - static_cast<double>(after->learned) / static_cast<double>(samples.size());
    evidence.new_samples =
        static_cast<std::int64_t>(std::llround(share * static_cast<double>(data.usable_rows)));
  }
  if (!progress(0.5, "trying physics")) return stopped();
  evidence.sanity = try_physics(*candidate.model, samples);
  if (!progress(0.8, "auditing")) return stopped();
  evidence.suspects = find_suspects(samples);
  evidence.delayed_mae_ratio = delayed_ratio(samples, after->judged, scored);
  if (!progress(0.9, "timing")) return stopped();
  evidence.inference = time_predictions(*candidate.model, samples);
  progress(1.0, "validated");
  return evidence;
}

}  // namespace hvac::training
