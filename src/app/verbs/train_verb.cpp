#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <ostream>

#include "app/operator_name.h"
#include "app/telemetry_file.h"
#include "app/training_data.h"
#include "app/verbs/verbs.h"
#include "base/json.h"
#include "registry/registry.h"
#include "training/report.h"
#include "training/train.h"

namespace hvac::app {
namespace {

struct TrainOptions {
  std::filesystem::path data;
  std::filesystem::path output;
  std::string reason = "trained on request";
  training::FitOptions fit;
};

registry::Provenance provenance(const TrainOptions& options, const training::Dataset& data) {
  return {operator_name(), options.reason, data.source, data.sha256};
}

void print(const Context& context, const training::Trained& trained, const std::string& where,
           const training::Dataset& data, const training::FitOptions& fit) {
  if (context.json) {
    auto card = training::assessment_json(trained.assessment, data, fit).as_object();
    card["model"] = where;
    *context.out << json_text(card, JsonLayout::pretty);
    return;
  }
  *context.out << fmt::format(
      "{}: {} rows in the file, {} in blocks that cannot be used, {} instants to learn from\n\n",
      data.source, data.rows, data.refused, data.samples.size());
  *context.out << "Accuracy on recordings the model had not seen (5 folds grouped by recording):\n"
               << training::populations_text(trained.assessment.grouped,
                                             training::Population::fan_on)
               << "\nmodel: " << where << "\n";
}

int train(const Context& context, const TrainOptions& options) {
  const Progress progress = progress_bar(context);
  const auto data = load_telemetry(context, options.data, part_of(progress, 0.0, 0.05));
  if (!data) return report_error(context, data.error());
  const auto trained = training::train(*data, "telemetry", iso_time_now(), options.fit,
                                       part_of(progress, 0.05, 0.97));
  if (!trained) return report_error(context, trained.error());

  const auto files = twin::bundle_files(trained->parts);
  if (!files) return report_error(context, files.error());
  std::string where;
  if (options.output.empty()) {
    registry::Registry models(context.home / "models");
    const auto version = models.register_candidate(*files, provenance(options, *data));
    if (!version) return report_error(context, version.error());
    where = registry::text(*version);
    if (const auto current = models.current(); current && *current == *version) {
      auto begun = begin_training_data(context, options.data, part_of(progress, 0.97, 1.0));
      if (!begun) return report_error(context, begun.error());
    }
  } else {
    const auto written = registry::write_bundle(options.output, *files, provenance(options, *data),
                                                trained->parts.info.created);
    if (!written) return report_error(context, written.error());
    where = options.output.string();
  }
  print(context, *trained, where, *data, options.fit);
  return exit_ok;
}

}  // namespace

void add_train(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand(
      "train", "Check telemetry, evaluate, train a model and register it as a candidate");
  auto options = std::make_shared<TrainOptions>();
  verb->add_option("--data", options->data, "Telemetry (CSV)")->required();
  verb->add_option("--output", options->output,
                   "Write the bundle into this new folder instead of the registry");
  verb->add_option("--reason", options->reason, "Why, for the model's history")
      ->capture_default_str();
  verb->add_option("--seed", options->fit.seed, "Same data and seed give the same model")
      ->capture_default_str();
  verb->add_option("--rounds", options->fit.trees.rounds, "Trees per target")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  verb->callback([&context, &action, options] {
    action = [&context, options] { return train(context, *options); };
  });
}

}  // namespace hvac::app
