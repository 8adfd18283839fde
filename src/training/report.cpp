#include "training/report.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <boost/version.hpp>

#include "training/split.h"

namespace hvac::training {
namespace {

namespace json = boost::json;
using telemetry::kTargetCount;
using telemetry::kTargetNames;

constexpr std::array<std::string_view, kTargetCount> kUnits = {"degC", "degC", "m3/h"};

json::value per_target(const twin::PerTarget<double>& values) {
  json::object object;
  for (std::size_t t = 0; t < kTargetCount; ++t) object[kTargetNames[t]] = values[t];
  return object;
}

json::value options_json(const FitOptions& options) {
  const trees::LearnOptions& trees = options.trees;
  return {{"seed", options.seed},
          {"rounds", trees.rounds},
          {"max_leaves", trees.max_leaves},
          {"learning_rate", trees.learning_rate},
          {"row_sample", trees.row_sample},
          {"feature_sample", trees.feature_sample},
          {"min_child_weight", trees.min_child_weight},
          {"l2", trees.l2},
          {"objective", trees.objective}};
}

std::string score_line(std::string_view predictor, const Score& score) {
  if (score.n < kLeastScored) {
    return fmt::format("    {:<12} {:>7}   too few rows to say\n", predictor, score.n);
  }
  return fmt::format(
      "    {:<12} {:>7} {:>8.4f} {:>9.3f} {:>9.3f} {:>9.3f} {:>9}\n", predictor, score.n, score.r2,
      score.mae, score.p95, score.bias,
      std::isnan(score.coverage90) ? std::string("-") : fmt::format("{:.3f}", score.coverage90));
}

}  // namespace

json::value score_json(const Score& score) {
  return {{"n", score.n},       {"r2", score.r2},
          {"mae", score.mae},   {"mape", score.mape},
          {"rmse", score.rmse}, {"p95", score.p95},
          {"bias", score.bias}, {"coverage90", score.coverage90}};
}

json::array estimate_json(const Estimate& estimate) {
  return {estimate.value, estimate.low, estimate.high};
}

json::value populations_json(const Populations& populations) {
  json::object result;
  for (std::size_t p = 0; p < kPopulationCount; ++p) {
    json::object targets;
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      const TargetScores& scores = populations[p][t];
      targets[kTargetNames[t]] = {{"virtual", score_json(scores.virtual_sensor)},
                                  {"tracking", score_json(scores.tracking)},
                                  {"persistence", score_json(scores.persistence)},
                                  {"physics", score_json(scores.physics)}};
    }
    result[name(static_cast<Population>(p))] = targets;
  }
  return result;
}

json::value audit_json(const LeakageAudit& audit) {
  json::array suspects;
  for (const Suspect& suspect : audit.suspects) {
    suspects.push_back({{"input", suspect.input},
                        {"target", suspect.target},
                        {"delay_rows", suspect.delay_rows},
                        {"r2", suspect.r2},
                        {"mae_with", suspect.mae_with},
                        {"mae_without", suspect.mae_without}});
  }
  json::array failures;
  for (const std::string& failure : audit.failures) failures.emplace_back(failure);
  return {{"passed", audit.passed()},
          {"features_ignore_targets", audit.features_ignore_targets},
          {"shuffled_r2", per_target(audit.shuffled_r2)},
          {"delayed_mae_ratio", per_target(audit.delayed_mae_ratio)},
          {"suspects", suspects},
          {"failures", failures}};
}

json::value scored_json(const Dataset& data) {
  json::object scored;
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    std::int64_t n = 0;
    for (const telemetry::Sample& sample : data.samples) {
      n += sample.target(static_cast<telemetry::TargetTag>(t)) ? 1 : 0;
    }
    scored[kTargetNames[t]] = n;
  }
  return scored;
}

json::value assessment_json(const Assessment& assessment, const Dataset& data,
                            const FitOptions& options) {
  json::object root;
  root["rows"] = data.samples.size();
  root["scored"] = scored_json(data);
  root["populations"] = populations_json(assessment.grouped);
  root["last_block"] = populations_json(assessment.last_block);
  root["leakage_audit"] = audit_json(assessment.audit);
  root["data"] = {{"source", data.source},           {"sha256", data.sha256},
                  {"rows_in_file", data.rows},       {"rows_refused", data.refused},
                  {"usable_rows", data.usable_rows}, {"first_time", data.first_time},
                  {"last_time", data.last_time}};
  root["protocol"] = {
      {"populations",
       fmt::format("{} folds grouped by recording; long recordings cut into pieces with an embargo "
                   "of {} rows",
                   kFolds, kEmbargoRows)},
      {"last_block", fmt::format("trained on the first {:.0f} %, scored on the last {:.0f} %, "
                                 "embargo of {} rows",
                                 100 * (1 - kLastBlock), 100 * kLastBlock, kEmbargoRows)},
      {"tracking",
       fmt::format("bias from targets measured at least {} rows before", twin::kTrackingDelayRows)},
      {"schema", features::kSchema},
      {"training", options_json(options)}};
  return root;
}

std::string populations_text(const Populations& populations, Population population) {
  std::string text = fmt::format("{:<16} {:>7} {:>8} {:>9} {:>9} {:>9} {:>9}\n", name(population),
                                 "n", "R2", "MAE", "p95", "bias", "cover90");
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const TargetScores& scores = populations[static_cast<std::size_t>(population)][t];
    text += fmt::format("  {} [{}]\n", kTargetNames[t], kUnits[t]);
    text += score_line("virtual", scores.virtual_sensor);
    text += score_line("tracking", scores.tracking);
    text += score_line("persistence", scores.persistence);
    text += score_line("physics", scores.physics);
  }
  return text;
}

}  // namespace hvac::training
