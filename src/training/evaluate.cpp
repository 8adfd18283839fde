#include "training/evaluate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "features/input_view.h"
#include "training/held_out.h"
#include "training/mask.h"
#include "training/mixture.h"
#include "training/parallel.h"
#include "training/split.h"

namespace hvac::training {
namespace {

using telemetry::kTargetCount;
using telemetry::Sample;
using telemetry::TargetTag;
using twin::Interval;
using twin::Model;
using twin::PerTarget;
using twin::Prediction;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// measured - predicted.
PerTarget<double> residuals(const Sample& sample, const PerTarget<double>& predicted) {
  PerTarget<double> result{};
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    result[t] = sample.target(static_cast<TargetTag>(t)).value_or(kNan) - predicted[t];
  }
  return result;
}

PerTarget<double> values_of(const Prediction& prediction) {
  PerTarget<double> values{};
  for (std::size_t t = 0; t < kTargetCount; ++t) values[t] = prediction.targets[t].value;
  return values;
}

PerTarget<double> physics_of(const Prediction& prediction) {
  PerTarget<double> values{};
  for (std::size_t t = 0; t < kTargetCount; ++t) values[t] = prediction.targets[t].physics;
  return values;
}

/// The measured value of the row before, within the recording; NaN when there is none.
std::vector<double> persistence(std::span<const Sample> samples, TargetTag target) {
  std::vector<double> values(samples.size(), kNan);
  for (std::size_t i = 1; i < samples.size(); ++i) {
    if (samples[i].recording != samples[i - 1].recording) continue;
    const auto before = samples[i - 1].target(target);
    values[i] = before ? *before : values[i - 1];
  }
  return values;
}

/// A model and what its predictions of the rows it did not see were off by.
struct Fold {
  std::shared_ptr<const Model> model;
  std::vector<Residual> unseen;  ///< Recorded rows first, in order, then rows with hidden inputs.
};

Result<Fold> run_fold(std::span<const Sample> samples, const Split& split,
                      const FitOptions& options, const Progress& progress) {
  auto fitted = fit(samples, split.train, options, progress);
  if (!fitted) return fail(fitted.error());
  const physics::CoolerParameters cooler = fitted->parts.cooler;
  auto model = Model::make(std::move(fitted->parts));
  if (!model) return fail(model.error());

  Fold fold{*model, {}};
  const auto add = [&](std::size_t i, const features::FeatureRow& row) {
    if (split.test[i] == 0) return;
    const Prediction prediction = fold.model->predict(row);
    fold.unseen.push_back({i, row.regime, row.evidence,
                           residuals(samples[i], values_of(prediction)),
                           residuals(samples[i], physics_of(prediction))});
  };
  features::FeatureBuilder builder = fold.model->builder();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    add(i, builder.push(features::InputView(samples[i])));
  }
  for_each_hidden(samples, cooler, options.seed + 1, add);
  return fold;
}

/// The model's predictions of the rows whose `tested` is 1; all rows lend their history.
void predict_tested(const Model& model, std::span<const Sample> samples,
                    std::span<const std::uint8_t> tested, std::vector<Prediction>& predictions) {
  features::FeatureBuilder builder = model.builder();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const features::FeatureRow row = builder.push(features::InputView(samples[i]));
    if (tested[i] != 0) predictions[i] = model.predict(row);
  }
}

/// What tracking is off by when it follows these predictions of rows their models had not seen.
std::vector<Residual> tracked_residuals(std::span<const Sample> samples,
                                        std::span<const Prediction> predictions) {
  const twin::Intervals none{};
  twin::Tracker tracker;
  std::vector<Residual> tracked;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    PerTarget<double> values{};
    const auto now = tracker.push(none, predictions[i], samples[i]);
    for (std::size_t t = 0; t < kTargetCount; ++t) values[t] = now[t].value;
    tracked.push_back(
        {i, predictions[i].regime, predictions[i].evidence, residuals(samples[i], values)});
  }
  return tracked;
}

/// Follows the predictions of models without intervals, which get the margins of `intervals`.
std::vector<Judged> follow(std::span<const Sample> samples, std::span<const Prediction> predictions,
                           const twin::Intervals& intervals) {
  twin::Tracker tracker;
  std::vector<Judged> judged;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    Prediction prediction = predictions[i];
    twin::add_margins(prediction, intervals);
    judged.push_back({prediction, tracker.push(intervals, prediction, samples[i])});
  }
  return judged;
}

std::vector<std::uint8_t> inverse(std::span<const std::uint8_t> flags) {
  std::vector<std::uint8_t> result;
  for (const std::uint8_t flag : flags) result.push_back(flag == 0 ? 1 : 0);
  return result;
}

}  // namespace

std::string_view name(Population population) {
  switch (population) {
    case Population::fan_on:
      return "fan_on";
    case Population::fan_off:
      return "fan_off";
    case Population::all:
      break;
  }
  return "all";
}

bool belongs(features::Regime regime, Population population) {
  switch (population) {
    case Population::fan_on:
      return regime == features::Regime::fan_on;
    case Population::fan_off:
      return regime == features::Regime::fan_off;
    case Population::all:
      break;
  }
  return true;
}

