#include "drift/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <numeric>

#include "base/text.h"

namespace hvac::drift {
namespace {

namespace json = boost::json;

json::object mode_json(const ModeDrift& drift) {
  json::object out;
  out["status"] = name(drift.status);
  out["reference_mode"] = drift.reference_mode;
  out["reference_n"] = drift.reference_n;
  out["current_n"] = drift.current_n;
  out["psi"] = drift.psi;
  out["psi_status"] = name(drift.psi_status);
  out["psi_expected"] = drift.psi_expected;
  out["psi_usual"] = drift.psi_usual;
  out["psi_limit"] = drift.psi_limit;
  out["significant"] = drift.significant;
  out["bins"] = drift.bins;
  out["binning"] = drift.by_value ? "values" : "deciles";
  out["ks"] = drift.ks;
  out["wasserstein"] = drift.wasserstein;
  out["mean_reference"] = drift.mean_reference;
  out["mean_current"] = drift.mean_current;
  out["mean_change"] = drift.mean_current - drift.mean_reference;
  out["std_reference"] = drift.sd_reference;
  out["std_current"] = drift.sd_current;
  out["std_change"] = drift.sd_current - drift.sd_reference;
  out["beyond_reference"] = drift.beyond;
  if (!drift.reason.empty()) out["reason"] = drift.reason;
  return out;
}

json::object feature_json(const FeatureDrift& feature, const Options& options) {
  json::object out;
  out["status"] = feature.excluded ? "excluded" : name(feature.status);
  out["psi"] = nullptr;
  if (!feature.modes.empty()) {
    const ModeDrift& worst = feature.modes[feature.worst];
    const json::object values = mode_json(worst);
    for (const auto& [key, value] : values) {
      if (key != "status" && key != "reason") out[key] = value;
    }
    out["mode"] = worst.mode;
  }
  out["retrain"] = feature.status == Status::critical && feature.psi() > options.psi_retrain;
  if (!feature.reason.empty()) out["reason"] = feature.reason;
  json::object modes;
  for (const ModeDrift& mode : feature.modes) modes[mode.mode] = mode_json(mode);
  out["modes"] = std::move(modes);
  return out;
}

std::size_t judged(const Comparison& result) {
  return result.count(Status::critical) + result.count(Status::warning) +
         result.count(Status::stable);
}

std::vector<std::string> tags_of(const Comparison& result, Status status) {
  std::vector<std::string> tags;
  for (const FeatureDrift& feature : result.features) {
    if (!feature.excluded && feature.status == status) tags.push_back(feature.tag);
  }
  return tags;
}

json::array shares(const std::vector<std::uint64_t>& counts) {
  const auto total = static_cast<double>(
      std::max(std::uint64_t{1}, std::accumulate(counts.begin(), counts.end(), std::uint64_t{0})));
  json::array out;
  for (const std::uint64_t count : counts) out.emplace_back(static_cast<double>(count) / total);
  return out;
}

// Upper ends of all bins but the last; of a tag by value its values.
json::array bounds(const TagReference& tag) {
  json::array out;
  for (std::size_t cell = 0; cell < tag.cuts.size(); ++cell) {
    const bool ends = tag.bin_of_cell[cell] != tag.bin_of_cell[cell + 1];
    const bool is_value = tag.bin_of_cell[cell] + 1U < tag.bins;
    if (tag.by_value ? is_value : ends) out.emplace_back(tag.cuts[cell]);
  }
  return out;
}

}  // namespace

std::string advice(const Comparison& result, const Options& options) {
  const std::vector<std::string> critical = tags_of(result, Status::critical);
  const std::vector<std::string> retrain = result.to_retrain(options);
  if (!retrain.empty()) {
    return fmt::format(
        "Check the sensors {}; if the change is real, retrain (`hvac-twin retrain`) "
        "or, if it is the new normal, `hvac-twin drift rebaseline`.",
        comma_list(retrain));
  }
  if (!critical.empty()) {
    return fmt::format("Check the sensors {} and what changed at the cooler.",
                       comma_list(critical));
  }
  switch (result.overall) {
    case Status::warning:
      return fmt::format("Keep an eye on {}.", comma_list(tags_of(result, Status::warning)));
    case Status::stable:
      return "Nothing to do.";
    default:
      if (!result.withheld.empty()) return result.withheld;
      return fmt::format(
          "There is too little to judge: at least {} values of a tag in a mode are "
          "needed.",
          options.min_samples);
  }
}

json::object report_json(const Comparison& result, const Options& options, std::string timestamp) {
  const std::size_t critical = result.count(Status::critical);
  const std::size_t warning = result.count(Status::warning);
  const std::size_t total = judged(result);
  const std::vector<std::string> retrain = result.to_retrain(options);
  json::object summary;
  summary["overall_status"] = name(result.overall);
  summary["total_features"] = total;
  summary["critical_features"] = critical;
  summary["warning_features"] = warning;
  summary["stable_features"] = result.count(Status::stable);
  summary["insufficient_features"] = result.count(Status::insufficient);
  summary["excluded_features"] =
      std::count_if(result.features.begin(), result.features.end(),
                    [](const FeatureDrift& feature) { return feature.excluded; });
  summary["drift_percentage"] =
      total == 0 ? 0.0
                 : 100.0 * static_cast<double>(critical + warning) / static_cast<double>(total);
  summary["largest_psi"] = total == 0 ? json::value(nullptr) : result.largest_psi();
  summary["retrain_recommended"] = !retrain.empty();
  summary["retrain_features"] = json::array(retrain.begin(), retrain.end());
  summary["advice"] = advice(result, options);

  json::object features;
  json::object tags;  // Kept of each report: how a tag went over many of them.
  for (const FeatureDrift& feature : result.features) {
    json::object full = feature_json(feature, options);
    tags[feature.tag] = {{"status", full.at("status")}, {"psi", full.at("psi")}};
    features[feature.tag] = std::move(full);
  }
  summary["tags"] = std::move(tags);
  json::object report;
  report["timestamp"] = std::move(timestamp);
  report["summary"] = std::move(summary);
  report["thresholds"] = {
      {"psi_warning", options.psi_warning},         {"psi_critical", options.psi_critical},
      {"psi_retrain", options.psi_retrain},         {"beyond_warning", options.beyond_warning},
      {"beyond_critical", options.beyond_critical}, {"false_alarm_rate", options.false_alarm_rate},
      {"min_samples", options.min_samples}};
  report["judged_by"] = options.judged_by == JudgedBy::psi ? "psi" : "significance";
  report["reference_rows"] = result.reference_rows;
  report["current_rows"] = result.current_rows;
  report["unmatched_modes"] =
      json::array(result.unmatched_modes.begin(), result.unmatched_modes.end());
  report["feature_drift"] = std::move(features);
  return report;
}

std::string report_text(const Comparison& result, const Options& options) {
  std::string text = fmt::format(
      "Drift: {} ({} critical, {} warning, {} stable, {} with too little data)\n\n"
      "{:<8} {:<18} {:<9} {:>8} {:>8} {:>8} {:>11} {:>11}\n",
      name(result.overall), result.count(Status::critical), result.count(Status::warning),
      result.count(Status::stable), result.count(Status::insufficient), "tag", "status", "mode",
      "PSI", "usual", "KS", "mean was", "is");
  for (const FeatureDrift& feature : result.features) {
    if (feature.modes.empty()) {
      text += fmt::format("{:<8} {:<18} {}\n", feature.tag,
                          feature.excluded ? "excluded" : name(feature.status), feature.reason);
      continue;
    }
    const ModeDrift& worst = feature.modes[feature.worst];
    text +=
        fmt::format("{:<8} {:<18} {:<9} {:>8.3f} {:>8.3f} {:>8.3f} {:>11.5g} {:>11.5g}\n",
                    feature.tag, feature.excluded ? "excluded" : name(feature.status), worst.mode,
                    worst.psi, worst.psi_usual, worst.ks, worst.mean_reference, worst.mean_current);
    if (!feature.excluded && !feature.reason.empty() && feature.reason != result.withheld)
      text += fmt::format("         {}\n", feature.reason);
  }
  if (!result.unmatched_modes.empty()) {
    text += fmt::format("\nNot in the reference: mode {}\n", comma_list(result.unmatched_modes));
  }
  return text + "\n" + advice(result, options) + "\n";
}

json::object distributions_json(const Window& window) {
  const Reference& reference = window.reference();
  json::object out;
  for (std::size_t tag = 0; tag < reference.tags.size(); ++tag) {
    json::object modes;
    for (const ModeWindow& mode : window.modes()) {
      if (mode.reference == nullptr || mode.reference->tags[tag].bins == 0) continue;
      const TagReference& one = mode.reference->tags[tag];
      json::object shown;
      shown[one.by_value ? "values" : "bounds"] = bounds(one);
      shown["low"] = one.moments.low;
      shown["high"] = one.moments.high;
      shown["reference_n"] = one.moments.n;
      shown["current_n"] = mode.tags[tag].moments.n;
      shown["reference"] = shares(one.bin_counts(one.cells));
      shown["current"] = shares(one.bin_counts(mode.tags[tag].cells));
      modes[mode.name] = std::move(shown);
    }
    out[reference.tags[tag]] = std::move(modes);
  }
  return out;
}

json::object proof_json(const std::vector<CaseResult>& cases) {
  json::array list;
  bool passed = true;
  for (const CaseResult& one : cases) {
    passed = passed && one.passed();
    list.push_back({{"case", one.name},
                    {"description", one.what},
                    {"drift", one.drifts},
                    {"windows", one.windows},
                    {"alarms", one.alarms},
                    {"rate", one.rate()},
                    {"required", one.required},
                    {"passed", one.passed()}});
  }
  return {{"passed", passed}, {"cases", std::move(list)}};
}

std::string proof_text(const std::vector<CaseResult>& cases) {
  std::string text;
  for (const CaseResult& one : cases) {
    text += fmt::format("{:<21} {:<48} {:>4} of {:>4} windows {:>6.2f} %  ({} {:.0f} %)  {}\n",
                        one.name, one.what, one.alarms, one.windows, 100.0 * one.rate(),
                        one.drifts ? "at least" : "at most", 100.0 * one.required,
                        one.passed() ? "passed" : "FAILED");
  }
  return text;
}

}  // namespace hvac::drift
