#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <boost/json.hpp>
#include <memory>
#include <ostream>
#include <sstream>

#include "app/operator_name.h"
#include "app/telemetry_file.h"
#include "app/verbs/verbs.h"
#include "base/files.h"
#include "base/json.h"
#include "registry/load_model.h"
#include "training/foreign.h"
#include "training/report.h"
#include "trees/model/model_file.h"

namespace hvac::app {
namespace {

using telemetry::kTargetCount;
using telemetry::kTargetNames;

struct ExportOptions {
  std::string version = "current";
  std::string format = "lightgbm";
  std::filesystem::path output;
};

struct ImportOptions {
  std::array<std::filesystem::path, kTargetCount> trees;
  std::filesystem::path features;
  std::filesystem::path data;
  std::filesystem::path output;
  std::string reason = "imported trees";
};

// The feature names in a file, separated by commas or white space.
Result<std::vector<std::string>> read_features(const std::filesystem::path& file) {
  auto text = read_file(file);
  if (!text) return fail(text.error());
  for (char& c : *text) c = c == ',' ? ' ' : c;
  std::vector<std::string> features;
  std::istringstream words(*text);
  for (std::string word; words >> word;) features.push_back(word);
  if (features.empty()) {
    return fail(ErrorCode::invalid_argument, file.string() + " names no features");
  }
  return features;
}

Result<training::ForeignTrees> read_trees(const ImportOptions& options) {
  training::ForeignTrees foreign;
  bool lightgbm = true;
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    auto ensemble = trees::read_model(options.trees[t]);
    if (!ensemble) return fail(ensemble.error());
    lightgbm = lightgbm && ensemble->comparison == trees::Comparison::less_equal;
    foreign.ensembles.push_back(std::move(*ensemble));
  }
  foreign.model_type = lightgbm ? "lightgbm" : "xgboost";
  foreign.features = foreign.ensembles.front().feature_names;
  if (options.features.empty()) return foreign;
  auto features = read_features(options.features);
  if (!features) return fail(features.error());
  foreign.features = std::move(*features);
  return foreign;
}

// Into the registry as a candidate, or into a folder of its own. Returns where.
Result<std::string> store(const Context& context, const ImportOptions& options,
                          const training::Adopted& adopted, const training::Dataset& data) {
  const auto files = twin::bundle_files(adopted.parts);
  if (!files) return fail(files.error());
  const registry::Provenance provenance{operator_name(), options.reason, data.source, data.sha256};
  if (options.output.empty()) {
    registry::Registry models(context.home / "models");
    const auto version = models.register_candidate(*files, provenance);
    if (!version) return fail(version.error());
    return registry::text(*version);
  }
  const auto written =
      registry::write_bundle(options.output, *files, provenance, adopted.parts.info.created);
  if (!written) return fail(written.error());
  return options.output.string();
}

int import_model(const Context& context, const ImportOptions& options) {
  auto foreign = read_trees(options);
  if (!foreign) return report_error(context, foreign.error());
  const Progress progress = progress_bar(context);
  const auto data = load_telemetry(context, options.data, part_of(progress, 0.0, 0.1));
  if (!data) return report_error(context, data.error());
  const auto adopted =
      training::adopt(std::move(*foreign), *data, iso_time_now(), part_of(progress, 0.1, 1.0));
  if (!adopted) return report_error(context, adopted.error());
  const auto where = store(context, options, *adopted, *data);
  if (!where) return report_error(context, where.error());
  if (context.json) {
    *context.out << json_text({{"model", *where},
                               {"model_type", adopted->parts.info.model_type},
                               {"rows", data->samples.size()},
                               {"scored", training::scored_json(*data)},
                               {"populations", training::populations_json(adopted->populations)}},
                              JsonLayout::pretty);
    return exit_ok;
  }
  *context.out
      << "Scored on the rows that were given (which the trees may have been learned from):\n"
      << training::populations_text(adopted->populations, training::Population::all)
      << "\nmodel: " << *where << " (" << adopted->parts.info.model_type << ")\n";
  return exit_ok;
}

// "UCAOT" of the general trees, "fan_on_UCAOT" of the specialist's.
std::string tree_name(std::size_t specialist, std::size_t target) {
  return (specialist == 0 ? "" : "fan_on_") + std::string(kTargetNames[target]);
}

// One file per ensemble; ONNX: one graph of all targets per specialist as well.
Result<std::vector<std::string>> write_trees(const twin::ModelParts& parts,
                                             const ExportOptions& options,
                                             trees::ModelFormat format) {
  std::vector<std::string> written;
  const auto write = [&](std::span<const trees::NamedEnsemble> models,
                         const std::string& stem) -> Result<void> {
    const auto bytes = trees::model_bytes(models, format);
    if (!bytes) return fail(bytes.error());
    const std::filesystem::path file =
        options.output / (stem + std::string(trees::extension(format)));
    if (auto ok = write_file_atomically(file, *bytes); !ok) return ok;
    written.push_back(file.string());
    return {};
  };
  for (std::size_t s = 0; s < twin::kSpecialistCount; ++s) {
    std::vector<trees::NamedEnsemble> models;
    for (std::size_t t = 0; t < parts.ensembles[s].size(); ++t) {
      models.push_back({std::string(kTargetNames[t]), parts.ensembles[s][t]});
      models.back().ensemble.feature_names = parts.features;
      if (auto ok = write({&models.back(), 1}, tree_name(s, t)); !ok) return fail(ok.error());
    }
    if (format != trees::ModelFormat::onnx || models.empty()) continue;
    if (auto ok = write(models, s == 0 ? "all_targets" : "fan_on_all_targets"); !ok) {
      return fail(ok.error());
    }
  }
  return written;
}

// What one must know to use the files: the features in order, and what is added to the trees.
std::string description(const twin::Model& model, const ExportOptions& options,
                        const std::vector<std::string>& files) {
  boost::json::array features;
  for (const std::string& feature : model.parts().features) features.emplace_back(feature);
  boost::json::array names;
  for (const std::string& file : files) {
    names.emplace_back(std::filesystem::path(file).filename().string());
  }
  const bool zero = model.parts().baseline == twin::Baseline::zero;
  return json_text(
      {{"model", model.info().version},
       {"format", options.format},
       {"schema", features::kSchema},
       {"features", features},
       {"files", names},
       {"baseline", zero ? "zero" : "inlet_and_physics"},
       {"note", zero ? "the trees predict the targets"
                     : "the trees predict what is added to the middle between the inlet "
                       "temperature and first principles (UCAF: to first principles); the bundle's "
                       "physics_share then moves the sum towards first principles"}},
      JsonLayout::pretty);
}

int export_model(const Context& context, const ExportOptions& options) {
  const registry::Registry models(context.home / "models");
  const auto model = registry::load_model(models, options.version);
  if (!model) return report_error(context, model.error());
  const auto format = trees::format_named(options.format);
  auto files = write_trees((*model)->parts(), options, *format);
  if (!files) return report_error(context, files.error());
  const std::filesystem::path about = options.output / "about.json";
  if (auto ok = write_file_atomically(about, description(**model, options, *files)); !ok) {
    return report_error(context, ok.error());
  }
  files->push_back(about.string());
  if (context.json) {
    boost::json::array list;
    for (const std::string& file : *files) list.emplace_back(file);
    *context.out << json_text({{"model", (*model)->info().version}, {"files", list}},
                              JsonLayout::pretty);
  } else {
    for (const std::string& file : *files) *context.out << file << "\n";
  }
  return exit_ok;
}

}  // namespace

