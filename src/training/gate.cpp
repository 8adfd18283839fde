#include "training/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hvac::training {
namespace {

using telemetry::kTargetCount;
using telemetry::kTargetNames;

constexpr twin::PerTarget<std::string_view> kUnits = {"K", "K", "m3/h"};
/// A mean error that grows by less than this is nobody's loss.
constexpr twin::PerTarget<double> kNoticeable = {0.01, 0.01, 0.5};
constexpr double kMegabyte = 1e6;
/// As in the leakage audit: predictions that fit the row before this much better come from it.
constexpr double kDelayedRatioLimit = 0.7;

const TargetComparison& of(const Comparison& comparison, Population population, std::size_t t) {
  return comparison[static_cast<std::size_t>(population)][t];
}

class Checks {
 public:
  void add(std::string_view name, bool passed, std::string text) {
    verdict_.checks.push_back({std::string(name), passed, std::move(text)});
  }
  Verdict finish() { return std::move(verdict_); }

 private:
  Verdict verdict_;
};

void check_samples(const GateEvidence& e, const GateLimits& limits, Checks& checks) {
  const std::int64_t all = e.training_samples + e.new_samples;
  checks.add("samples", all >= limits.min_samples,
             fmt::format("{} usable samples ({} learned from, {} held out); at least {} are "
                         "required (gate.min_samples)",
                         all, e.training_samples, e.new_samples, limits.min_samples));
  checks.add("training_samples", e.training_samples >= limits.min_training_samples,
             fmt::format("learned from {} usable samples; at least {} are required",
                         e.training_samples, limits.min_training_samples));
}

void check_held_out(const GateEvidence& e, Checks& checks) {
  checks.add("training_known", e.training_known,
             e.training_known
                 ? fmt::format("every score is of rows not learned from ({} of them by the models "
                               "of the folds)",
                               e.learned_rows)
                 : "it is not known which rows the model learned from: none of the given rows can "
                   "be called held out (--unseen says that it learned from none of them)");
  std::size_t blocks = 0;
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    blocks = std::max(blocks, of(e.comparison, Population::fan_on, t).blocks);
  }
  checks.add("held_out", blocks >= kLeastBlocks,
             fmt::format("{} held-out rows in {} blocks with the fan on; at least {} blocks are "
                         "required for a difference to be told from chance",
                         e.held_out_rows, blocks, kLeastBlocks));
}

/// Whatever is current: what no model of a cooler may fall below.
void check_accuracy(const GateEvidence& e, const GateLimits& limits, Checks& checks) {
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const TargetComparison& c = of(e.comparison, Population::fan_on, t);
    if (!std::isfinite(c.change.r2.high)) continue;
    checks.add("accuracy", c.change.r2.high >= limits.min_r2,
               fmt::format("{}: R2 {:.4f} with the fan on (at most {:.4f}; required {}); first "
                           "principles alone reach {:.4f}",
                           kTargetNames[t], c.change.r2.value, c.change.r2.high, limits.min_r2,
                           c.physics.r2));
  }
}

void check_against_current(const GateEvidence& e, const GateLimits& limits, Checks& checks) {
  if (!e.against) return;
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const TargetComparison& c = of(e.comparison, Population::all, t);
    checks.add(
        "r2", !(c.change.r2_change.high < 0.0),
        fmt::format("{}: R2 {:.4f}, {} has {:.4f} (change {:+.4f}, between {:+.4f} and "
                    "{:+.4f} with {:.0f} % confidence)",
                    kTargetNames[t], c.after.r2, *e.against, c.before.r2, c.change.r2_change.value,
                    c.change.r2_change.low, c.change.r2_change.high, 100 * limits.confidence));
    checks.add(
        "mape", !(c.change.mape_change.low > 0.0),
        fmt::format("{}: MAPE {:.3f} %, {} has {:.3f} % (change {:+.3f}, between {:+.3f} and "
                    "{:+.3f} with {:.0f} % confidence)",
                    kTargetNames[t], 100 * c.after.mape, *e.against, 100 * c.before.mape,
                    100 * c.change.mape_change.value, 100 * c.change.mape_change.low,
                    100 * c.change.mape_change.high, 100 * limits.confidence));
  }
  for (const Population population : {Population::fan_on, Population::fan_off}) {
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      const TargetComparison& c = of(e.comparison, population, t);
      if (!std::isfinite(c.change.mae_ratio.low)) continue;
      const bool worse = c.change.mae_ratio.value > 1.0 + limits.max_population_worse &&
                         c.change.mae_ratio.low > 1.0 &&
                         c.after.mae - c.before.mae > kNoticeable[t];
      checks.add(
          "population", !worse,
          fmt::format("{} in {}: MAE {:.3f} {}, {} has {:.3f} ({:+.1f} %, at least {:+.1f} %; "
                      "limit {:+.0f} %)",
                      kTargetNames[t], name(population), c.after.mae, kUnits[t], *e.against,
                      c.before.mae, 100 * (c.change.mae_ratio.value - 1.0),
                      100 * (c.change.mae_ratio.low - 1.0), 100 * limits.max_population_worse));
    }
  }
}

