#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cmath>
#include <memory>
#include <optional>
#include <ostream>

#include "app/telemetry_file.h"
#include "app/verbs/verbs.h"
#include "base/json.h"
#include "base/number.h"
#include "features/input_view.h"
#include "registry/load_model.h"
#include "training/dataset.h"
#include "twin/contributions.h"

namespace hvac::app {
namespace {

using telemetry::kTargetCount;
using telemetry::kTargetNames;

constexpr std::array<std::string_view, kTargetCount> kUnits = {"degC", "degC", "m3/h"};

struct ExplainOptions {
  std::vector<std::string> set;
  std::filesystem::path data;
  std::size_t row = 0;
  std::string model = "current";
  std::string target;
  std::size_t top = 10;
};

// "UCWIT=7.5" into the sample.
Result<void> apply(const std::string& word, telemetry::Sample& sample) {
  const std::size_t equals = word.find('=');
  const std::string tag = word.substr(0, equals);
  const auto input = telemetry::find_input(tag);
  if (equals == std::string::npos || !input) {
    return fail(ErrorCode::invalid_argument,
                "--set " + word + ": expected TAG=VALUE with an input tag of the unit cooler");
  }
  const auto value = parse_number(word.substr(equals + 1));
  if (!value || !std::isfinite(*value)) {
    return fail(ErrorCode::invalid_argument, "--set " + word + ": the value must be a number");
  }
  sample.set(*input, *value);
  return {};
}

// The features of the instant the options mean: one set by hand, or a row of a file with its
// history.
Result<features::FeatureRow> row_of(const Context& context, const ExplainOptions& options,
                                    const twin::Model& model) {
  features::FeatureBuilder builder = model.builder();
  if (options.data.empty()) {
    telemetry::Sample sample;
    for (const std::string& word : options.set) {
      if (auto ok = apply(word, sample); !ok) return fail(ok.error());
    }
    return builder.push(features::InputView(sample));
  }
  const auto data = load_telemetry(context, options.data, progress_bar(context));
  if (!data) return fail(data.error());
  if (options.row >= data->samples.size()) {
    return fail(ErrorCode::out_of_range,
                fmt::format("row {} of {} usable ones", options.row, data->samples.size()));
  }
  std::optional<features::FeatureRow> row;
  for (std::size_t i = 0; i <= options.row; ++i) {
    row = builder.push(features::InputView(data->samples[i]));
  }
  return *row;
}

bool wanted(const ExplainOptions& options, std::size_t target) {
  return options.target.empty() || options.target == kTargetNames[target];
}

boost::json::object target_json(const twin::TargetContributions& one, std::size_t top) {
  boost::json::array features;
  double others = 0.0;
  for (const twin::Contribution& contribution : one.features) {
    if (features.size() < top) {
      features.push_back({{"feature", contribution.feature},
                          {"value", contribution.value},
                          {"contribution", contribution.amount}});
    } else {
      others += contribution.amount;
    }
  }
  return {{"value", one.value},       {"baseline", one.baseline},  {"fallback", one.fallback},
          {"expected", one.expected}, {"contributions", features}, {"others", others}};
}

void print_target(std::ostream& out, const twin::TargetContributions& one, std::size_t target,
                  std::size_t top) {
  out << fmt::format("{} = {:.3f} {}\n", kTargetNames[target], one.value, kUnits[target]);
  out << fmt::format("  {:<32} {:>12} {:>+10.3f}\n", "inlet and first principles", "",
                     one.baseline);
  out << fmt::format("  {:<32} {:>12} {:>+10.3f}\n", "the trees on average", "", one.expected);
  double others = 0.0;
  for (std::size_t i = 0; i < one.features.size(); ++i) {
    const twin::Contribution& contribution = one.features[i];
    if (i >= top) {
      others += contribution.amount;
      continue;
    }
    const std::string value =
        std::isnan(contribution.value) ? "missing" : fmt::format("{:.4g}", contribution.value);
    out << fmt::format("  {:<32} {:>12} {:>+10.3f}\n", contribution.feature, value,
                       contribution.amount);
  }
  if (one.features.size() > top) {
    out << fmt::format("  {:<32} {:>12} {:>+10.3f}\n",
                       fmt::format("{} others", one.features.size() - top), "", others);
  }
  if (one.fallback != 0.0) {
    out << fmt::format("  {:<32} {:>12} {:>+10.3f}\n", "share of first principles", "",
                       one.fallback);
  }
}

int explain(const Context& context, const ExplainOptions& options) {
  if (options.data.empty() == options.set.empty()) {
    return report_error(
        context, {ErrorCode::invalid_argument, "say either --set TAG=VALUE or --data with --row"});
  }
  const registry::Registry models(context.home / "models");
  const auto model = registry::load_model(models, options.model);
  if (!model) return report_error(context, model.error());
  auto contributions = twin::Contributions::make(*model);
  if (!contributions) return report_error(context, contributions.error());
  const auto row = row_of(context, options, **model);
  if (!row) return report_error(context, row.error());
  const auto explained = contributions->explain(*row);
  boost::json::object targets;
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    if (!wanted(options, t)) continue;
    if (context.json) {
      boost::json::object one = target_json(explained[t], options.top);
      one["unit"] = kUnits[t];
      targets[kTargetNames[t]] = one;
    } else {
      print_target(*context.out, explained[t], t, options.top);
    }
  }
  if (context.json) {
    *context.out << json_text({{"model", (*model)->info().version},
                               {"regime", features::name(row->regime)},
                               {"targets", targets}},
                              JsonLayout::pretty);
  }
  return exit_ok;
}

}  // namespace

void add_explain(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand(
      "explain", "What each feature adds to a prediction, in the unit of the target");
  auto options = std::make_shared<ExplainOptions>();
  verb->add_option("--set", options->set, "TAG=VALUE of one instant, repeatable");
  verb->add_option("--data", options->data, "Telemetry (CSV) instead of --set");
  verb->add_option("--row", options->row, "Which usable row of --data, from 0")
      ->capture_default_str();
  verb->add_option("--model", options->model, "Version, folder or current")->capture_default_str();
  verb->add_option("--target", options->target, "Only this target")
      ->check(CLI::IsMember({"UCAOT", "UCWOT", "UCAF"}));
  verb->add_option("--top", options->top, "How many features to name")->capture_default_str();
  verb->callback([&context, &action, options] {
    action = [&context, options] { return explain(context, *options); };
  });
}

}  // namespace hvac::app
