#pragma once

#include "app/context.h"

namespace CLI {
class App;
}

/// One function per group of commands, each in a file of its own (`<group>_verb.cpp`). It adds its
/// subcommands to `root`; when one is called, it sets `action` to what is to be done.
/// `root`, `context` and `action` outlive the parsing and the action.
namespace hvac::app {

void add_demo(CLI::App& root, Context& context, Action& action);
void add_train(CLI::App& root, Context& context, Action& action);
void add_evaluate(CLI::App& root, Context& context, Action& action);
void add_backup(CLI::App& root, Context& context, Action& action);
void add_emergency(CLI::App& root, Context& context, Action& action);
void add_maintenance(CLI::App& root, Context& context, Action& action);
void add_operations(CLI::App& root, Context& context, Action& action);
void add_run(CLI::App& root, Context& context, Action& action);
void add_prediction(CLI::App& root, Context& context, Action& action);
void add_validate(CLI::App& root, Context& context, Action& action);  // And compare.
void add_retrain(CLI::App& root, Context& context, Action& action);
void add_quarterly(CLI::App& root, Context& context, Action& action);
void add_features(CLI::App& root, Context& context, Action& action);
void add_models(CLI::App& root, Context& context, Action& action);
void add_keys(CLI::App& root, Context& context, Action& action);
void add_health(CLI::App& root, Context& context, Action& action);
void add_completion(CLI::App& root, Context& context, Action& action);
void add_ingest(CLI::App& root, Context& context, Action& action);
void add_simulate(CLI::App& root, Context& context, Action& action);
void add_calibrate(CLI::App& root, Context& context, Action& action);
void add_model_files(CLI::App& root, Context& context, Action& action);  // After add_models.
void add_models_keep(CLI::App& root, Context& context, Action& action);  // After add_models.
void add_benchmark(CLI::App& root, Context& context, Action& action);
void add_explain(CLI::App& root, Context& context, Action& action);
void add_trees(CLI::App& root, Context& context, Action& action);
void add_alerts(CLI::App& root, Context& context, Action& action);
void add_data(CLI::App& root, Context& context, Action& action);
void add_drift(CLI::App& root, Context& context, Action& action);
void add_config(CLI::App& root, Context& context, Action& action);

}  // namespace hvac::app
