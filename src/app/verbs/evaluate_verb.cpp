#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <ostream>

#include "app/telemetry_file.h"
#include "app/verbs/verbs.h"
#include "base/json.h"
#include "registry/load_model.h"
#include "training/report.h"

namespace hvac::app {
namespace {

struct EvaluateOptions {
  std::filesystem::path data;
  std::string model;
  training::FitOptions fit;
};

void print_populations(std::ostream& out, const training::Populations& populations) {
  for (std::size_t p = 0; p < training::kPopulationCount; ++p) {
    out << training::populations_text(populations, static_cast<training::Population>(p)) << "\n";
  }
}

void print_audit(std::ostream& out, const training::LeakageAudit& audit) {
  if (audit.passed()) {
    out << "Leakage audit: passed (features are the same whatever the targets are, trained on "
           "shuffled targets nothing is known, no input holds a target).\n";
    return;
  }
  out << "LEAKAGE AUDIT FAILED: these figures are not to be believed.\n";
  for (const std::string& failure : audit.failures) out << "  - " << failure << "\n";
}

/// The training method on these data, by protocol.
int assess(const Context& context, const training::Dataset& data, const EvaluateOptions& options,
           const Progress& progress) {
  const auto assessment = training::assess(data, options.fit, progress);
  if (!assessment) return report_error(context, assessment.error());
  progress(1.0, "evaluated");
  if (context.json) {
    *context.out << json_text(training::assessment_json(*assessment, data, options.fit),
                              JsonLayout::pretty);
  } else {
    *context.out << "Protocol: 5 folds grouped by recording\n\n";
    print_populations(*context.out, assessment->grouped);
    *context.out
        << "Protocol: last 15 % of the rows, trained on what is before, with an embargo\n\n";
    print_populations(*context.out, assessment->last_block);
    print_audit(*context.out, assessment->audit);
  }
  return assessment->audit.passed() ? exit_ok : exit_rejected;
}

/// A trained model on a file that it should never have seen.
int score(const Context& context, const training::Dataset& data, const EvaluateOptions& options) {
  const registry::Registry models(context.home / "models");
  const auto model = registry::load_model(models, options.model);
  if (!model) return report_error(context, model.error());
  const auto judged = training::judge(**model, data.samples);
  const std::vector<std::uint8_t> every(data.samples.size(), 1);
  const training::Populations populations = training::compare(data.samples, judged, every);
  const bool seen = (*model)->info().data_sha256 == data.sha256;

  if (context.json) {
    boost::json::object root;
    root["rows"] = data.samples.size();
    root["scored"] = training::scored_json(data);
    root["populations"] = training::populations_json(populations);
    root["model"] = (*model)->info().version;
    root["model_origin"] = (*model)->info().origin;
    root["trained_on_this_file"] = seen;
    root["data"] = {{"source", data.source},
                    {"sha256", data.sha256},
                    {"rows_in_file", data.rows},
                    {"rows_refused", data.refused}};
    *context.out << json_text(root, JsonLayout::pretty);
  } else {
    *context.out << fmt::format("Model {} on {}: {} instants\n\n", (*model)->info().version,
                                data.source, data.samples.size());
    print_populations(*context.out, populations);
  }
  if (seen) {
    *context.err << "warning: the model was trained on this very file; these figures are not its "
                    "accuracy. `evaluate --data` without --model scores it by protocol.\n";
  }
  return exit_ok;
}

int evaluate(const Context& context, const EvaluateOptions& options) {
  const Progress progress = progress_bar(context);
  const auto data = load_telemetry(context, options.data, part_of(progress, 0.0, 0.05));
  if (!data) return report_error(context, data.error());
  if (!options.model.empty()) return score(context, *data, options);
  return assess(context, *data, options, part_of(progress, 0.05, 1.0));
}

}  // namespace

void add_evaluate(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand(
      "evaluate",
      "Honest accuracy: of the training method by protocol, or of a model on a file it never saw");
  auto options = std::make_shared<EvaluateOptions>();
  verb->add_option("--data", options->data, "Telemetry with measured targets (CSV)")->required();
  verb->add_option("--model", options->model,
                   "Score this model (version, folder or current) instead of the method");
  verb->add_option("--seed", options->fit.seed, "Of the folds and the training")
      ->capture_default_str();
  verb->callback([&context, &action, options] {
    action = [&context, options] { return evaluate(context, *options); };
  });
}

}  // namespace hvac::app
