#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/shadow_trial.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "config/config.h"
#include "live/fleet.h"
#include "registry/proposals.h"
#include "registry/registry.h"
#include "store/records.h"
#include "store/store.h"
#include "training/shadow.h"
#include "training/triggers.h"

namespace hvac::app {

/// Models that look after themselves in a running program: scores the current model and a
/// challenger on live telemetry, proposes retraining when a trigger is pulled, and - only where the
/// settings say so - retrains in a process of its own and promotes through gate and shadow.
///
/// `see` belongs to the thread that steps the twins, `tick` to one that may wait for the disk; the
/// rest may be called from any.
class ModelKeeper {
 public:
  struct Options {
    std::filesystem::path home;
    /// The program's options before the command, for a retraining: {"--profile", "site.toml"}.
    std::vector<std::string> arguments;
    std::function<void(const std::string&)> log;          ///< One line, for the program's log.
    std::function<void(const store::AuditEntry&)> audit;  ///< What was changed without an operator.
    std::function<void(const registry::Event&)> changed;  ///< A model was promoted, pinned, ...
    Clock clock = system_clock();
    const store::Store* store = nullptr;  ///< Whose samples a changed equipment's retraining needs.
    /// Starts this program with these words and returns the number of its process.
    std::function<Result<int>(std::vector<std::string>)> start;
  };

  ModelKeeper(Options options, const config::Config& settings);
  ~ModelKeeper();

  void configure(const config::Config& settings);

  /// A twin made this of a sample.
  void see(const live::AssetView& view);

  /// Follows the registry, saves what was scored, proposes. Meant to be called every few seconds.
  /// Errors: those of the registry and the disk; the next call tries again.
  [[nodiscard]] Result<void> tick();

  /// {"running": false} or the scores of both models side by side.
  std::string shadow_json() const;

 private:
  struct Scores {
    std::optional<training::ShadowTrial> trial;
    training::LiveScores live{""};
  };

  Result<void> tell_changes();
  Result<void> follow_challenger();
  Result<void> keep_trial() const;
  Result<void> propose(TimePoint now);
  Result<training::TriggerFacts> facts(TimePoint now) const;
  Result<void> retrain_by_itself(TimePoint now, std::int64_t needed);
  Result<std::string> waits(const std::vector<registry::Proposal>& proposals,
                            std::int64_t needed) const;
  void await_retraining(TimePoint now);
  Result<void> promote_by_itself(TimePoint now);
  Result<std::string> outdated(registry::Version challenger) const;
  Result<void> stop_shadow(registry::Version challenger, const std::string& why);
  void record(const std::string& action, const std::string& detail) const;

  const Options options_;
  registry::Registry models_;
  registry::ProposalBook proposals_;
  Guarded<config::Config> settings_;
  Guarded<Scores> scores_;
  // Only `tick` touches these.
  std::optional<std::size_t> told_;  ///< Lines of the history.
  std::optional<ShadowPair> followed_;
  TimePoint next_check_{};
  std::optional<int> child_;  ///< Process of a retraining under way.
  TimePoint next_retraining_{};
  std::string waits_;  ///< What was last logged of what a retraining waits for.
};

}  // namespace hvac::app
