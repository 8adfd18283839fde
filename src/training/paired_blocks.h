#pragma once

#include <array>
#include <boost/json/fwd.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "telemetry/sample.h"
#include "telemetry/tags.h"
#include "training/score.h"
#include "twin/prediction.h"

/// Scores of two predictors of one target, gathered block by block of neighbouring rows.
namespace hvac::training {

/// A value and the interval that a block bootstrap gives it: blocks of neighbouring rows, because
/// rows that follow each other err together; the widest interval over several lengths of them.
/// NaN where it cannot be said.
/// Source: Kuensch (1989); paired: both predictors are scored on the same drawn blocks.
struct Estimate {
  double value;
  double low;
  double high;
};

/// What can be estimated of two predictors.
struct PairedEstimates {
  Estimate r2;           ///< Of the second one ...
  Estimate coverage;     ///< ... and the share of measured values in its 90 % intervals.
  Estimate r2_change;    ///< Second less first.
  Estimate mape_change;  ///< The same, as a fraction.
  Estimate mae_ratio;    ///< Second by first.
};

struct BootstrapOptions {
  /// How sure one wants to be over all estimates of a comparison together: each interval's tails
  /// share 1 - confidence among the tests (Bonferroni).
  double confidence = 0.95;
  int resamples = 2000;
  std::size_t block_rows = 120;
  std::uint64_t seed = 1;
};

/// An estimate rests on at least so many blocks, or it is not made.
inline constexpr std::size_t kLeastBlocks = 5;

/// What one predictor's errors add up to.
struct ErrorSums {
  double squares = 0.0;
  double absolute = 0.0;
  double relative = 0.0;
  double signed_sum = 0.0;
  double held = 0.0;  ///< Measured values in its intervals.
};

/// What some rows add up to. Sums of y are of its difference from a usual value, so that they keep
/// their digits.
struct PairedSums {
  double n = 0.0;
  double y = 0.0;
  double yy = 0.0;
  double relative_n = 0.0;
  std::array<ErrorSums, 2> errors{};

  void add(const PairedSums& other);
  /// All but p95, which sums do not tell.
  Score score(std::size_t which) const;
};

/// A value; one thread.
class PairedBlocks {
 public:
  explicit PairedBlocks(telemetry::TargetTag target, std::size_t block_rows = 120)
      : target_(target), block_rows_(block_rows) {}

  void add(telemetry::RecordingId recording, double measured, const twin::TargetPrediction& first,
           const twin::TargetPrediction& second);

  /// Forgets the oldest blocks beyond that many.
  void keep_newest(std::size_t blocks);
  /// Joins neighbours until there are no more than that many.
  void coarsen(std::size_t blocks);

  std::size_t count() const { return blocks_.size(); }
  PairedSums sums() const;

  /// `tail`: the share of draws beyond each limit. Deterministic.
  PairedEstimates estimate(const BootstrapOptions& options, double tail) const;

  /// Mean squared error of each predictor, in the target's unit squared.
  std::array<Estimate, 2> mean_squares(const BootstrapOptions& options, double tail) const;

  boost::json::array to_json() const;
  /// False: `blocks` are none that `to_json` wrote; then nothing changes.
  bool from_json(const boost::json::value& blocks);

 private:
  telemetry::TargetTag target_;
  std::size_t block_rows_;
  std::vector<PairedSums> blocks_;
  std::optional<telemetry::RecordingId> recording_;
};

}  // namespace hvac::training
