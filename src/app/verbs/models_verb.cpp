#include <fmt/format.h>

#include <boost/json.hpp>
#include <ostream>
#include <string>

#include "app/audit_log.h"
#include "app/verbs/models_command.h"
#include "app/verbs/models_text.h"
#include "app/verbs/verbs.h"
#include "base/json.h"
#include "ops/incident.h"
#include "registry/entry_json.h"
#include "registry/load_model.h"
#include "registry/registry.h"

namespace hvac::app {
namespace {

namespace json = boost::json;
using registry::Registry;
using registry::Version;

struct Options {
  std::string version;
  std::string reason;
  bool quarantine = false;
};

int list(const Context& context) {
  const auto entries = registry_of(context).list();
  if (!entries) return report_error(context, entries.error());
  if (context.json) {
    json::array models;
    for (const auto& entry : *entries) models.push_back(entry_json(entry));
    *context.out << json_text(json::object{{"models", std::move(models)}}, JsonLayout::pretty);
    return exit_ok;
  }
  if (entries->empty()) {
    *context.out << "no models yet in " << (context.home / "models").string()
                 << "; `hvac-twin train --data FILE` makes the first\n";
    return exit_ok;
  }
  *context.out << fmt::format("{:<9} {:<15} {:<25} {:>10}  {:<24} {}\n", "VERSION", "", "CREATED",
                              "BYTES", "DATA", "WHY");
  for (const auto& entry : *entries) {
    const registry::Manifest& manifest = entry.manifest;
    *context.out << fmt::format(
        "{:<9} {:<15} {:<25} {:>10}  {:<24} {}\n", registry::text(entry.version), standing(entry),
        manifest.created, manifest.bytes, manifest.provenance.data,
        entry.fault ? "CORRUPT: " + entry.fault->message : manifest.provenance.reason);
  }
  return exit_ok;
}

int show(const Context& context, const Options& options) {
  const Registry models = registry_of(context);
  const auto version = find_version(models, options.version);
  if (!version) return report_error(context, version.error());
  const auto bundle = models.read(*version);
  if (!bundle) return report_error(context, bundle.error());
  const auto model = registry::load_model(models, registry::text(*version));
  if (!model) return report_error(context, model.error());
  const auto entries = models.list();
  if (!entries) return report_error(context, entries.error());
  json::object object;
  for (const registry::Entry& entry : *entries) {
    if (entry.version == *version) object = entry_json(entry);
  }
  const twin::ModelInfo& info = (*model)->info();
  object["model_type"] = info.model_type;
  object["origin"] = info.origin;
  object["seed"] = info.seed;
  json::object files;
  for (const auto& [name, bytes] : bundle->files) files[name] = bytes.size();
  object["files"] = std::move(files);
  if (auto card = parse_json((*model)->parts().card)) object["card"] = std::move(*card);
  const auto line = models.lineage(*version);
  if (!line) return report_error(context, line.error());
  json::array lineage;
  for (const Version ancestor : *line) lineage.emplace_back(registry::text(ancestor));
  object["lineage"] = std::move(lineage);
  json::array history;
  const auto events = models.history();
  if (!events) return report_error(context, events.error());
  for (const registry::Event& event : *events) {
    if (event.version != *version) continue;
    history.push_back({{"time", event.time},
                       {"change", registry::name(event.change)},
                       {"by", event.provenance.by},
                       {"reason", event.provenance.reason}});
  }
  object["history"] = std::move(history);
  *context.out << json_text(object, JsonLayout::pretty);
  return exit_ok;
}

int announce(const Context& context, Version version) {
  if (context.json) {
    *context.out << json_text(json::object{{"current", registry::text(version)}},
                              JsonLayout::pretty);
  } else {
    *context.out << registry::text(version) << " is now the current model\n";
  }
  return exit_ok;
}

int promote(const Context& context, const Options& options) {
  Registry models = registry_of(context);
  const auto version = find_sound_version(models, options.version);
  if (!version) return report_error(context, version.error());
  const auto promoted = models.promote(*version, made_for(options.reason));
  if (!promoted) return report_error(context, promoted.error());
  note_audit(context, "models.promote", registry::text(*version) + ": " + options.reason);
  return announce(context, *version);
}

int rollback(const Context& context, const Options& options) {
  const auto version = registry_of(context).rollback(made_for(options.reason));
  if (!version) return report_error(context, version.error());
  note_audit(context, "models.rollback", registry::text(*version) + ": " + options.reason);
  return announce(context, *version);
}

// What is to be verified: a version's name and how it is loaded.
Result<std::vector<std::pair<std::string, std::string>>> selected(const Registry& models,
                                                                  const Options& options) {
  std::vector<std::pair<std::string, std::string>> selectors;
  if (!options.version.empty()) {
    const auto version = find_version(models, options.version);
    if (!version) return fail(version.error());
    selectors.emplace_back(registry::text(*version), registry::text(*version));
    return selectors;
  }
  const auto entries = models.list();
  if (!entries) return fail(entries.error());
  for (const auto& entry : *entries) {
    const std::string name = registry::text(entry.version);
    selectors.emplace_back(name, entry.archived ? entry.folder.string() : name);
  }
  return selectors;
}

int verify(const Context& context, const Options& options) {
  const Registry models = registry_of(context);
  const auto versions = selected(models, options);
  if (!versions) return report_error(context, versions.error());
  json::array results;
  int status = exit_ok;
  std::vector<std::string> corrupt;
  for (const auto& [name, selector] : *versions) {
    const auto model = registry::load_model(models, selector);
    results.push_back({{"version", name},
                       {"ok", model.has_value()},
                       {"fault", model ? "" : model.error().message}});
    if (!model) status = exit_code(model.error().code);
    if (!model && model.error().code == ErrorCode::corrupt) {
      corrupt.push_back(
          selector == name
              ? "models/" + name
              : std::filesystem::path(selector).lexically_relative(context.home).string());
    }
    if (context.json) continue;
    *context.out << name << ": "
                 << (model ? std::string("every file is as it was registered, and it predicts what "
                                         "it did then")
                           : model.error().message)
                 << "\n";
  }
  json::object report{{"models", std::move(results)}};
  if (options.quarantine && !corrupt.empty()) {
    const auto folder = ops::quarantine(context.home, corrupt, system_clock()());
    if (!folder) return report_error(context, folder.error());
    report["quarantine"] = folder->string();
    if (!context.json) {
      *context.out << corrupt.size() << " moved to " << folder->string()
                   << "; put back what was there: hvac-twin backup restore --only models\n";
    }
  }
  if (context.json) *context.out << json_text(report, JsonLayout::pretty);
  return status;
}

}  // namespace

void add_models(CLI::App& root, Context& context, Action& action) {
  CLI::App* models = root.add_subcommand("models", "List, show, promote and verify models");
  models->require_subcommand(1);
  models->fallthrough();
  add_command<Options>(*models, "list", "List the versions there are", context, action,
                       [](const Context& c, const Options&) { return list(c); });
  const auto shown = add_command<Options>(
      *models, "show", "Show a version's card, files and history (JSON)", context, action, show);
  shown.verb->add_option("version", shown.options->version, "Version, or current")
      ->default_val("current");
  const auto up = add_command<Options>(
      *models, "promote", "Make a version current once it is verified", context, action, promote);
  up.verb->add_option("version", up.options->version, "Version")->required();
  up.verb->add_option("--reason", up.options->reason, "Why, for the history");
  const auto back =
      add_command<Options>(*models, "rollback", "Make the version current that was so before",
                           context, action, rollback);
  back.verb->add_option("--reason", back.options->reason, "Why, for the history");
  const auto check = add_command<Options>(
      *models, "verify",
      "Check every byte of a version, or of all, and what it predicts (exit 4: corrupt)", context,
      action, verify);
  check.verb->add_option("version", check.options->version, "Version, or current (default: all)");
  check.verb->add_flag("--quarantine", check.options->quarantine,
                       "Move corrupt versions to HOME/quarantine/TIME, out of the way");
}

}  // namespace hvac::app
