#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <ostream>

#include "app/gate_settings.h"
#include "app/telemetry_file.h"
#include "app/verbs/verbs.h"
#include "base/json.h"
#include "registry/load_model.h"
#include "registry/verdicts.h"
#include "training/held_out.h"
#include "training/validate.h"

namespace hvac::app {
namespace {

struct ValidateOptions {
  std::string model = "current";
  std::string against = "current";
  std::filesystem::path data;
  bool unseen = false;
};

struct CompareOptions {
  std::string before;
  std::string after;
  std::filesystem::path data;
};

/// What the candidate is to be compared with: nothing when it is the current model itself, or when
/// there is none.
Result<std::optional<training::Incumbent>> incumbent(const registry::Registry& models,
                                                     const ValidateOptions& options,
                                                     const std::string& candidate) {
  if (options.against == "none") return std::nullopt;
  if (options.against == "current") {
    const auto current = models.current();
    if (!current) return fail(current.error());
    if (!*current || registry::text(**current) == candidate) return std::nullopt;
  }
  auto model = registry::load_model(models, options.against);
  if (!model) return fail(model.error());
  const std::string name = (*model)->info().version;
  return training::Incumbent{std::move(*model), name};
}

/// The registry's version that `selector` means, if it means one.
std::optional<registry::Version> registered(const registry::Registry& models,
                                            const std::string& selector) {
  if (selector != "current") return registry::parse_version(selector);
  const auto current = models.current();
  return current ? *current : std::nullopt;
}

int validate(const Context& context, const ValidateOptions& options) {
  const auto limits = gate_limits(context);
  if (!limits) return report_error(context, limits.error());
  const Progress progress = progress_bar(context);
  const registry::Registry models(context.home / "models");
  auto loaded = registry::load_with_manifest(models, options.model);
  if (!loaded) return report_error(context, loaded.error());
  training::Candidate candidate{loaded->model, loaded->model->info().version,
                                loaded->manifest.bytes,
                                options.unseen ? training::Vouched::unseen : training::Vouched::no};
  const auto against = incumbent(models, options, candidate.name);
  if (!against) return report_error(context, against.error());
  const auto data = load_telemetry(context, options.data, part_of(progress, 0.0, 0.2));
  if (!data) return report_error(context, data.error());
  const auto evidence = training::gather_evidence(candidate, *against, *data, limits->confidence,
                                                  part_of(progress, 0.2, 1.0));
  if (!evidence) return report_error(context, evidence.error());
  const training::Verdict verdict = training::decide(*evidence, *limits);
  const std::string json =
      json_text(training::verdict_json(*evidence, verdict), JsonLayout::pretty);
  if (const auto version = registered(models, options.model)) {
    if (auto saved = registry::save_verdict(context.home / "models", *version, json); !saved) {
      return report_error(context, saved.error());
    }
  }
  if (context.json) {
    *context.out << json;
  } else {
    *context.out << training::verdict_text(*evidence, verdict);
  }
  return verdict.accepted() ? exit_ok : exit_rejected;
}

int compare(const Context& context, const CompareOptions& options) {
  const auto limits = gate_limits(context);
  if (!limits) return report_error(context, limits.error());
  const Progress progress = progress_bar(context);
  const registry::Registry models(context.home / "models");
  const auto before = registry::load_model(models, options.before);
  if (!before) return report_error(context, before.error());
  const auto after = registry::load_model(models, options.after);
  if (!after) return report_error(context, after.error());
  const auto data = load_telemetry(context, options.data, part_of(progress, 0.0, 0.3));
  if (!data) return report_error(context, data.error());

  const auto old_said = training::judge_fairly(**before, data->samples);
  if (!old_said) return report_error(context, old_said.error());
  const auto new_said = training::judge_fairly(**after, data->samples);
  if (!new_said) return report_error(context, new_said.error());
  if (!progress(0.6, "comparing")) {
    return report_error(context, {ErrorCode::interrupted, "the comparison was stopped"});
  }
  std::vector<std::uint8_t> scored = old_said->fair;
  for (std::size_t i = 0; i < scored.size(); ++i) scored[i] &= new_said->fair[i];
  training::BootstrapOptions bootstrap;
  bootstrap.confidence = limits->confidence;
  const auto comparison = training::compare_models(data->samples, old_said->judged,
                                                   new_said->judged, scored, bootstrap);
  progress(1.0, "compared");
  const std::string& old_name = (*before)->info().version;
  const std::string& new_name = (*after)->info().version;
  const auto rows = std::ranges::count(scored, 1);
  if (context.json) {
    *context.out << json_text({{"old", old_name},
                               {"new", new_name},
                               {"rows", data->samples.size()},
                               {"scored_rows", rows},
                               {"training_rows_known",
                                {{"old", old_said->unknown == 0}, {"new", new_said->unknown == 0}}},
                               {"confidence", limits->confidence},
                               {"populations", training::comparison_json(comparison)}},
                              JsonLayout::pretty);
    return exit_ok;
  }
  *context.out << fmt::format(
                      "{} against {} on {}: {} of {} instants, all scored by models that had not "
                      "seen them\n\n",
                      new_name, old_name, data->source, rows, data->samples.size())
               << training::comparison_text(comparison, old_name, new_name);
  for (const auto& [name, said] : {std::pair(old_name, &*old_said), {new_name, &*new_said}}) {
    if (said->unknown == 0) continue;
    *context.err << "warning: it is not known which rows " << name
                 << " learned from; its figures may be of rows it knew\n";
  }
  return exit_ok;
}

}  // namespace

void add_validate(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand(
      "validate", "Whether a model may become the current one, and why not (exit 3: rejected)");
  auto validating = std::make_shared<ValidateOptions>();
  verb->add_option("--model", validating->model, "Version, bundle folder or current")
      ->capture_default_str();
  verb->add_option("--data", validating->data, "Telemetry with measured targets (CSV)")->required();
  verb->add_option("--against", validating->against,
                   "The model it is to replace: version, folder, current, or none")
      ->capture_default_str();
  verb->add_flag("--unseen", validating->unseen,
                 "You vouch that an imported model learned from none of these data");
  verb->callback([&context, &action, validating] {
    action = [&context, validating] { return validate(context, *validating); };
  });

  CLI::App* side = root.add_subcommand(
      "compare", "Two models on the same rows, which neither had seen, with the uncertainty");
  auto comparing = std::make_shared<CompareOptions>();
  side->add_option("--old", comparing->before, "Version, bundle folder or current")->required();
  side->add_option("--new", comparing->after, "Version, bundle folder or current")->required();
  side->add_option("--data", comparing->data, "Telemetry with measured targets (CSV)")->required();
  side->callback([&context, &action, comparing] {
    action = [&context, comparing] { return compare(context, *comparing); };
  });
}

}  // namespace hvac::app
