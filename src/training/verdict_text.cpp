#include <fmt/format.h>

#include <boost/json.hpp>

#include "training/report.h"
#include "training/validate.h"

namespace hvac::training {
namespace {

namespace json = boost::json;
using telemetry::kTargetCount;
using telemetry::kTargetNames;

json::object sanity_json(const SanityReport& sanity) {
  json::array rules;
  for (const SanityRule& rule : sanity.monotone) {
    rules.push_back({{"rule", rule.name},
                     {"tried", rule.tried},
                     {"contrary", rule.broken},
                     {"mean", rule.mean},
                     {"unit", rule.unit}});
  }
  return {{"monotone", rules},
          {"points", sanity.points},
          {"impossible", sanity.impossible},
          {"worst", sanity.worst},
          {"balance_points", sanity.balance_points},
          {"balance_predicted", sanity.predicted_balance},
          {"balance_measured", sanity.measured_balance}};
}

}  // namespace

json::object comparison_json(const Comparison& comparison) {
  json::object result;
  for (std::size_t p = 0; p < kPopulationCount; ++p) {
    json::object targets;
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      const TargetComparison& c = comparison[p][t];
      json::object object{{"n", c.after.n}, {"blocks", c.blocks}};
      if (c.before.n > 0) {
        object["before"] = score_json(c.before);
        object["r2_change"] = estimate_json(c.change.r2_change);
        object["mape_change"] = estimate_json(c.change.mape_change);
        object["mae_ratio"] = estimate_json(c.change.mae_ratio);
      }
      object["after"] = score_json(c.after);
      object["r2"] = estimate_json(c.change.r2);
      object["coverage"] = estimate_json(c.change.coverage);
      object["physics"] = score_json(c.physics);
      targets[kTargetNames[t]] = std::move(object);
    }
    result[name(static_cast<Population>(p))] = std::move(targets);
  }
  return result;
}

std::string comparison_text(const Comparison& comparison, const std::string& before,
                            const std::string& after) {
  std::string text = fmt::format("{:<10} {:<6} {:>7} | {:^19} | {:^21} | {:^19} | {}\n", "rows", "",
                                 "n", "R2", "MAPE %", "MAE", "verdict");
  text += fmt::format(
      "{:<10} {:<6} {:>7} | {:>9.9} {:>9.9} | {:>10.10} {:>10.10} | {:>9.9} {:>9.9} "
      "|\n",
      "", "", "", before, after, before, after, before, after);
  for (std::size_t p = 0; p < kPopulationCount; ++p) {
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      const TargetComparison& c = comparison[p][t];
      if (c.after.n < kLeastScored) continue;
      const std::string_view verdict = c.change.r2_change.low > 0.0 ? "better"
                                       : c.change.r2_change.high < 0.0
                                           ? "worse"
                                           : "no difference that counts";
      text += fmt::format(
          "{:<10} {:<6} {:>7} | {:>9.4f} {:>9.4f} | {:>10.3f} {:>10.3f} | {:>9.3f} {:>9.3f} | {}\n",
          name(static_cast<Population>(p)), kTargetNames[t], c.after.n, c.before.r2, c.after.r2,
          100 * c.before.mape, 100 * c.after.mape, c.before.mae, c.after.mae, verdict);
    }
  }
  return text;
}

json::object verdict_json(const GateEvidence& evidence, const Verdict& verdict) {
  json::array reasons;
  for (const std::string& reason : verdict.reasons()) reasons.emplace_back(reason);
  json::array checks;
  for (const GateCheck& check : verdict.checks) {
    checks.push_back({{"name", check.name}, {"passed", check.passed}, {"text", check.text}});
  }
  const InferenceTime& time = evidence.inference;
  return {
      {"accepted", verdict.accepted()},
      {"model", evidence.model},
      {"against", evidence.against ? json::value(*evidence.against) : json::value()},
      {"reasons", std::move(reasons)},
      {"checks", std::move(checks)},
      {"samples",
       {{"learned_from", evidence.training_samples},
        {"held_out", evidence.new_samples},
        {"scored_rows", evidence.held_out_rows}}},
      {"comparison", comparison_json(evidence.comparison)},
      {"inference", {{"p50_ms", time.p50_ms}, {"p95_ms", time.p95_ms}, {"p99_ms", time.p99_ms}}},
      {"bundle_bytes", evidence.bundle_bytes},
      {"sanity", sanity_json(evidence.sanity)}};
}

std::string verdict_text(const GateEvidence& evidence, const Verdict& verdict) {
  std::string text;
  for (const GateCheck& check : verdict.checks) {
    text += fmt::format("[{}] {:<16} {}\n", check.passed ? " ok " : "FAIL", check.name, check.text);
  }
  const std::string against = evidence.against ? " against " + *evidence.against : "";
  if (verdict.accepted()) return text + fmt::format("\n{}: ACCEPTED{}\n", evidence.model, against);
  text += fmt::format("\n{}: REJECTED{}, because\n", evidence.model, against);
  for (const std::string& reason : verdict.reasons()) text += "  - " + reason + "\n";
  return text;
}

}  // namespace hvac::training