void add_model_files(CLI::App& root, Context& context, Action& action) {
  CLI::App* models = root.get_subcommand("models");
  CLI::App* out = models->add_subcommand("export", "Write a model's trees for other programs");
  auto exporting = std::make_shared<ExportOptions>();
  out->add_option("version", exporting->version, "Version, folder or current")
      ->capture_default_str();
  out->add_option("--format", exporting->format, "Of the files")
      ->check(CLI::IsMember({"onnx", "lightgbm", "xgboost"}))
      ->capture_default_str();
  out->add_option("--output", exporting->output, "Folder to write them into")->required();
  out->callback([&context, &action, exporting] {
    action = [&context, exporting] { return export_model(context, *exporting); };
  });

  CLI::App* in = models->add_subcommand(
      "import", "Make a model of three tree files of LightGBM or XGBoost, and score it");
  auto importing = std::make_shared<ImportOptions>();
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    in->add_option("--" + std::string(kTargetNames[t]), importing->trees[t],
                   "Trees that predict " + std::string(kTargetNames[t]))
        ->required();
  }
  in->add_option("--features", importing->features,
                 "File that names the schema's feature behind each of the trees', in their order "
                 "(default: the names in the trees)");
  in->add_option("--data", importing->data, "Telemetry (CSV) to calibrate and score the model on")
      ->required();
  in->add_option("--output", importing->output,
                 "Write the bundle into this new folder instead of the registry");
  in->add_option("--reason", importing->reason, "Why, for the model's history")
      ->capture_default_str();
  in->callback([&context, &action, importing] {
    action = [&context, importing] { return import_model(context, *importing); };
  });
}

}  // namespace hvac::app
