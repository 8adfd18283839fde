#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "training/audit.h"
#include "training/comparison.h"
#include "training/sanity.h"
#include "twin/prediction.h"

/// Whether a model may take the current one's place.
namespace hvac::training {

/// What a model must keep to. Sources: the maintenance guide's retraining criteria (R2, MAPE, 5 %,
/// 100 ms, 10 MB, 10,000 samples) and KPIs (P95 of inference).
struct GateLimits {
  std::int64_t min_samples = 10'000;          ///< Learned from and held out, together.
  std::int64_t min_training_samples = 6'000;  ///< Learned from.
  double confidence = 0.95;            ///< That a difference is one, over all tests together.
  double min_r2 = 0.85;                ///< With the fan on.
  double max_population_worse = 0.05;  ///< Of MAE in any population, as a fraction.
  double max_inference_ms = 100.0;     ///< Of 99 in 100 predictions.
  double max_inference_p95_ms = 1.0;
  double max_bundle_mb = 10.0;
  double min_coverage = 0.87;  ///< Of the 90 % intervals.
  double max_coverage = 0.93;
  double max_contrary_share = 0.2;     ///< Of operating points where a rule of physics is broken.
  double max_impossible_share = 0.01;  ///< Of operating points.
  double max_balance_loss = 0.1;  ///< Share of rows whose heat balance closes when measured only.
};

/// How long single predictions took [ms].
struct InferenceTime {
  double p50_ms = 0.0;
  double p95_ms = 0.0;
  double p99_ms = 0.0;
};

/// Everything the gate decides by. A value.
struct GateEvidence {
  std::string model;                   ///< Its version or folder.
  std::optional<std::string> against;  ///< The model it was compared with, if any.
  Comparison comparison{};             ///< Held-out rows only.
  std::size_t held_out_rows = 0;       ///< That both models were scored on.
  std::size_t learned_rows = 0;  ///< Of the given data, by the model: scored by its folds' models.
  bool training_known = true;    ///< Whether it is known which rows the model learned from.
  std::int64_t training_samples = 0;  ///< Usable rows that the model learned from.
  std::int64_t new_samples = 0;       ///< Usable rows of the given data that it did not.
  std::uint64_t bundle_bytes = 0;
  InferenceTime inference;
  SanityReport sanity;
  std::vector<Suspect> suspects;                ///< In the given data.
  twin::PerTarget<double> delayed_mae_ratio{};  ///< As in LeakageAudit, on held-out rows.
  std::vector<std::string> audit_failures;      ///< Of the audit when it was trained.
};

struct GateCheck {
  std::string name;  ///< "samples", "r2", "mape", "population", "inference", ...
  bool passed;
  std::string text;  ///< What was found and what the limit is; a reason when it did not pass.
};

struct Verdict {
  std::vector<GateCheck> checks;

  bool accepted() const;
  std::vector<std::string> reasons() const;  ///< The texts of what did not pass.
};

/// Pure: same evidence and limits, same verdict.
Verdict decide(const GateEvidence& evidence, const GateLimits& limits);

}  // namespace hvac::training