/// An interval that was found to hold too little is not honest; that it is too wide must be sure.
void check_coverage(const GateEvidence& e, const GateLimits& limits, Checks& checks) {
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const TargetComparison& c = of(e.comparison, Population::all, t);
    if (!std::isfinite(c.change.coverage.low)) continue;
    const double coverage = c.change.coverage.value;
    checks.add("coverage",
               coverage >= limits.min_coverage && c.change.coverage.low <= limits.max_coverage,
               fmt::format("{}: the 90 % intervals hold {:.3f} of the measured values (between "
                           "{:.3f} and {:.3f}; required {}..{})",
                           kTargetNames[t], coverage, c.change.coverage.low, c.change.coverage.high,
                           limits.min_coverage, limits.max_coverage));
  }
}

void check_cost(const GateEvidence& e, const GateLimits& limits, Checks& checks) {
  checks.add("inference",
             e.inference.p99_ms < limits.max_inference_ms &&
                 e.inference.p95_ms < limits.max_inference_p95_ms,
             fmt::format("one prediction takes {:.4f} ms (P95; limit {}) and {:.4f} ms (P99; limit "
                         "{})",
                         e.inference.p95_ms, limits.max_inference_p95_ms, e.inference.p99_ms,
                         limits.max_inference_ms));
  const double megabytes = static_cast<double>(e.bundle_bytes) / kMegabyte;
  checks.add(
      "bundle_size", megabytes < limits.max_bundle_mb,
      fmt::format("the bundle has {:.2f} MB; the limit is {}", megabytes, limits.max_bundle_mb));
}

void check_sanity(const GateEvidence& e, const GateLimits& limits, Checks& checks) {
  constexpr std::size_t kLeastTried = 20;
  for (const SanityRule& rule : e.sanity.monotone) {
    if (rule.tried < kLeastTried) continue;
    const bool turned = rule.mean <= rule.least;
    const bool contrary = turned || rule.share() > limits.max_contrary_share;
    checks.add(
        "physics", !contrary,
        fmt::format("{}: {}by {:.2f} {} on average, the contrary at {:.1f} % of {} operating "
                    "points (limit {:.0f} %)",
                    rule.name, turned ? "not so, " : "", rule.mean, rule.unit, 100 * rule.share(),
                    rule.tried, 100 * limits.max_contrary_share));
  }
  const double share = e.sanity.points == 0 ? 1.0
                                            : static_cast<double>(e.sanity.impossible) /
                                                  static_cast<double>(e.sanity.points);
  checks.add(
      "possible", share <= limits.max_impossible_share,
      fmt::format("{} of {} answers over the operating range are no cooler's{} (limit {:.0f} "
                  "%)",
                  e.sanity.impossible, e.sanity.points,
                  e.sanity.worst.empty() ? "" : ", such as " + e.sanity.worst,
                  100 * limits.max_impossible_share));
  constexpr std::size_t kLeastBalances = 100;
  if (e.sanity.balance_points < kLeastBalances) return;
  checks.add("heat_balance",
             e.sanity.predicted_balance >= e.sanity.measured_balance - limits.max_balance_loss,
             fmt::format("air and water heat agree within their uncertainty in {:.1f} % of {} "
                         "settled predictions, in {:.1f} % of the measurements (may be {:.0f} % "
                         "fewer)",
                         100 * e.sanity.predicted_balance, e.sanity.balance_points,
                         100 * e.sanity.measured_balance, 100 * limits.max_balance_loss));
}

void check_leakage(const GateEvidence& e, Checks& checks) {
  std::vector<std::string> failures = e.audit_failures;
  for (const Suspect& suspect : e.suspects) failures.push_back(describe(suspect));
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    if (e.delayed_mae_ratio[t] < kDelayedRatioLimit) {
      failures.push_back(
          fmt::format("{}: predictions fit the row before better than their own (MAE "
                      "ratio {:.2f}, limit {}): an input holds past targets",
                      kTargetNames[t], e.delayed_mae_ratio[t], kDelayedRatioLimit));
    }
  }
  if (failures.empty()) checks.add("leakage", true, "leakage audit: passed");
  for (const std::string& failure : failures) {
    checks.add("leakage", false, "leakage audit: " + failure);
  }
}

}  // namespace

bool Verdict::accepted() const { return std::ranges::all_of(checks, &GateCheck::passed); }

std::vector<std::string> Verdict::reasons() const {
  std::vector<std::string> reasons;
  for (const GateCheck& check : checks) {
    if (!check.passed) reasons.push_back(check.text);
  }
  return reasons;
}

Verdict decide(const GateEvidence& evidence, const GateLimits& limits) {
  Checks checks;
  check_samples(evidence, limits, checks);
  check_held_out(evidence, checks);
  check_accuracy(evidence, limits, checks);
  check_against_current(evidence, limits, checks);
  check_coverage(evidence, limits, checks);
  check_cost(evidence, limits, checks);
  check_sanity(evidence, limits, checks);
  check_leakage(evidence, checks);
  return checks.finish();
}

}  // namespace hvac::training
