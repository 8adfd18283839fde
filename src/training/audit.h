#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "telemetry/sample.h"
#include "training/fit.h"
#include "training/split.h"
#include "twin/prediction.h"

/// Looks for ways in which accuracy could be an illusion.
namespace hvac::training {

/// An input from which a target can be computed although nothing else is known.
struct Suspect {
  std::string_view input;
  std::string_view target;
  int delay_rows;      ///< Of the target: 0 = now, 1 = one row before.
  double r2;           ///< Of the target as a function of this input alone.
  double mae_with;     ///< Virtual sensor of this target on held-out rows with the input ...
  double mae_without;  ///< ... and without all suspects.
};

/// One sentence.
std::string describe(const Suspect& suspect);

/// Inputs of `samples` that hold a target of this row or of one of the two rows before.
/// `mae_with` and `mae_without` are not filled in.
std::vector<Suspect> find_suspects(std::span<const telemetry::Sample> samples);

/// Of `values` (one per sample, NaN = not predicted): MAE against the targets of the row before
/// over the MAE against the row's own.
twin::PerTarget<double> delayed_mae_ratio(std::span<const telemetry::Sample> samples,
                                          std::span<const twin::PerTarget<double>> values);

struct LeakageAudit {
  /// Features are the same bits whatever the targets are.
  bool features_ignore_targets = true;
  /// Held-out R2 after training on shuffled targets: near or below 0 when nothing leaks.
  twin::PerTarget<double> shuffled_r2{};
  /// Held-out MAE against the targets of the row before, over the MAE against the row's own:
  /// well below 1 when features hold yesterday's answers.
  twin::PerTarget<double> delayed_mae_ratio{};
  std::vector<Suspect> suspects;
  std::vector<std::string> failures;  ///< In words; empty when the audit passed.

  bool passed() const { return failures.empty(); }
};

/// Audits training on `split`. `held_out` is the virtual sensor's value per sample and target by a
/// model trained on it. Errors: those of `fit`.
[[nodiscard]] Result<LeakageAudit> audit_leakage(std::span<const telemetry::Sample> samples,
                                                 const Split& split,
                                                 std::span<const twin::PerTarget<double>> held_out,
                                                 const FitOptions& options,
                                                 const Progress& progress);

}  // namespace hvac::training
