#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <iostream>
#include <memory>
#include <ostream>

#include "access/key_file.h"
#include "app/audit_parts.h"
#include "app/operator_name.h"
#include "app/verbs/verbs.h"
#include "base/files.h"
#include "base/json.h"
#include "ops/child.h"
#include "ops/command.h"
#include "ops/incident.h"
#include "ops/instance.h"
#include "ops/restore.h"
#include "ops/smoke.h"

namespace hvac::app {
namespace {

namespace json = boost::json;

struct Options {
  std::string key_file;
  std::string reason;
  std::string note;
  std::string start = "auto";
  int patience_s = 60;
};

void say(const Context& context, const std::string& step) {
  if (!context.json) *context.out << step << "\n" << std::flush;
}

// Starts the service again where systemd runs it.
std::string start_service(const Options& options) {
  constexpr const char* kUnit = "hvac-twin.service";
  if (options.start == "no") return "not started: --start no";
  const auto known = ops::run_command({"systemctl", "cat", kUnit});
  if (!known || known->exit != 0) return "start it: hvac-twin run, or docker compose up -d";
  const auto started = ops::run_command({"systemctl", "start", kUnit});
  if (started && started->exit == 0) return std::string(kUnit) + " started";
  return std::string("start it: systemctl start ") + kUnit +
         (started ? ": " + started->errors : std::string());
}

// Nothing is stopped for a restore that cannot be.
Result<void> any_can_be_restored(const Context& context, const ops::Catalog& catalog,
                                 ops::RestoreRequest request) {
  const auto backups = catalog.list();
  if (!backups) return fail(backups.error());
  Error last{ErrorCode::not_found, "there is no backup"};
  for (auto backup = backups->rbegin(); backup != backups->rend(); ++backup) {
    if (backup->fault) continue;
    request.id = backup->card.id;
    const auto possible = ops::check_restore(catalog, context.home, request, no_progress());
    if (possible) return {};
    last = possible.error();
    if (last.code != ErrorCode::corrupt) break;
  }
  return fail(last);
}

// Everything that the settings in the instance folder may not be needed for: they may be broken.
int restore(const Context& context, const Options& options) {
  if (!context.yes) {
    *context.err << "Stop the program in " << context.home.string()
                 << " and replace it by the newest backup that is whole? [yes/no] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    if (answer != "yes" && answer != "y") {
      return report_error(context, {ErrorCode::interrupted, "nothing was changed (--yes does it)"});
    }
  }
  const auto config = config::read_config(config::config_file(context.home));
  const config::Config settings = config.value_or(config::Config());
  const auto secret = backup_secret(options.key_file, settings);
  if (!secret) return report_error(context, secret.error());
  const ops::Catalog catalog(context.home / "backups");
  ops::RestoreRequest request;
  request.secret = *secret;
  request.by = operator_name();
  if (is_postgres(settings.store.url)) request.connection = settings.store.url;
  if (const auto possible = any_can_be_restored(context, catalog, request); !possible) {
    return report_error(context, possible.error());
  }
  say(context, "1. stopping what runs");
  const auto claimed =
      ops::stop_and_claim_instance(context.home, std::chrono::seconds(options.patience_s));
  if (!claimed) return report_error(context, claimed.error());
  say(context, "2. restoring the newest backup that is whole");
  const auto backups = catalog.list();
  if (!backups) return report_error(context, backups.error());
  // From the newest on: one that turns out to be damaged is passed over.
  std::optional<ops::RestoreReport> report;
  Error last{ErrorCode::not_found, "there is no backup"};
  for (auto backup = backups->rbegin(); backup != backups->rend() && !report; ++backup) {
    if (backup->fault) continue;
    request.id = backup->card.id;
    auto restored =
        ops::restore_backup(catalog, context.home, request, system_clock(), progress_bar(context));
    if (restored) {
      report = std::move(*restored);
    } else {
      last = restored.error();
      if (last.code != ErrorCode::corrupt) break;
      *context.err << backup->card.id << ": passed over: " << last.message << "\n";
    }
  }
  if (!report) return report_error(context, last);
  // It was made while the model was damaged: take the newest one that was whole.
  if (report->prediction.digest.empty()) {
    request.id.clear();
    request.only = {ops::Component::models};
    const auto models =
        ops::restore_backup(catalog, context.home, request, system_clock(), progress_bar(context));
    if (models) report->prediction = models->prediction;
  }
  say(context,
      fmt::format("   {}: model {}, {} samples; what was replaced is in {}", report->backups.back(),
                  report->prediction.model, report->counts.samples, report->aside.string()));
  const std::string started = start_service(options);
  say(context, "3. " + started);
  say(context, "4. then: hvac-twin smoke");
  if (context.json) {
    *context.out << json_text(json::object{{"restored", report->backups.back()},
                                           {"model", report->prediction.model},
                                           {"samples", report->counts.samples},
                                           {"replaced", report->aside.string()},
                                           {"service", started}},
                              JsonLayout::pretty);
  }
  return exit_ok;
}

int tell_steps(const Context& context, const Result<std::vector<std::string>>& steps) {
  if (!steps) return report_error(context, steps.error());
  bool failed = false;
  json::array list;
  for (const std::string& step : *steps) {
    failed = failed || step.find("FAILED") != std::string::npos;
    list.push_back(json::string(step));
    say(context, step);
  }
  if (context.json) {
    *context.out << json_text(json::object{{"steps", std::move(list)}}, JsonLayout::pretty);
  }
  return failed ? exit_failed : exit_ok;
}

// Every active key gets a successor of the same name, role and time to live; the old ones are worth
// nothing at once.
std::function<Result<int>(const std::filesystem::path&)> key_rotation(const Context& context) {
  return [home = context.home](const std::filesystem::path& file) -> Result<int> {
    const auto keys = access::read_keys(home);
    if (!keys) return fail(keys.error());
    const TimePoint now = system_clock()();
    std::string text;
    int count = 0;
    for (const access::KeyRecord& key : *keys) {
      if (access::state_of(key, now) != access::KeyState::active) continue;
      const auto fresh = access::rotate_key(home, key.id, std::chrono::seconds(0), now);
      if (!fresh) return fail(fresh.error());
      text += fmt::format("{} {} {}\n", key.name, access::name(key.role), fresh->text);
      // After each, so that none that counts is ever unknown.
      if (auto kept = write_file_atomically(file, text, Readers::owner); !kept) {
        return fail(kept.error());
      }
      ++count;
    }
    return count;
  };
}

void note_in_audit(const Context& context, const std::string& action, const std::string& detail) {
  const AuditGround ground = audit_ground(context, "");
  if (!ground.store.store) return;
  const auto noted =
      ground.store.store->commit({.audit = {{system_clock()(), operator_name(), action, detail}}});
  if (!noted) *context.err << "warning: not in the audit: " << noted.error().message << "\n";
}

int begin(const Context& context, const Options& options) {
  const auto steps = ops::start_incident(
      context.home, {operator_name(), options.reason, key_rotation(context)}, system_clock());
  if (steps) note_in_audit(context, "incident start", options.reason);
  return tell_steps(context, steps);
}

int status(const Context& context, const Options&) {
  const auto incident = ops::read_incident(context.home);
  if (!incident) {
    if (context.json) {
      *context.out << json_text(json::object{{"active", false}}, JsonLayout::pretty);
    } else {
      *context.out << "there is no incident\n";
    }
    return exit_ok;
  }
  const auto log = ops::incident_log(*incident);
  if (context.json) {
    json::array lines;
    if (log) {
      for (const std::string& line : *log) {
        if (auto parsed = parse_json(line)) lines.push_back(std::move(*parsed));
      }
    }
    *context.out << json_text(json::object{{"active", true},
                                           {"id", incident->id},
                                           {"started", incident->started},
                                           {"by", incident->by},
                                           {"reason", incident->reason},
                                           {"folder", incident->folder.string()},
                                           {"log", std::move(lines)}},
                              JsonLayout::pretty);
    return exit_failed;
  }
  *context.out << fmt::format("{} since {} by {}: {}\n{}\n", incident->id, incident->started,
                              incident->by, incident->reason, incident->folder.string());
  if (log) {
    for (const std::string& line : *log) *context.out << line << "\n";
  }
  return exit_failed;
}

int end(const Context& context, const Options& options) {
  const auto steps = ops::end_incident(context.home, operator_name(), options.note, system_clock());
  if (steps) note_in_audit(context, "incident end", options.note);
  return tell_steps(context, steps);
}

using Command = int (*)(const Context&, const Options&);

std::pair<CLI::App*, std::shared_ptr<Options>> add(CLI::App& group, const char* name,
                                                   const char* help, Command command,
                                                   Context& context, Action& action) {
  CLI::App* verb = group.add_subcommand(name, help);
  const auto options = std::make_shared<Options>();
  verb->callback([&context, &action, options, command] {
    action = [&context, options, command] { return command(context, *options); };
  });
  return {verb, options};
}

}  // namespace

