#pragma once

#include <array>
#include <boost/json/fwd.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/asset_id.h"
#include "base/clock.h"
#include "telemetry/sample.h"
#include "training/comparison.h"
#include "training/evaluate.h"
#include "training/paired_blocks.h"
#include "twin/model.h"
#include "twin/step.h"

/// Scores on live telemetry: of the current model, and of a challenger beside it.
namespace hvac::training {

/// Pairs of predictors per population and target.
using PairedPopulations =
    std::array<std::array<PairedBlocks, telemetry::kTargetCount>, kPopulationCount>;
PairedPopulations paired_populations();

/// A challenger that predicts what the current model predicts, without anyone seeing it; both are
/// scored whenever a target was measured. One thread.
class ShadowTrial {
 public:
  ShadowTrial(std::shared_ptr<const twin::Model> challenger, std::string champion,
              TimePoint started);

  /// What a twin made of a sample with the champion. Outcomes of another model are not counted.
  void see(const AssetId& asset, const telemetry::Sample& sample, const twin::Outcome& outcome,
           const std::string& model_version);

  const std::string& challenger() const { return challenger_->info().version; }
  const std::string& champion() const { return champion_; }
  TimePoint started() const { return started_; }
  /// Instants with at least one measured target.
  std::size_t samples() const { return samples_; }

  /// Whether the challenger's R2 is lower or its MAPE higher by more than their uncertainty in what
  /// was seen, in words; empty when it is not.
  std::string worse(double confidence) const;

  /// Champion and challenger on the same live samples; first principles are not among them.
  Comparison comparison(double confidence) const;

  /// {challenger, champion, started, samples, worse, populations: {POPULATION: {TAG: {n, champion,
  /// challenger, r2_change, mape_change, mae_ratio, coverage}}}}
  boost::json::object report(double confidence) const;

  /// Everything that is needed to go on after a restart.
  boost::json::object to_json() const;
  /// The scores of `saved` when it is of the same two models. Returns whether they were taken.
  bool resume(const boost::json::value& saved);

 private:
  struct Follower {
    explicit Follower(const twin::Model& model) : builder(model.builder()) {}
    features::FeatureBuilder builder;
  };

  std::shared_ptr<const twin::Model> challenger_;
  std::string champion_;
  TimePoint started_;
  std::size_t samples_ = 0;
  std::map<AssetId, Follower> followers_;
  PairedPopulations pairs_;
};

/// The current model on live telemetry: the virtual sensor beside tracking, of about the last
/// 100 blocks of 120 samples. One thread.
class LiveScores {
 public:
  explicit LiveScores(std::string model) : model_(std::move(model)), pairs_(paired_populations()) {}

  /// Outcomes of another model begin the scores anew.
  void see(const twin::Outcome& outcome, const std::string& model_version);

  const std::string& model() const { return model_; }

  /// R2 of a target with the fan on, of the spread that the target had in training: a calm day must
  /// not look like a bad model. `variance`: of the target in training.
  struct TargetR2 {
    std::size_t n;
    Estimate virtual_sensor;
    Estimate tracking;
  };
  TargetR2 r2_with_fan_on(std::size_t target, double variance) const;

 private:
  std::string model_;
  PairedPopulations pairs_;
};

}  // namespace hvac::training
