#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <ostream>

#include "app/telemetry_file.h"
#include "app/verbs/verbs.h"
#include "base/json.h"
#include "training/export_features.h"

namespace hvac::app {
namespace {

struct Options {
  std::filesystem::path data;
  std::filesystem::path output;
  training::FitOptions fit;
};

int export_them(const Context& context, const Options& options) {
  const Progress progress = progress_bar(context);
  const auto data = load_telemetry(context, options.data, part_of(progress, 0.0, 0.3));
  if (!data) return report_error(context, data.error());
  const auto exported =
      training::export_features(*data, options.output, options.fit, part_of(progress, 0.3, 1.0));
  if (!exported) return report_error(context, exported.error());
  if (context.json) {
    boost::json::array files;
    for (const std::string& file : exported->files) {
      files.emplace_back((options.output / file).string());
    }
    *context.out << json_text({{"train_rows", exported->train_rows},
                               {"test_rows", exported->test_rows},
                               {"files", files}},
                              JsonLayout::pretty);
    return exit_ok;
  }
  *context.out << fmt::format("{} rows to train and {} to test, in\n", exported->train_rows,
                              exported->test_rows);
  for (const std::string& file : exported->files) {
    *context.out << "  " << (options.output / file).string() << "\n";
  }
  return exit_ok;
}

}  // namespace

void add_features(CLI::App& root, Context& context, Action& action) {
  CLI::App* features = root.add_subcommand("features", "What models see of telemetry");
  features->require_subcommand(1);
  features->fallthrough();
  CLI::App* verb = features->add_subcommand(
      "export", "Write X_train.csv, X_test.csv, y_train.csv and y_test.csv");
  auto options = std::make_shared<Options>();
  verb->add_option("--data", options->data, "Telemetry with measured targets (CSV)")->required();
  verb->add_option("--output", options->output, "Folder to write them into")->required();
  verb->add_option("--seed", options->fit.seed, "Of the split")->capture_default_str();
  verb->callback([&context, &action, options] {
    action = [&context, options] { return export_them(context, *options); };
  });
}

}  // namespace hvac::app
