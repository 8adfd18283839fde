#include "app/run_program.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <filesystem>
#include <ostream>
#include <vector>

#include "app/verbs/verbs.h"
#include "ops/switch_over.h"

namespace hvac::app {
namespace {

/// The instance of the Debian package, where that is installed and the current folder has no other.
std::filesystem::path default_home() {
  const std::filesystem::path packaged = "/var/lib/hvac-twin";
  const std::filesystem::path here = Context{}.home;
  std::error_code error;
  const bool package_only =
      !std::filesystem::exists(here, error) && std::filesystem::exists(packaged, error);
  return package_only ? packaged : here;
}

}  // namespace

int run_program(std::span<const std::string> arguments, std::ostream& out, std::ostream& err) {
  Context context;
  context.home = default_home();
  context.out = &out;
  context.err = &err;
  context.version = HVAC_VERSION;
  Action action;

  CLI::App root("hvac-twin: the digital twin of chilled-water unit coolers", "hvac-twin");
  root.set_version_flag("--version", HVAC_VERSION);
  root.require_subcommand(1);
  root.fallthrough();
  root.add_option("--home", context.home, "Instance folder")
      ->envname("HVAC_TWIN_HOME")
      ->capture_default_str();
  root.add_option("--profile", context.profile,
                  "Asset profile in TOML (default: the built-in unit cooler)");
  root.add_flag("--json", context.json, "Machine-readable output");
  root.add_flag("--yes", context.yes, "Do not ask");
  root.footer(
      "Exit codes: 0 ok, 1 failed or problems found, 2 usage, 3 rejected by a gate, 4 corrupt.");
  add_demo(root, context, action);
  add_train(root, context, action);
  add_evaluate(root, context, action);
  add_validate(root, context, action);
  add_retrain(root, context, action);
  add_features(root, context, action);
  add_quarterly(root, context, action);
  add_benchmark(root, context, action);
  add_explain(root, context, action);
  add_trees(root, context, action);
  add_data(root, context, action);
  add_alerts(root, context, action);
  add_config(root, context, action);
  add_backup(root, context, action);
  add_operations(root, context, action);
  add_maintenance(root, context, action);
  add_emergency(root, context, action);
  add_drift(root, context, action);
  add_run(root, context, action);
  add_prediction(root, context, action);
  add_models(root, context, action);
  add_model_files(root, context, action);
  add_keys(root, context, action);
  add_models_keep(root, context, action);
  add_health(root, context, action);
  add_completion(root, context, action);
  add_ingest(root, context, action);
  add_simulate(root, context, action);
  add_calibrate(root, context, action);

  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    root.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return root.exit(error, out, err) == 0 ? exit_ok : exit_usage;
  }
  try {
    if (auto whole = ops::finish_interrupted_restore(context.home); !whole) {
      return report_error(context, whole.error());
    }
    return action();
  } catch (const std::exception& error) {  // A bug: say so instead of a bare abort.
    err << "internal error: " << error.what() << "\n";
    return exit_failed;
  }
}

}  // namespace hvac::app
