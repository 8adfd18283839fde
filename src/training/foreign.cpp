#include "training/foreign.h"

#include <boost/json.hpp>
#include <cmath>
#include <limits>

#include "base/json.h"
#include "features/input_view.h"
#include "training/calibration.h"
#include "training/domain_fit.h"
#include "training/intervals.h"
#include "training/mask.h"
#include "training/report.h"

namespace hvac::training {
namespace {

using telemetry::kTargetCount;
using telemetry::kTargetNames;
using telemetry::Sample;
using telemetry::TargetTag;

constexpr std::uint64_t kSeed = 1;  // Of the hidden inputs.

Result<void> fit_together(ForeignTrees& foreign) {
  if (foreign.ensembles.size() != kTargetCount) {
    return fail(ErrorCode::invalid_argument, std::to_string(foreign.ensembles.size()) +
                                                 " tree files for " + std::to_string(kTargetCount) +
                                                 " targets");
  }
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    trees::Ensemble& ensemble = foreign.ensembles[t];
    if (ensemble.feature_count() != foreign.features.size()) {
      return fail(ErrorCode::invalid_argument,
                  "the trees of " + std::string(kTargetNames[t]) + " read " +
                      std::to_string(ensemble.feature_count()) + " features, the list has " +
                      std::to_string(foreign.features.size()));
    }
    ensemble.feature_names = foreign.features;
  }
  return {};
}

twin::PerTarget<double> off_by(const Sample& sample, const twin::Prediction& prediction) {
  twin::PerTarget<double> values{};
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    values[t] = sample.target(static_cast<TargetTag>(t))
                    .value_or(std::numeric_limits<double>::quiet_NaN()) -
                prediction.targets[t].value;
  }
  return values;
}

// Intervals from what the model is off by on the rows as they were recorded, with inputs hidden,
// and after tracking.
twin::Intervals calibrate_intervals(const twin::Model& model, std::span<const Sample> samples) {
  std::vector<Residual> unaided;
  std::vector<Residual> tracked;
  const std::vector<Judged> judged = judge(model, samples);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const twin::Prediction& prediction = judged[i].prediction;
    Residual residual{i, prediction.regime, prediction.evidence, off_by(samples[i], prediction)};
    unaided.push_back(residual);
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      residual.value[t] += prediction.targets[t].value - judged[i].tracked[t].value;
    }
    tracked.push_back(residual);
  }
  for_each_hidden(
      samples, model.parts().cooler, kSeed, [&](std::size_t i, const features::FeatureRow& row) {
        unaided.push_back({i, row.regime, row.evidence, off_by(samples[i], model.predict(row))});
      });
  const std::vector<std::uint8_t> every(samples.size(), 1);
  return fit_intervals(unaided, tracked, every);
}

std::string card(const Dataset& data, const Populations& populations, const ForeignTrees& foreign) {
  boost::json::array features;
  for (const std::string& feature : foreign.features) features.emplace_back(feature);
  boost::json::object root;
  root["rows"] = data.samples.size();
  root["scored"] = scored_json(data);
  root["populations"] = populations_json(populations);
  root["data"] = {{"source", data.source},           {"sha256", data.sha256},
                  {"rows_in_file", data.rows},       {"rows_refused", data.refused},
                  {"usable_rows", data.usable_rows}, {"first_time", data.first_time},
                  {"last_time", data.last_time}};
  root["protocol"] = {{"populations",
                       "trees learned elsewhere, scored on the data given at their import, which "
                       "they may have been "
                       "learned from; the intervals were calibrated on the same rows"},
                      {"schema", features::kSchema},
                      {"training", {{"model_type", foreign.model_type}, {"features", features}}}};
  return json_text(root, JsonLayout::pretty);
}

}  // namespace

Result<Adopted> adopt(ForeignTrees foreign, const Dataset& data, std::string created,
                      const Progress& progress) {
  if (auto ok = fit_together(foreign); !ok) return fail(ok.error());
  twin::ModelParts parts;
  parts.baseline = twin::Baseline::zero;
  parts.features = foreign.features;
  parts.ensembles[static_cast<std::size_t>(twin::Specialist::general)] = foreign.ensembles;
  parts.info = {"", foreign.model_type, "telemetry", std::move(created), data.sha256, 0};
  if (auto early = twin::Model::make(parts); !early) return fail(early.error());

  const std::vector<std::uint8_t> every(data.samples.size(), 1);
  const auto calibration =
      calibrate(calibration_rows(data.samples, every, parts.cooler), parts.cooler,
                [&](double done, std::string_view what) { return progress(0.5 * done, what); });
  if (!calibration) return fail(calibration.error());
  parts.cooler = calibration->cooler;
  std::vector<features::FeatureRow> rows;
  features::FeatureBuilder builder(parts.cooler);
  for (const Sample& sample : data.samples)
    rows.push_back(builder.push(features::InputView(sample)));
  parts.domain = fit_domain(rows);

  if (!progress(0.6, "calibrating intervals")) {
    return fail(ErrorCode::interrupted, "the import was stopped");
  }
  const auto bare = twin::Model::make(parts);
  if (!bare) return fail(bare.error());
  parts.intervals = calibrate_intervals(**bare, data.samples);
  const auto model = twin::Model::make(parts);
  if (!model) return fail(model.error());
  progress(0.9, "scoring");
  const Populations populations = compare(data.samples, judge(**model, data.samples), every);
  parts.card = card(data, populations, foreign);
  progress(1.0, "imported");
  return Adopted{std::move(parts), populations};
}

}  // namespace hvac::training
