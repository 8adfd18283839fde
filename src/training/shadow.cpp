#include "training/shadow.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>

#include "base/iso_time.h"
#include "features/input_view.h"
#include "training/report.h"

namespace hvac::training {
namespace {

namespace json = boost::json;
using telemetry::kTargetCount;
using telemetry::kTargetNames;
using telemetry::TargetTag;

/// More blocks than this would make reports slow and say nothing more.
constexpr std::size_t kMostBlocks = 400;
constexpr std::size_t kLiveBlocks = 100;
/// Samples of several coolers come in turn: a block is what came one after the other.
constexpr telemetry::RecordingId kOneRun{};

template <class Visit>
void for_populations(features::Regime regime, Visit&& visit) {
  for (std::size_t p = 0; p < kPopulationCount; ++p) {
    if (belongs(regime, static_cast<Population>(p))) visit(p);
  }
}

BootstrapOptions bootstrap(double confidence) {
  BootstrapOptions options;
  options.confidence = confidence;
  return options;
}

}  // namespace

PairedPopulations paired_populations() {
  const std::array<PairedBlocks, kTargetCount> targets = {PairedBlocks(TargetTag::UCAOT),
                                                          PairedBlocks(TargetTag::UCWOT),
                                                          PairedBlocks(TargetTag::UCAF)};
  return {targets, targets, targets};
}

ShadowTrial::ShadowTrial(std::shared_ptr<const twin::Model> challenger, std::string champion,
                         TimePoint started)
    : challenger_(std::move(challenger)),
      champion_(std::move(champion)),
      started_(started),
      pairs_(paired_populations()) {}

void ShadowTrial::see(const AssetId& asset, const telemetry::Sample& sample,
                      const twin::Outcome& outcome, const std::string& model_version) {
  Follower& follower = followers_.try_emplace(asset, *challenger_).first->second;
  const features::FeatureRow row = follower.builder.push(features::InputView(sample));
  if (model_version != champion_) return;  // Its history goes on all the same.
  const twin::Prediction prediction = challenger_->predict(row);
  bool measured_any = false;
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const auto measured = sample.target(static_cast<TargetTag>(t));
    if (!measured) continue;
    measured_any = true;
    for_populations(prediction.regime, [&](std::size_t p) {
      PairedBlocks& blocks = pairs_[p][t];
      blocks.add(kOneRun, *measured, outcome.targets[t].predicted, prediction.targets[t]);
      blocks.coarsen(kMostBlocks);
    });
  }
  samples_ += measured_any ? 1 : 0;
}

std::string ShadowTrial::worse(double confidence) const {
  const BootstrapOptions options = bootstrap(confidence);
  const auto& all = pairs_[static_cast<std::size_t>(Population::all)];
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const PairedEstimates e = all[t].estimate(options, tail_of(options));
    if (e.r2_change.high < 0.0) {
      return fmt::format("{}: R2 is {:.4f} lower than that of {} on live telemetry",
                         kTargetNames[t], -e.r2_change.value, champion_);
    }
    if (e.mape_change.low > 0.0) {
      return fmt::format("{}: MAPE is {:.3f} % higher than that of {} on live telemetry",
                         kTargetNames[t], 100 * e.mape_change.value, champion_);
    }
  }
  return {};
}

Comparison ShadowTrial::comparison(double confidence) const {
  const BootstrapOptions options = bootstrap(confidence);
  Comparison comparison{};
  for (std::size_t p = 0; p < kPopulationCount; ++p) {
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      const PairedBlocks& blocks = pairs_[p][t];
      const PairedSums sums = blocks.sums();
      comparison[p][t] = {sums.score(0), sums.score(1), Score{}, blocks.count(),
                          blocks.estimate(options, tail_of(options))};
    }
  }
  return comparison;
}

json::object ShadowTrial::report(double confidence) const {
  const Comparison all = comparison(confidence);
  json::object populations;
  for (std::size_t p = 0; p < kPopulationCount; ++p) {
    json::object targets;
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      const TargetComparison& c = all[p][t];
      const PairedEstimates& e = c.change;
      targets[kTargetNames[t]] = {{"n", c.after.n},
                                  {"champion", score_json(c.before)},
                                  {"challenger", score_json(c.after)},
                                  {"r2_change", estimate_json(e.r2_change)},
                                  {"mape_change", estimate_json(e.mape_change)},
                                  {"mae_ratio", estimate_json(e.mae_ratio)},
                                  {"coverage", estimate_json(e.coverage)}};
    }
    populations[name(static_cast<Population>(p))] = std::move(targets);
  }
  const std::string why = worse(confidence);
  return {{"challenger", challenger()},
          {"champion", champion_},
          {"started", iso_text(started_)},
          {"samples", samples_},
          {"worse", why.empty() ? json::value() : json::value(why)},
          {"populations", std::move(populations)}};
}

json::object ShadowTrial::to_json() const {
  json::object populations;
  for (std::size_t p = 0; p < kPopulationCount; ++p) {
    json::object targets;
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      targets[kTargetNames[t]] = pairs_[p][t].to_json();
    }
    populations[name(static_cast<Population>(p))] = std::move(targets);
  }
  return {{"challenger", challenger()},
          {"champion", champion_},
          {"started_ms", started_.time_since_epoch().count()},
          {"samples", samples_},
          {"blocks", std::move(populations)}};
}

bool ShadowTrial::resume(const json::value& saved) {
  PairedPopulations pairs = paired_populations();
  try {  // Boost.JSON's checked access throws where the document has another shape.
    if (saved.at("challenger").as_string() != challenger() ||
        saved.at("champion").as_string() != champion_ ||
        saved.at("started_ms").to_number<std::int64_t>() != started_.time_since_epoch().count()) {
      return false;
    }
    for (std::size_t p = 0; p < kPopulationCount; ++p) {
      const json::value& targets = saved.at("blocks").at(name(static_cast<Population>(p)));
      for (std::size_t t = 0; t < kTargetCount; ++t) {
        if (!pairs[p][t].from_json(targets.at(kTargetNames[t]))) return false;
      }
    }
    samples_ = saved.at("samples").to_number<std::size_t>();
  } catch (const std::exception&) {
    return false;
  }
  pairs_ = std::move(pairs);
  return true;
}

void LiveScores::see(const twin::Outcome& outcome, const std::string& model_version) {
  if (model_version != model_) *this = LiveScores(model_version);
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const twin::TargetOutcome& target = outcome.targets[t];
    if (!target.measured) continue;
    const twin::TargetPrediction tracked{target.tracked.value, target.tracked.interval90,
                                         target.predicted.physics};
    for_populations(outcome.regime, [&](std::size_t p) {
      pairs_[p][t].add(kOneRun, *target.measured, target.predicted, tracked);
      pairs_[p][t].keep_newest(kLiveBlocks);
    });
  }
}

LiveScores::TargetR2 LiveScores::r2_with_fan_on(std::size_t target, double variance) const {
  const PairedBlocks& blocks = pairs_[static_cast<std::size_t>(Population::fan_on)][target];
  const auto [virtual_squares, tracking_squares] = blocks.mean_squares(BootstrapOptions{}, 0.025);
  const auto r2 = [&](const Estimate& squares) -> Estimate {
    return {1.0 - squares.value / variance, 1.0 - squares.high / variance,
            1.0 - squares.low / variance};
  };
  return {static_cast<std::size_t>(blocks.sums().n), r2(virtual_squares), r2(tracking_squares)};
}

}  // namespace hvac::training
