#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <memory>
#include <ostream>
#include <set>

#include "app/verbs/trees_rows.h"
#include "app/verbs/verbs.h"
#include "base/files.h"
#include "base/json.h"
#include "trees/explain/shap.h"
#include "trees/model/model_file.h"
#include "trees/predict/engine.h"
#include "trees/predict/narrow.h"
#include "trees/predict/reference.h"

namespace hvac::app {
namespace {

using trees::Engine;
using trees::EngineKind;
using trees::Ensemble;

const std::map<std::string, EngineKind> kEngines = {{"reference", EngineKind::reference},
                                                    {"auto", EngineKind::automatic},
                                                    {"portable", EngineKind::portable},
                                                    {"avx2", EngineKind::avx2},
                                                    {"avx512", EngineKind::avx512}};

struct PredictOptions {
  std::filesystem::path model;
  std::filesystem::path rows;
  std::string engine = "reference";
  bool contributions = false;
};

struct ConvertOptions {
  std::vector<std::filesystem::path> files;  ///< Inputs, then the output.
  std::string format;
};

// One line of numbers, or one JSON array.
std::string line_of(const Context& context, std::span<const double> values) {
  if (context.json) {
    const boost::json::array array(values.begin(), values.end());
    return array.size() == 1 ? json_text(array.front()) : json_text(array);
  }
  std::string line;
  for (const double value : values)
    line += fmt::format("{}{:.17g}", line.empty() ? "" : ",", value);
  return line;
}

void begin_output(const Context& context, std::span<const std::string> columns,
                  std::string_view key) {
  if (context.json) {
    boost::json::array names;
    for (const std::string& column : columns) names.emplace_back(column);
    *context.out << "{\"columns\":" << json_text(names) << ",\"" << key << "\":[";
  } else {
    *context.out << fmt::format("{}\n", fmt::join(columns, ","));
  }
}

// Reads every row, and prints what `answer` makes of it.
template <class Answer>
int for_each_row(const Context& context, const PredictOptions& options, const Ensemble& model,
                 Answer&& answer) {
  auto rows = RowReader::open(options.rows, model.feature_names);
  if (!rows) return report_error(context, rows.error());
  const Progress progress = progress_bar(context);
  std::vector<double> row(model.feature_count());
  for (std::size_t i = 0;; ++i) {
    const auto more = rows->next(row);
    if (!more) return report_error(context, more.error());
    if (!*more) break;
    if (i % 1024 == 0 && !progress(rows->done(), "predicting")) {
      return report_error(context, {ErrorCode::interrupted, "predicting was stopped"});
    }
    const std::span<const double> values = answer(row);
    *context.out << (i > 0 && context.json ? "," : "") << line_of(context, values)
                 << (context.json ? "" : "\n");
  }
  if (context.json) *context.out << "]}\n";
  progress(1.0, "predicting");
  return exit_ok;
}

int print_contributions(const Context& context, const PredictOptions& options,
                        const Ensemble& model) {
  const auto explainer = trees::Explainer::make({&model, 1});
  if (!explainer) return report_error(context, explainer.error());
  auto workspace = explainer->workspace();
  std::vector<std::string> columns = model.feature_names;
  columns.emplace_back("expected_value");
  std::vector<double> out(columns.size());
  begin_output(context, columns, "contributions");
  return for_each_row(context, options, model, [&](const std::vector<double>& row) {
    explainer->explain(row, workspace, out);
    return std::span<const double>(out);
  });
}

int print_predictions(const Context& context, const PredictOptions& options,
                      const Ensemble& model) {
  const auto engine = Engine::make({&model, 1}, kEngines.at(options.engine));
  if (!engine) return report_error(context, engine.error());
  const trees::Narrowing narrowing({&model, 1});
  std::vector<float> floats(model.feature_count());
  std::vector<double> out(1);
  const bool reference = options.engine == "reference";
  const std::vector<std::string> columns{"prediction"};
  begin_output(context, columns, "predictions");
  return for_each_row(context, options, model, [&](const std::vector<double>& row) {
    if (reference) {
      out.front() = trees::predict_reference(model, std::span<const double>(row));
    } else {
      narrowing.narrow(row, floats);
      engine->predict(floats, out);
    }
    return std::span<const double>(out);
  });
}

int predict(const Context& context, const PredictOptions& options) {
  const auto model = trees::read_model(options.model);
  if (!model) return report_error(context, model.error());
  return options.contributions ? print_contributions(context, options, *model)
                               : print_predictions(context, options, *model);
}

boost::json::object describe(const Ensemble& model) {
  std::size_t leaves = 0;
  std::size_t deepest = 0;
  std::size_t categorical = 0;
  bool linear = false;
  std::map<std::string, std::int64_t> splits;
  for (const trees::Tree& tree : model.trees) {
    leaves += tree.leaf_values.size();
    deepest = std::max(deepest, trees::depth(tree));
    linear = linear || !tree.linear.empty();
    for (const trees::Split& split : tree.splits) {
      categorical += split.categorical ? 1 : 0;
      ++splits[model.feature_names[static_cast<std::size_t>(split.feature)]];
    }
  }
  boost::json::object used;
  for (const std::string& feature : model.feature_names) {
    if (const auto found = splits.find(feature); found != splits.end())
      used[feature] = found->second;
  }
  const auto engine = Engine::make({&model, 1});
  return {{"format", model.comparison == trees::Comparison::less ? "xgboost" : "lightgbm"},
          {"objective", model.objective},
          {"trees", model.trees.size()},
          {"leaves", leaves},
          {"depth", deepest},
          {"base_score", model.base_score},
          {"average", model.average},
          {"linear_leaves", linear},
          {"categorical_splits", categorical},
          {"engine", engine ? std::string(engine->kind_name()) : ""},
          {"features", model.feature_count()},
          {"splits_per_feature", used}};
}

int info(const Context& context, const std::filesystem::path& path) {
  const auto model = trees::read_model(path);
  if (!model) return report_error(context, model.error());
  const boost::json::object about = describe(*model);
  if (context.json) {
    *context.out << json_text(about, JsonLayout::pretty);
    return exit_ok;
  }
  for (const auto& [key, value] : about) {
    if (value.is_object()) continue;
    const std::string text = value.is_string() ? std::string(value.get_string()) : json_text(value);
    *context.out << fmt::format("{:<20} {}\n", std::string_view(key), text);
  }
  *context.out << "splits per feature\n";
  for (const auto& [feature, count] : about.at("splits_per_feature").get_object()) {
    *context.out << fmt::format("  {:<30} {:>6}\n", std::string_view(feature),
                                count.to_number<int>());
  }
  return exit_ok;
}

int convert(const Context& context, const ConvertOptions& options) {
  const std::filesystem::path& output = options.files.back();
  const auto format =
      options.format.empty() ? trees::format_of(output) : trees::format_named(options.format);
  if (!format) {
    return report_error(context, {ErrorCode::invalid_argument,
                                  fmt::format("{} ends in none of .txt, .json, .onnx: say --format",
                                              output.string())});
  }
  std::vector<trees::NamedEnsemble> models;
  for (std::size_t i = 0; i + 1 < options.files.size(); ++i) {
    auto model = trees::read_model(options.files[i]);
    if (!model) return report_error(context, model.error());
    models.push_back({options.files[i].stem().string(), std::move(*model)});
  }
  const auto bytes = trees::model_bytes(models, *format);
  if (!bytes) return report_error(context, bytes.error());
  if (auto ok = write_file_atomically(output, *bytes); !ok) {
    return report_error(context, ok.error());
  }
  if (context.json) {
    *context.out << json_text(
        {{"output", output.string()}, {"format", trees::name(*format)}, {"bytes", bytes->size()}},
        JsonLayout::pretty);
  } else {
    *context.out << fmt::format("{}: {} bytes of {}\n", output.string(), bytes->size(),
                                trees::name(*format));
  }
  return exit_ok;
}

void add_predict(CLI::App& verb, Context& context, Action& action) {
  CLI::App* predict_verb = verb.add_subcommand(
      "predict", "Predictions of a LightGBM or XGBoost model, one line per row");
  auto options = std::make_shared<PredictOptions>();
  std::vector<std::string> engines;
  for (const auto& [name, kind] : kEngines) engines.push_back(name);
  predict_verb->add_option("--model", options->model, "LightGBM text or XGBoost JSON")->required();
  predict_verb->add_option("--rows", options->rows, "Rows (CSV with a header; empty = missing)")
      ->required();
  predict_verb->add_option("--engine", options->engine, "Which engine predicts")
      ->check(CLI::IsMember(engines))
      ->capture_default_str();
  predict_verb->add_flag("--contributions", options->contributions,
                         "Each feature's share (exact SHAP values) and the expected value instead");
  predict_verb->callback([&context, &action, options] {
    action = [&context, options] { return predict(context, *options); };
  });
}

}  // namespace

void add_trees(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand("trees", "Work with files of decision trees");
  verb->require_subcommand(1);
  add_predict(*verb, context, action);

  CLI::App* info_verb = verb->add_subcommand("info", "What is in a model file");
  auto path = std::make_shared<std::filesystem::path>();
  info_verb->add_option("file", *path, "LightGBM text or XGBoost JSON")->required();
  info_verb->callback(
      [&context, &action, path] { action = [&context, path] { return info(context, *path); }; });

  CLI::App* convert_verb = verb->add_subcommand(
      "convert", "Write a model in another format; several models make one ONNX graph");
  auto options = std::make_shared<ConvertOptions>();
  convert_verb->add_option("files", options->files, "Model files to read, then the file to write")
      ->required()
      ->expected(2, 64);
  convert_verb->add_option("--format", options->format, "Instead of the output's ending")
      ->check(CLI::IsMember({"lightgbm", "xgboost", "onnx"}));
  convert_verb->callback([&context, &action, options] {
    action = [&context, options] { return convert(context, *options); };
  });
}

}  // namespace hvac::app