void add_emergency(CLI::App& root, Context& context, Action& action) {
  CLI::App* group = root.add_subcommand("emergency", "When nothing works any more");
  group->require_subcommand(1);
  group->fallthrough();
  const auto back = add(*group, "restore", "Stop, restore the newest whole backup, start", restore,
                        context, action);
  back.first->add_option("--encrypt-key-file", back.second->key_file,
                         "File with the key (default: backup.key_file)");
  back.first->add_option("--start", back.second->start, "Start the service again: auto or no")
      ->check(CLI::IsMember({"auto", "no"}))
      ->capture_default_str();
  back.first->add_option("--patience", back.second->patience_s, "How long it may take to stop [s]")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();

  CLI::App* incident =
      root.add_subcommand("incident", "When a break-in is suspected: isolate, keep evidence");
  incident->require_subcommand(1);
  incident->fallthrough();
  const auto begun =
      add(*incident, "start", "Listen on this computer only, keep the evidence, replace all keys",
          begin, context, action);
  begun.first->add_option("--reason", begun.second->reason, "What was seen")->required();
  add(*incident, "status", "What was done (exit 1: there is an incident)", status, context, action);
  const auto ended =
      add(*incident, "end", "Listen as the settings say again", end, context, action);
  ended.first->add_option("--note", ended.second->note, "What it was");
}

}  // namespace hvac::app
