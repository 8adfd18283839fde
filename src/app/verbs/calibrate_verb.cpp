#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <ostream>

#include "app/telemetry_file.h"
#include "app/verbs/verbs.h"
#include "base/json.h"
#include "training/calibration.h"
#include "training/dataset.h"

namespace hvac::app {
namespace {

int calibrate(const Context& context, const std::filesystem::path& file) {
  const Progress progress = progress_bar(context);
  const auto data = load_telemetry(context, file, part_of(progress, 0.0, 0.5));
  if (!data) return report_error(context, data.error());
  const physics::CoolerParameters start;
  const auto result = training::calibrate(training::calibration_rows(data->samples, {}, start),
                                          start, part_of(progress, 0.5, 1.0));
  if (!result) return report_error(context, result.error());
  progress(1.0, "fitting physics");
  *context.out << (context.json ? json_text(training::calibration_json(*result), JsonLayout::pretty)
                                : training::calibration_text(*result));
  return exit_ok;
}

}  // namespace

void add_calibrate(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand(
      "calibrate",
      "Fit the cooler's physics to telemetry: what it is, how sure, what cannot be told");
  auto file = std::make_shared<std::filesystem::path>();
  verb->add_option("--data", *file, "Telemetry with measured targets (CSV)")->required();
  verb->callback([&context, &action, file] {
    action = [&context, file] { return calibrate(context, *file); };
  });
}

}  // namespace hvac::app
