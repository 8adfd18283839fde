#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "app/retraining.h"
#include "app/verbs/verbs.h"
#include "telemetry/fields.h"

namespace hvac::app {
namespace {

struct Options {
  RetrainingOptions retraining;
  bool promote = false;
  bool shadow = false;
  bool without_store = false;
  std::string since;
};

constexpr std::string_view kBeginning = "beginning";

std::optional<TimePoint> time_of(const std::string& since) {
  return since == kBeginning ? TimePoint::min() : telemetry::parse_iso_time(since);
}

int run_retraining(const Context& context, const Options& options) {
  RetrainingOptions retraining = options.retraining;
  retraining.from_store = !options.without_store;
  if (!options.since.empty()) {
    retraining.since = time_of(options.since);
    if (!retraining.since) {
      return report_error(
          context, {ErrorCode::invalid_argument,
                    "--since \"" + options.since + "\" is no time such as 2026-11-24T08:15:00Z"});
    }
  }
  if (options.promote) retraining.then = WhenAccepted::promote;
  if (options.shadow) retraining.then = WhenAccepted::shadow;
  const auto tell = [&](std::string_view step) {
    *context.err << (::isatty(STDERR_FILENO) == 1 ? "\r\x1b[K" : "") << "retrain: " << step << "\n";
  };
  const auto result = retrain(context, retraining, progress_bar(context), tell);
  if (!result) return report_error(context, result.error());
  if (context.json) {
    *context.out << result->json;
  } else {
    *context.out << result->log << "\nThis log: " << result->log_file.string() << "\n";
  }
  return result->accepted ? exit_ok : exit_rejected;
}

}  // namespace

void add_retrain(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand(
      "retrain",
      "Collect, check, train, evaluate, compare, and propose or promote (exit 3: rejected); called "
      "again after an interruption, it goes on");
  auto options = std::make_shared<Options>();
  RetrainingOptions& retraining = options->retraining;
  verb->add_option("--new-data", retraining.new_data,
                   "New telemetry (CSV) to learn from as well; may be given repeatedly");
  verb->add_flag("--without-store", options->without_store,
                 "Do not learn from the telemetry in the instance's store");
  verb->add_option("--since", options->since,
                   "Learn from what was measured from then on, 2026-11-24T08:15:00Z, or "
                   "\"beginning\" (default: from the last change of the equipment)");
  auto* promote = verb->add_flag("--promote", options->promote,
                                 "Make the new model current when the gate accepts it");
  verb->add_flag("--shadow", options->shadow,
                 "Run it in shadow when the gate accepts it; else it is proposed")
      ->excludes(promote);
  verb->add_flag("--restart", retraining.restart,
                 "Forget an interrupted retraining and begin anew");
  verb->add_option("--reason", retraining.reason, "Why, for the log and the history")
      ->capture_default_str();
  verb->add_option("--seed", retraining.fit.seed, "Same data and seed give the same model")
      ->capture_default_str();
  verb->add_option("--rounds", retraining.fit.trees.rounds, "Trees per target")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  verb->callback([&context, &action, options] {
    action = [&context, options] { return run_retraining(context, *options); };
  });
}

}  // namespace hvac::app
