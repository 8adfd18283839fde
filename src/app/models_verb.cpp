#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <ostream>
#include <string>

#include "app/operator_name.h"
#include "app/verbs.h"
#include "base/json.h"
#include "ops/incident.h"
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

Registry registry_of(const Context& context) { return Registry(context.home / "models"); }

registry::Provenance provenance(const Options& options) {
  return {operator_name(), options.reason, "", ""};
}

// The version that an argument means: "v3" or "current".
Result<Version> find_version(const Registry& models, const std::string& text) {
  if (text == "current") {
    const auto current = models.current();
    if (!current) return fail(current.error());
    if (!*current) return fail(ErrorCode::not_found, "there is no current model yet");
    return **current;
  }
  const auto version = registry::parse_version(text);
  if (!version) {
    return fail(ErrorCode::invalid_argument, "\"" + text + "\" is no version such as v1");
  }
  return *version;
}

json::object entry_json(const registry::Entry& entry) {
  const registry::Manifest& manifest = entry.manifest;
  json::object object{{"version", registry::text(entry.version)},
                      {"current", entry.current},
                      {"created", manifest.created},
                      {"by", manifest.provenance.by},
                      {"reason", manifest.provenance.reason},
                      {"data", manifest.provenance.data},
                      {"data_sha256", manifest.provenance.data_sha256},
                      {"bytes", manifest.bytes}};
  if (entry.fault) object["fault"] = entry.fault->message;
  return object;
}

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
  *context.out << fmt::format("{:<9} {:<8} {:<25} {:>10}  {:<24} {}\n", "VERSION", "", "CREATED",
                              "BYTES", "DATA", "WHY");
  for (const auto& entry : *entries) {
    const registry::Manifest& manifest = entry.manifest;
    *context.out << fmt::format(
        "{:<9} {:<8} {:<25} {:>10}  {:<24} {}\n", registry::text(entry.version),
        entry.current ? "current" : "", manifest.created, manifest.bytes, manifest.provenance.data,
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
  const auto current = models.current();

  json::object object =
      entry_json({*version, current && *current == *version, bundle->manifest, {}});
  const twin::ModelInfo& info = (*model)->info();
  object["model_type"] = info.model_type;
  object["origin"] = info.origin;
  object["seed"] = info.seed;
  json::object files;
  for (const auto& [name, bytes] : bundle->files) files[name] = bytes.size();
  object["files"] = std::move(files);
  if (auto card = parse_json((*model)->parts().card)) object["card"] = std::move(*card);
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
  const auto version = find_version(models, options.version);
  if (!version) return report_error(context, version.error());
  // The registry checks the bytes; that they make a model is known by making one.
  const auto model = registry::load_model(models, registry::text(*version));
  if (!model) return report_error(context, model.error());
  const auto promoted = models.promote(*version, provenance(options));
  if (!promoted) return report_error(context, promoted.error());
  return announce(context, *version);
}

int rollback(const Context& context, const Options& options) {
  const auto version = registry_of(context).rollback(provenance(options));
  if (!version) return report_error(context, version.error());
  return announce(context, *version);
}

int verify(const Context& context, const Options& options) {
  const Registry models = registry_of(context);
  std::vector<Version> versions;
  if (options.version.empty()) {
    const auto entries = models.list();
    if (!entries) return report_error(context, entries.error());
    for (const auto& entry : *entries) versions.push_back(entry.version);
  } else {
    const auto version = find_version(models, options.version);
    if (!version) return report_error(context, version.error());
    versions.push_back(*version);
  }
  json::array results;
  int status = exit_ok;
  std::vector<std::string> corrupt;
  for (const Version version : versions) {
    const auto model = registry::load_model(models, registry::text(version));
    results.push_back({{"version", registry::text(version)},
                       {"ok", model.has_value()},
                       {"fault", model ? "" : model.error().message}});
    if (!model) status = exit_code(model.error().code);
    if (!model && model.error().code == ErrorCode::corrupt) {
      corrupt.push_back("models/" + registry::text(version));
    }
    if (context.json) continue;
    *context.out << registry::text(version) << ": "
                 << (model ? std::string("every file is as it was registered")
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

using Command = int (*)(const Context&, const Options&);

struct Added {
  CLI::App* verb;
  std::shared_ptr<Options> options;  ///< Of this command alone.
};

Added add(CLI::App& models, const char* name, const char* help, Context& context, Action& action,
          Command command) {
  CLI::App* verb = models.add_subcommand(name, help);
  const auto options = std::make_shared<Options>();
  verb->callback([&context, &action, options, command] {
    action = [&context, options, command] { return command(context, *options); };
  });
  return {verb, options};
}

}  // namespace

void add_models(CLI::App& root, Context& context, Action& action) {
  CLI::App* models = root.add_subcommand("models", "List, show, promote and verify models");
  models->require_subcommand(1);
  models->fallthrough();
  add(*models, "list", "List the versions there are", context, action,
      [](const Context& c, const Options&) { return list(c); });
  const Added shown = add(*models, "show", "Show a version's card, files and history (JSON)",
                          context, action, show);
  shown.verb->add_option("version", shown.options->version, "Version, or current")
      ->default_val("current");
  const Added up = add(*models, "promote", "Make a version current once it is verified", context,
                       action, promote);
  up.verb->add_option("version", up.options->version, "Version")->required();
  up.verb->add_option("--reason", up.options->reason, "Why, for the history");
  const Added back = add(*models, "rollback", "Make the version current that was so before",
                         context, action, rollback);
  back.verb->add_option("--reason", back.options->reason, "Why, for the history");
  const Added check =
      add(*models, "verify", "Check every byte of a version, or of all (exit 4: corrupt)", context,
          action, verify);
  check.verb->add_option("version", check.options->version, "Version, or current (default: all)");
  check.verb->add_flag("--quarantine", check.options->quarantine,
                       "Move corrupt versions to HOME/quarantine/TIME, out of the way");
}

}  // namespace hvac::app
