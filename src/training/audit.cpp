#include "training/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>

#include "features/input_view.h"
#include "training/score.h"
#include "twin/model.h"

namespace hvac::training {
namespace {

using telemetry::InputTag;
using telemetry::kInputCount;
using telemetry::kTargetCount;
using telemetry::kTargetNames;
using telemetry::Sample;
using telemetry::TargetTag;
using twin::PerTarget;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
/// Trained on noise, a model must not know anything of rows it has not seen.
constexpr double kShuffledR2Limit = 0.1;
/// Predictions that fit the row before this much better than their own row come from it.
constexpr double kDelayedRatioLimit = 0.7;
/// Real sensors of different things never agree this well.
constexpr double kSuspectR2 = 0.9999;
constexpr int kGreatestDelay = 2;
/// Fewer trees say as much about leakage and cost less.
constexpr int kAuditRounds = 40;

std::vector<double> measured(std::span<const Sample> samples, std::size_t target) {
  std::vector<double> values;
  for (const Sample& sample : samples) {
    values.push_back(sample.target(static_cast<TargetTag>(target)).value_or(kNan));
  }
  return values;
}

/// The targets, moved `delay` rows later within each recording; NaN where there is none.
std::vector<double> delayed(std::span<const Sample> samples, const std::vector<double>& values,
                            std::size_t delay) {
  std::vector<double> moved(values.size(), kNan);
  for (std::size_t i = delay; i < values.size(); ++i) {
    if (samples[i].recording == samples[i - delay].recording) moved[i] = values[i - delay];
  }
  return moved;
}

/// The samples with the targets of other samples, drawn at random.
std::vector<Sample> shuffled(std::span<const Sample> samples, std::uint64_t seed) {
  std::vector<std::size_t> order(samples.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937_64 random(seed);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  std::vector<Sample> result(samples.begin(), samples.end());
  for (std::size_t i = 0; i < result.size(); ++i) {
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      const auto target = static_cast<TargetTag>(t);
      const auto value = samples[order[i]].target(target);
      result[i].set(target, value.value_or(0.0),
                    value ? telemetry::Quality::good : telemetry::Quality::missing);
    }
  }
  return result;
}

bool same_features(std::span<const Sample> a, std::span<const Sample> b) {
  features::FeatureBuilder builder_a{physics::CoolerParameters{}};
  features::FeatureBuilder builder_b{physics::CoolerParameters{}};
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto row_a = builder_a.push(features::InputView(a[i]));
    const auto row_b = builder_b.push(features::InputView(b[i]));
    if (std::memcmp(row_a.values.data(), row_b.values.data(), sizeof row_a.values) != 0) {
      return false;
    }
  }
  return true;
}

/// The virtual sensor's held-out values of a model trained on `samples`.
Result<std::vector<PerTarget<double>>> held_out_values(std::span<const Sample> samples,
                                                       const Split& split, FitOptions options,
                                                       const Progress& progress) {
  options.trees.rounds = kAuditRounds;
  auto fitted = fit(samples, split.train, options, progress);
  if (!fitted) return fail(fitted.error());
  auto model = twin::Model::make(std::move(fitted->parts));
  if (!model) return fail(model.error());
  std::vector<PerTarget<double>> values(samples.size(), {kNan, kNan, kNan});
  features::FeatureBuilder builder = (*model)->builder();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const features::FeatureRow row = builder.push(features::InputView(samples[i]));
    if (split.test[i] == 0) continue;
    const twin::Prediction prediction = (*model)->predict(row);
    for (std::size_t t = 0; t < kTargetCount; ++t) values[i][t] = prediction.targets[t].value;
  }
  return values;
}

std::vector<double> column(std::span<const PerTarget<double>> values, std::size_t target) {
  std::vector<double> result;
  for (const PerTarget<double>& value : values) result.push_back(value[target]);
  return result;
}

/// R2 of the target as some function of the input: how well the neighbours by input value agree
/// about the target. Source: nearest-neighbour variance estimate (Rice 1984), in leave-one-out
/// form.
double functional_r2(std::span<const Sample> samples, InputTag input,
                     const std::vector<double>& target) {
  struct Pair {
    double x;
    double y;
  };
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto x = samples[i].input(input);
    if (x && !std::isnan(target[i])) pairs.push_back({*x, target[i]});
  }
  constexpr std::size_t kLeastPairs = 300;
  if (pairs.size() < kLeastPairs) return 0.0;
  // Ties by row order, so that a constant input keeps the target's own noise.
  std::ranges::stable_sort(pairs, std::less{}, &Pair::x);
  const double mean = std::accumulate(pairs.begin(), pairs.end(), 0.0,
                                      [](double sum, const Pair& p) { return sum + p.y; }) /
                      static_cast<double>(pairs.size());
  double spread = 0.0;
  double noise = 0.0;
  for (std::size_t i = 1; i + 1 < pairs.size(); ++i) {
    const double neighbours = (pairs[i - 1].y + pairs[i + 1].y) / 2.0;
    noise += (pairs[i].y - neighbours) * (pairs[i].y - neighbours) * 2.0 / 3.0;
    spread += (pairs[i].y - mean) * (pairs[i].y - mean);
  }
  // An input with few levels cannot hold a target: within a level it says nothing.
  std::size_t levels = 1;
  for (std::size_t i = 1; i < pairs.size(); ++i) levels += pairs[i].x != pairs[i - 1].x ? 1 : 0;
  constexpr std::size_t kLeastLevels = 30;
  if (levels < kLeastLevels || spread <= 0.0) return 0.0;
  return 1.0 - noise / spread;
}