std::vector<Judged> judge(const Model& model, std::span<const Sample> samples) {
  std::vector<Judged> judged;
  judged.reserve(samples.size());
  features::FeatureBuilder builder = model.builder();
  twin::Tracker tracker;
  for (const Sample& sample : samples) {
    const Prediction prediction = model.predict(builder.push(features::InputView(sample)));
    judged.push_back({prediction, tracker.push(model.parts().intervals, prediction, sample)});
  }
  return judged;
}

Populations compare(std::span<const Sample> samples, std::span<const Judged> judged,
                    std::span<const std::uint8_t> scored) {
  Populations populations{};
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const auto target = static_cast<TargetTag>(t);
    const std::vector<double> previous = persistence(samples, target);
    for (std::size_t p = 0; p < kPopulationCount; ++p) {
      std::vector<double> measured, virtual_sensor, tracking, before, physics;
      std::vector<Interval> virtual_interval, tracking_interval;
      for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto value = samples[i].target(target);
        if (scored[i] == 0 || !value ||
            !belongs(judged[i].prediction.regime, static_cast<Population>(p))) {
          continue;
        }
        const twin::TargetPrediction& predicted = judged[i].prediction.targets[t];
        measured.push_back(*value);
        virtual_sensor.push_back(predicted.value);
        virtual_interval.push_back(predicted.interval90);
        tracking.push_back(judged[i].tracked[t].value);
        tracking_interval.push_back(judged[i].tracked[t].interval90);
        before.push_back(previous[i]);
        physics.push_back(predicted.physics);
      }
      populations[p][t] = {score(measured, virtual_sensor, virtual_interval),
                           score(measured, tracking, tracking_interval), score(measured, before),
                           score(measured, physics)};
    }
  }
  return populations;
}

Result<Assessment> assess(const Dataset& data, const FitOptions& options,
                          const Progress& progress) {
  const std::span<const Sample> samples = data.samples;
  std::vector<Split> splits = grouped_folds(samples, kFolds);
  splits.push_back(last_block(samples.size(), kLastBlock));
  std::vector<Fold> folds(splits.size());
  const auto trained = run_jobs(
      splits.size(),
      [&](std::size_t k, const Progress& step) -> Result<void> {
        auto fold = run_fold(samples, splits[k], options, step);
        if (!fold) return fail(fold.error());
        folds[k] = std::move(*fold);
        return {};
      },
      progress);
  if (!trained) return fail(trained.error());

  std::vector<Residual> of_trees;
  std::vector<Prediction> predictions(samples.size());
  for (std::size_t k = 0; k < kFolds; ++k) {
    of_trees.insert(of_trees.end(), folds[k].unseen.begin(), folds[k].unseen.end());
    predict_tested(*folds[k].model, samples, splits[k].test, predictions);
  }
  std::vector<PerTarget<double>> held_out;  // Of the trees alone, for the leakage audit.
  for (std::size_t i = 0; i < samples.size(); ++i) {
    held_out.push_back(splits[0].test[i] != 0 ? values_of(predictions[i])
                                              : PerTarget<double>{kNan, kNan, kNan});
  }

  // Each fold's rows get the share of first principles that the other folds' rows ask for.
  Assessment assessment;
  std::vector<Residual> unseen;
  for (std::size_t k = 0; k < kFolds; ++k) {
    const twin::PhysicsShare share = fit_physics_share(of_trees, inverse(splits[k].test));
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (splits[k].test[i] != 0) twin::mix_physics(predictions[i], share);
    }
    for (const Residual& residual : folds[k].unseen) unseen.push_back(mixed(residual, share));
  }
  const std::vector<Residual> tracked = tracked_residuals(samples, predictions);

  // As they get the intervals.
  std::vector<Judged> judged(samples.size());
  for (std::size_t k = 0; k < kFolds; ++k) {
    const auto followed =
        follow(samples, predictions, fit_intervals(unseen, tracked, inverse(splits[k].test)));
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (splits[k].test[i] != 0) judged[i] = followed[i];
    }
  }
  const std::vector<std::uint8_t> every(samples.size(), 1);
  assessment.grouped = compare(samples, judged, every);
  assessment.physics_share = fit_physics_share(of_trees, every);
  assessment.intervals = fit_intervals(unseen, tracked, every);
  assessment.held_out = held_out_bytes(samples, predictions);

  const Split& last = splits[kFolds];
  const auto first = static_cast<std::size_t>(std::ranges::find(last.test, 1) - last.test.begin());
  const auto block = samples.subspan(first);
  std::vector<Prediction> block_predictions(block.size());
  const std::vector<std::uint8_t> whole_block(block.size(), 1);
  predict_tested(*folds[kFolds].model, block, whole_block, block_predictions);
  const twin::PhysicsShare share = fit_physics_share(of_trees, last.train);
  for (Prediction& prediction : block_predictions) twin::mix_physics(prediction, share);
  assessment.last_block =
      compare(block, follow(block, block_predictions, fit_intervals(unseen, tracked, last.train)),
              whole_block);

  auto audit = audit_leakage(samples, splits[0], held_out, options, progress);
  if (!audit) return fail(audit.error());
  assessment.audit = std::move(*audit);
  return assessment;
}

}  // namespace hvac::training
