#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <ostream>
#include <string>

#include "app/operator_name.h"
#include "app/verbs/verbs.h"
#include "base/json.h"
#include "config/change_log.h"
#include "config/edit.h"
#include "config/keys.h"

namespace hvac::app {
namespace {

namespace json = boost::json;
using config::Config;
using config::Key;

struct Options {
  std::string file;
  std::string key;
  std::string value;
  std::string reason;
  bool commented = false;
};

std::string_view name(config::Takes takes) {
  return takes == config::Takes::at_once ? "at once" : "at the next start";
}

json::array as_json(const std::vector<config::Difference>& differences) {
  json::array list;
  for (const config::Difference& d : differences) {
    list.push_back({{"key", d.key}, {"before", d.before}, {"after", d.after}});
  }
  return list;
}

int show(const Context& context, const Options& options) {
  const auto settings = config::read_config(config::config_file(context.home));
  if (!settings) return report_error(context, settings.error());
  if (options.commented) {
    *context.out << config::commented_file(*settings);
    return exit_ok;
  }
  if (!options.key.empty()) {
    if (auto found = config::find_key(options.key); !found) {
      return report_error(context, found.error());
    }
  }
  json::array list;
  for (const Key& key : config::keys()) {
    if (!options.key.empty() && key.name != options.key) continue;
    const std::string value = config::setting_text(key, *settings);
    const std::string usual = config::setting_text(key, Config{});
    if (context.json) {
      list.push_back({{"key", key.name},
                      {"value", value},
                      {"default", usual},
                      {"unit", key.unit},
                      {"takes_effect", name(key.takes)},
                      {"meaning", key.meaning}});
    } else {
      *context.out << fmt::format("{:<30} = {:<24} {}\n{:<33}{}\n", key.name, value,
                                  value == usual ? "" : "(default " + usual + ")", "", key.meaning);
    }
  }
  if (context.json) {
    *context.out << json_text(json::object{{"settings", std::move(list)}}, JsonLayout::pretty);
  }
  return exit_ok;
}

int check(const Context& context, const Options& options) {
  const std::filesystem::path file = options.file.empty() ? config::config_file(context.home)
                                                          : std::filesystem::path(options.file);
  if (!options.file.empty() && !std::filesystem::exists(file)) {
    return report_error(context, {ErrorCode::not_found, file.string() + ": no such file"});
  }
  const auto settings = config::read_config(file);
  if (!settings) return report_error(context, settings.error());
  const auto differences = config::differences(Config{}, *settings);
  if (context.json) {
    *context.out << json_text(
        json::object{{"ok", true}, {"file", file.string()}, {"set", as_json(differences)}},
        JsonLayout::pretty);
    return exit_ok;
  }
  for (const config::Difference& d : differences) {
    *context.out << fmt::format("{} = {} (default {})\n", d.key, d.after, d.before);
  }
  *context.out << fmt::format("{}: good, {} of {} settings differ from their defaults\n",
                              file.string(), differences.size(), config::keys().size());
  return exit_ok;
}

int set(const Context& context, const Options& options) {
  const auto changed = config::change_setting(context.home, options.key, options.value,
                                              operator_name(), options.reason, system_clock()());
  if (!changed) return report_error(context, changed.error());
  if (context.json) {
    *context.out << json_text(json::object{{"changed", as_json(*changed)}}, JsonLayout::pretty);
    return exit_ok;
  }
  if (changed->empty()) *context.out << options.key << " was so already\n";
  for (const config::Difference& d : *changed) {
    *context.out << fmt::format("{}: {} -> {}; takes effect {}\n", d.key, d.before, d.after,
                                name(d.takes));
  }
  return exit_ok;
}

int history(const Context& context) {
  const auto edits =
      config::log_edits(context.home, "unknown", "found in the file", system_clock()());
  if (!edits) return report_error(context, edits.error());
  const auto changes = config::read_changes(context.home);
  if (!changes) return report_error(context, changes.error());
  if (context.json) {
    json::array list;
    for (const config::Change& change : *changes) {
      list.push_back({{"time", change.time},
                      {"by", change.by},
                      {"reason", change.reason},
                      {"changes", as_json(change.differences)}});
    }
    *context.out << json_text(json::object{{"history", std::move(list)}}, JsonLayout::pretty);
    return exit_ok;
  }
  for (const config::Change& change : *changes) {
    for (const config::Difference& d : change.differences) {
      *context.out << fmt::format("{}  {:<20} {}: {} -> {}  {}\n", change.time, change.by, d.key,
                                  d.before, d.after, change.reason);
    }
  }
  if (changes->empty()) *context.out << "nothing was ever changed\n";
  return exit_ok;
}

}  // namespace

void add_config(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand("config", "The settings of the instance");
  verb->require_subcommand(1);
  auto options = std::make_shared<Options>();

  CLI::App* show_verb = verb->add_subcommand("show", "Each setting, its default and its meaning");
  show_verb->add_option("key", options->key, "Only that one, e.g. drift.psi_warning");
  show_verb->add_flag("--commented", options->commented, "As a file to begin with");
  show_verb->callback([&context, &action, options] {
    action = [&context, options] { return show(context, *options); };
  });

  CLI::App* check_verb =
      verb->add_subcommand("check", "Whether a settings file is good; changes nothing");
  check_verb->add_option("file", options->file, "Default: HOME/config.toml");
  check_verb->callback([&context, &action, options] {
    action = [&context, options] { return check(context, *options); };
  });

  CLI::App* set_verb = verb->add_subcommand(
      "set", "Change a setting: checked and written whole, logged, and taken by a running program");
  set_verb->add_option("key", options->key, "E.g. drift.psi_warning")->required();
  set_verb->add_option("value", options->value, "E.g. 0.25, or TAG,TAG for a list")->required();
  set_verb->add_option("--reason", options->reason, "Why, for the change log");
  set_verb->callback([&context, &action, options] {
    action = [&context, options] { return set(context, *options); };
  });

  CLI::App* history_verb =
      verb->add_subcommand("history", "The change log: what was changed, when, by whom and why");
  history_verb->callback([&context, &action] { action = [&context] { return history(context); }; });
}

}  // namespace hvac::app
