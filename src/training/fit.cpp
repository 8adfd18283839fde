#include "training/fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "features/cooler_inputs.h"
#include "features/input_view.h"
#include "training/calibration.h"
#include "training/domain_fit.h"
#include "training/mask.h"
#include "twin/model.h"

namespace hvac::training {
namespace {

using features::FeatureRow;
using features::Regime;
using telemetry::kTargetCount;
using telemetry::Sample;
using telemetry::TargetTag;
using twin::PerTarget;
using twin::Specialist;

/// A model of fewer rows says nothing.
constexpr std::size_t kLeastRows = 200;
/// Rows with hidden inputs count this much beside the rows as they were recorded.
constexpr float kHiddenWeight = 0.3F;

struct LabelledRow {
  FeatureRow row;
  PerTarget<float> label;  ///< measured - baseline; NaN when not measured.
  float weight;
};

/// Rows to learn from, of one builder's pass over the samples.
class RowMaker {
 public:
  RowMaker(const physics::CoolerParameters& cooler, twin::Baseline baseline,
           std::span<const std::uint8_t> train)
      : cooler_(cooler), baseline_(baseline), train_(train) {}

  /// `row` belongs to sample `i`, whose targets it is to predict.
  void add(std::size_t i, const Sample& sample, const FeatureRow& row, float weight) {
    if (train_[i] == 0) return;
    LabelledRow labelled{row, {}, weight};
    const PerTarget<double> base = twin::baseline_of(baseline_, row, cooler_);
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      const auto measured = sample.target(static_cast<TargetTag>(t));
      labelled.label[t] = measured ? static_cast<float>(*measured - base[t])
                                   : std::numeric_limits<float>::quiet_NaN();
    }
    rows_.push_back(labelled);
  }
  std::vector<LabelledRow> finish() { return std::move(rows_); }

 private:
  const physics::CoolerParameters& cooler_;
  twin::Baseline baseline_;
  std::span<const std::uint8_t> train_;
  std::vector<LabelledRow> rows_;
};

std::vector<LabelledRow> labelled_rows(std::span<const Sample> samples,
                                       std::span<const std::uint8_t> train,
                                       const physics::CoolerParameters& cooler,
                                       const FitOptions& options) {
  RowMaker maker(cooler, options.baseline, train);
  features::FeatureBuilder as_recorded(cooler);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    maker.add(i, samples[i], as_recorded.push(features::InputView(samples[i])), 1.0F);
  }
  for_each_hidden(samples, cooler, options.seed, [&](std::size_t i, const FeatureRow& row) {
    maker.add(i, samples[i], row, kHiddenWeight);
  });
  return maker.finish();
}

Result<Calibration> calibrated(std::span<const Sample> samples, std::span<const std::uint8_t> train,
                               const Progress& progress) {
  const physics::CoolerParameters start;
  return calibrate(calibration_rows(samples, train, start), start, progress);
}

/// One ensemble per target from the rows that `wanted` picks.
template <class Wanted>
Result<std::vector<trees::Ensemble>> learn_specialist(const std::vector<LabelledRow>& rows,
                                                      const std::vector<std::uint16_t>& columns,
                                                      const FitOptions& options,
                                                      const Progress& progress, Wanted&& wanted) {
  std::vector<float> values;
  std::vector<float> weights;
  PerTarget<std::vector<float>> labels;
  for (const LabelledRow& labelled : rows) {
    if (!wanted(labelled.row)) continue;
    for (const std::uint16_t column : columns) values.push_back(labelled.row.values[column]);
    weights.push_back(labelled.weight);
    for (std::size_t t = 0; t < kTargetCount; ++t) labels[t].push_back(labelled.label[t]);
  }
  std::vector<trees::Ensemble> ensembles;
  if (weights.size() < kLeastRows) return ensembles;
  const auto matrix = trees::bin_matrix(values, tree_features());
  if (!matrix) return fail(matrix.error());
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    trees::LearnOptions learning = options.trees;
    learning.seed = options.seed * kTargetCount + t;
    auto ensemble = trees::learn(*matrix, labels[t], weights, learning, progress);
    if (!ensemble) {
      if (ensemble.error().code == ErrorCode::interrupted) return fail(ensemble.error());
      return fail(ErrorCode::rejected, "no model of " + std::string(telemetry::kTargetNames[t]) +
                                           ": " + ensemble.error().message);
    }
    ensembles.push_back(std::move(*ensemble));
  }
  return ensembles;
}

std::vector<std::uint16_t> columns_of(const std::vector<std::string>& names) {
  const auto schema = features::feature_names();
  std::vector<std::uint16_t> columns;
  for (const std::string& name : names) {
    columns.push_back(static_cast<std::uint16_t>(std::ranges::find(schema, name) - schema.begin()));
  }
  return columns;
}

}  // namespace

std::vector<std::string> tree_features() {
  using enum telemetry::InputTag;
  // Raw tags that say something of the coil and the air; the pump's electrical ones made models
  // worse on recordings they had not seen.
  constexpr std::array kRaw = {AMBT, UCTSP, CPSP,  UCAIT, CPPR,  UCWF, MVDP,
                               MVSO, UCHC,  UCWIT, UCAIH, UCSDP, CPDP, UCWDP};
  std::vector<std::string> names;
  for (const auto tag : kRaw) names.emplace_back(telemetry::name(tag));
  const auto schema = features::feature_names();
  for (std::size_t i = telemetry::kInputCount; i < schema.size(); ++i) {
    names.emplace_back(schema[i]);
  }
  return names;
}

Result<Fitted> fit(std::span<const Sample> samples, std::span<const std::uint8_t> train,
                   const FitOptions& options, const Progress& progress) {
  twin::ModelParts parts;
  auto calibration = calibrated(samples, train, progress);
  if (!calibration) return fail(calibration.error());
  parts.cooler = calibration->cooler;

  const std::vector<LabelledRow> rows = labelled_rows(samples, train, parts.cooler, options);
  parts.features = tree_features();
  const std::vector<std::uint16_t> columns = columns_of(parts.features);
  auto general =
      learn_specialist(rows, columns, options, progress, [](const FeatureRow&) { return true; });
  if (!general) return fail(general.error());
  if (general->empty()) {
    return fail(ErrorCode::rejected, "only " + std::to_string(rows.size()) +
                                         " rows to learn from; at least " +
                                         std::to_string(kLeastRows) + " are needed");
  }
  auto fan_on = learn_specialist(rows, columns, options, progress, [](const FeatureRow& row) {
    return row.regime == Regime::fan_on;
  });
  if (!fan_on) return fail(fan_on.error());
  parts.ensembles[static_cast<std::size_t>(Specialist::general)] = std::move(*general);
  parts.ensembles[static_cast<std::size_t>(Specialist::fan_on)] = std::move(*fan_on);

  std::vector<FeatureRow> recorded;
  for (const LabelledRow& labelled : rows) {
    if (labelled.weight == 1.0F) recorded.push_back(labelled.row);
  }
  parts.domain = fit_domain(recorded);
  parts.baseline = options.baseline;
  parts.info.model_type = "xgboost";
  parts.info.seed = options.seed;
  return Fitted{std::move(parts), std::move(*calibration)};
}

}  // namespace hvac::training