/// Fills in what the model is worth with and without the suspects.
Result<void> drop_suspects(std::span<const Sample> samples, const Split& split,
                           std::span<const PerTarget<double>> held_out, const FitOptions& options,
                           const Progress& progress, std::vector<Suspect>& suspects) {
  if (suspects.empty()) return {};
  std::vector<Sample> without(samples.begin(), samples.end());
  for (Sample& sample : without) {
    for (const Suspect& suspect : suspects) {
      sample.set(*telemetry::find_input(suspect.input), 0.0, telemetry::Quality::missing);
    }
  }
  const auto values = held_out_values(without, split, options, progress);
  if (!values) return fail(values.error());
  for (Suspect& suspect : suspects) {
    const auto t = telemetry::index(*telemetry::find_target(suspect.target));
    const std::vector<double> target = measured(samples, t);
    suspect.mae_with = score(target, column(held_out, t)).mae;
    suspect.mae_without = score(target, column(*values, t)).mae;
  }
  return {};
}

void conclude(LeakageAudit& audit) {
  if (!audit.features_ignore_targets) {
    audit.failures.emplace_back("features change when targets change: they read a target");
  }
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    if (audit.shuffled_r2[t] > kShuffledR2Limit) {
      audit.failures.push_back(fmt::format(
          "{}: a model trained on shuffled targets still reaches R2 {:.3f} on held-out rows (limit "
          "{}): the rows it is scored on are not new to it",
          kTargetNames[t], audit.shuffled_r2[t], kShuffledR2Limit));
    }
    if (audit.delayed_mae_ratio[t] < kDelayedRatioLimit) {
      audit.failures.push_back(fmt::format(
          "{}: predictions fit the row before better than their own (MAE ratio {:.2f}, limit {}): "
          "an input holds past targets",
          kTargetNames[t], audit.delayed_mae_ratio[t], kDelayedRatioLimit));
    }
  }
  for (const Suspect& suspect : audit.suspects) {
    audit.failures.push_back(describe(suspect));
  }
}

}  // namespace

std::string describe(const Suspect& suspect) {
  std::string text = fmt::format(
      "{} can be computed from {}{} alone (R2 {:.6f}, limit {})", suspect.target, suspect.input,
      suspect.delay_rows == 0 ? std::string()
                              : fmt::format(" of {} rows later", suspect.delay_rows),
      suspect.r2, kSuspectR2);
  if (std::isnan(suspect.mae_with)) return text;
  return text + fmt::format("; held-out MAE {:.3f} with it, {:.3f} without", suspect.mae_with,
                            suspect.mae_without);
}

std::vector<Suspect> find_suspects(std::span<const Sample> samples) {
  std::vector<Suspect> suspects;
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const std::vector<double> target = measured(samples, t);
    for (int delay = 0; delay <= kGreatestDelay; ++delay) {
      const std::vector<double> moved = delayed(samples, target, static_cast<std::size_t>(delay));
      for (std::size_t i = 0; i < kInputCount; ++i) {
        const double r2 = functional_r2(samples, static_cast<InputTag>(i), moved);
        if (r2 >= kSuspectR2) {
          suspects.push_back({telemetry::kInputNames[i], kTargetNames[t], delay, r2, kNan, kNan});
        }
      }
    }
  }
  return suspects;
}

twin::PerTarget<double> delayed_mae_ratio(std::span<const Sample> samples,
                                          std::span<const PerTarget<double>> values) {
  PerTarget<double> ratio{};
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const std::vector<double> target = measured(samples, t);
    const std::vector<double> predicted = column(values, t);
    ratio[t] = score(delayed(samples, target, 1), predicted).mae / score(target, predicted).mae;
  }
  return ratio;
}

Result<LeakageAudit> audit_leakage(std::span<const Sample> samples, const Split& split,
                                   std::span<const PerTarget<double>> held_out,
                                   const FitOptions& options, const Progress& progress) {
  LeakageAudit audit;
  const std::vector<Sample> mixed = shuffled(samples, options.seed);
  audit.features_ignore_targets = same_features(samples, mixed);

  // Without the baseline, which knows the targets' rough values from the inputs.
  FitOptions from_nothing = options;
  from_nothing.baseline = twin::Baseline::zero;
  const auto from_noise = held_out_values(mixed, split, from_nothing, progress);
  if (!from_noise) return fail(from_noise.error());
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    audit.shuffled_r2[t] = score(measured(samples, t), column(*from_noise, t)).r2;
  }
  audit.delayed_mae_ratio = delayed_mae_ratio(samples, held_out);
  audit.suspects = find_suspects(samples);
  if (auto dropped = drop_suspects(samples, split, held_out, options, progress, audit.suspects);
      !dropped) {
    return fail(dropped.error());
  }
  conclude(audit);
  return audit;
}

}  // namespace hvac::training
