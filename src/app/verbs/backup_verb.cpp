#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <ostream>

#include "app/backup_alert.h"
#include "app/instance_store.h"
#include "app/operator_name.h"
#include "app/verbs/verbs.h"
#include "base/iso_time.h"
#include "base/json.h"
#include "config/config.h"
#include "ops/backup.h"
#include "ops/backup_json.h"
#include "ops/drill.h"
#include "ops/instance.h"
#include "ops/keeper.h"
#include "ops/restore.h"
#include "telemetry/fields.h"

namespace hvac::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

struct Options {
  std::string kind = "full";
  std::string key_file;
  std::string remote;
  std::string what;
  std::string at;
  std::vector<std::string> only;
  bool stop = false;
  int patience_s = 60;
  bool newest = false;
};

ops::Catalog catalog_of(const Context& context) { return ops::Catalog(context.home / "backups"); }

/// What every command of the group needs.
struct Ground {
  config::Config config;
  std::optional<ops::Secret> secret;
  ops::Catalog catalog;
};

Result<Ground> prepare(const Context& context, const Options& options) {
  auto config = config::read_config(config::config_file(context.home));
  if (!config) return fail(config.error());
  auto secret = backup_secret(options.key_file, *config);
  if (!secret) return fail(secret.error());
  return Ground{std::move(*config), std::move(*secret), catalog_of(context)};
}

json::object card_json(const ops::Backup& backup) {
  json::object object = ops::backup_json(backup);
  object["bytes"] = backup.card.bytes;
  object["archive"] = backup.archive.string();
  if (backup.fault) object["fault"] = backup.fault->message;
  return object;
}

int create(const Context& context, const Options& options) {
  auto ground = prepare(context, options);
  if (!ground) return report_error(context, ground.error());
  if (!fs::exists(context.home)) {
    return report_error(context,
                        {ErrorCode::not_found, context.home.string() + ": there is no instance"});
  }
  const auto opened = open_instance_store(context, ground->config);
  if (!opened) return report_error(context, opened.error());
  const ops::BackupSource source{context.home, opened->store.get(), opened->connection,
                                 context.version};
  const auto made =
      ops::create_backup(ground->catalog, source, {*ops::parse_kind(options.kind), ground->secret},
                         system_clock(), progress_bar(context));
  if (const auto left = tell_of_backup(context.home, made ? Result<void>() : fail(made.error()));
      !left) {
    *context.err << "warning: no alert can be raised or ended: " << left.error().message << "\n";
  }
  if (!made) return report_error(context, made.error());
  if (context.json) {
    json::object object = made->unchanged ? json::object{{"id", made->card.id}, {"unchanged", true}}
                                          : card_json({made->card, made->archive, std::nullopt});
    if (made->model_fault) object["model_fault"] = made->model_fault->message;
    *context.out << json_text(object, JsonLayout::pretty);
  } else if (made->unchanged) {
    *context.out << "nothing has changed since " << made->card.id << "\n";
  } else {
    *context.out << fmt::format("{}: {} files, {} bytes in {}{}\n", made->card.id, made->card.files,
                                made->card.size, made->archive.string(),
                                made->card.encrypted ? ", encrypted" : "");
  }
  if (made->model_fault) {
    *context.err << "warning: the current model cannot be loaded and was taken as it is: "
                 << made->model_fault->message << "\n";
  }
  const std::string& remote =
      options.remote.empty() ? ground->config.backup.remote : options.remote;
  if (remote.empty()) return exit_ok;
  if (auto copied = ops::copy_offsite(ground->catalog, remote); !copied) {
    return report_error(context, {copied.error().code, "the backup was made, but not copied: " +
                                                           copied.error().message});
  }
  if (!context.json) *context.out << "copied to " << remote << "\n";
  return exit_ok;
}

int list(const Context& context, const Options&) {
  const auto backups = catalog_of(context).list();
  if (!backups) return report_error(context, backups.error());
  if (context.json) {
    json::array rows;
    for (const ops::Backup& backup : *backups) rows.push_back(card_json(backup));
    *context.out << json_text(json::object{{"backups", std::move(rows)}}, JsonLayout::pretty);
    return exit_ok;
  }
  if (backups->empty()) {
    *context.out << "no backups yet in " << catalog_of(context).folder().string()
                 << "; `hvac-twin backup create` makes one\n";
    return exit_ok;
  }
  *context.out << fmt::format("{:<34} {:<25} {:>6} {:>11} {:<9} {}\n", "ID", "CREATED", "FILES",
                              "SIZE", "MODEL", "");
  for (const ops::Backup& backup : *backups) {
    const ops::Card& card = backup.card;
    *context.out << fmt::format("{:<34} {:<25} {:>6} {:>11} {:<9} {}\n", card.id,
                                iso_text(card.created), card.files, card.size, card.model,
                                backup.fault     ? "FAULTY: " + backup.fault->message
                                : card.encrypted ? "encrypted"
                                                 : "");
  }
  return exit_ok;
}

int verify(const Context& context, const Options& options) {
  const auto ground = prepare(context, options);
  if (!ground) return report_error(context, ground.error());
  auto backups = ground->catalog.list();
  if (!backups) return report_error(context, backups.error());
  std::vector<ops::Backup> wanted = *backups;
  if (!options.what.empty()) {
    auto one = ops::find_backup(*backups, options.what);
    if (!one) return report_error(context, one.error());
    wanted = {*one};
  } else if (options.newest) {
    auto one = ops::newest_backup(*backups, std::nullopt);
    if (!one) return report_error(context, one.error());
    auto chain = ops::chain_of(*backups, *one);
    wanted = std::move(*chain);
  }
  if (wanted.empty()) return report_error(context, {ErrorCode::not_found, "there is no backup"});
  const Progress progress = progress_bar(context);
  json::array rows;
  int status = exit_ok;
  for (const ops::Backup& backup : wanted) {
    if (!progress(static_cast<double>(rows.size()) / static_cast<double>(wanted.size()),
                  backup.card.id)) {
      return report_error(context, {ErrorCode::interrupted, "interrupted"});
    }
    auto checked = ops::check_backup(backup, ground->secret);
    if (checked) {
      if (const auto chain = ops::chain_of(*backups, backup); !chain) checked = fail(chain.error());
    }
    rows.push_back({{"id", backup.card.id},
                    {"ok", checked.has_value()},
                    {"fault", checked ? "" : checked.error().message}});
    if (!checked) status = exit_code(checked.error().code);
    if (!context.json) {
      *context.out << backup.card.id << ": "
                   << (checked ? "every byte is as it was written" : checked.error().message)
                   << "\n";
    }
  }
  progress(1.0, "done");
  if (context.json) {
    *context.out << json_text(json::object{{"backups", std::move(rows)}}, JsonLayout::pretty);
  }
  return status;
}

Result<ops::RestoreRequest> request_of(const Options& options, const Ground& ground) {
  ops::RestoreRequest request;
  request.secret = ground.secret;
  request.by = operator_name();
  if (is_postgres(ground.config.store.url)) request.connection = ground.config.store.url;
  if (!options.at.empty()) {
    request.at = telemetry::parse_iso_time(options.at);
    if (!request.at) request.at = telemetry::parse_time(options.at);
    if (!request.at) {
      return fail(ErrorCode::invalid_argument,
                  "--at " + options.at + ": no time such as 2026-11-24T08:15:00Z");
    }
  }
  if (fs::is_regular_file(options.what)) {
    request.file = options.what;
  } else {
    request.id = options.what;
  }
  for (const std::string& part : options.only) {
    for (const auto c : {ops::Component::models, ops::Component::config, ops::Component::data,
                         ops::Component::logs}) {
      if (part == ops::name(c)) request.only.insert(c);
    }
  }
  request.check = [](const fs::path& staged) -> Result<void> {
    const auto config = config::read_config(config::config_file(staged));
    if (!config)
      return fail(ErrorCode::corrupt, "the backed up settings: " + config.error().message);
    return {};
  };
  return request;
}

bool agreed(const Context& context, const std::string& question) {
  if (context.yes) return true;
  *context.err << question << " [yes/no] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "yes" || answer == "y";
}

json::object report_json(const ops::RestoreReport& report, double seconds) {
  json::array ids;
  for (const std::string& id : report.backups) ids.push_back(json::string(id));
  return {{"restored", std::move(ids)},
          {"created", iso_text(report.created)},
          {"model", report.prediction.model},
          {"prediction_digest", report.prediction.digest},
          {"store", report.store},
          {"samples", report.counts.samples},
          {"outcomes", report.counts.outcomes},
          {"replaced", report.aside.string()},
          {"seconds", seconds}};
}

int restore(const Context& context, const Options& options) {
  // Settings that cannot be read may be what is to be restored.
  auto ground = prepare(context, options);
  if (!ground && !options.key_file.empty()) return report_error(context, ground.error());
  if (!ground) ground = Ground{config::Config(), std::nullopt, catalog_of(context)};
  const auto request = request_of(options, *ground);
  if (!request) return report_error(context, request.error());
  if (!agreed(context, "Replace the instance in " + context.home.string() + "?")) {
    return report_error(context, {ErrorCode::interrupted, "nothing was changed (--yes does it)"});
  }
  // Nothing is stopped for a restore that cannot be.
  if (const auto possible =
          options.stop ? ops::check_restore(ground->catalog, context.home, *request, no_progress())
                       : Result<void>();
      !possible) {
    return report_error(context, possible.error());
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto claimed = options.stop ? ops::stop_and_claim_instance(
                                          context.home, std::chrono::seconds(options.patience_s))
                                    : ops::claim_instance(context.home);
  if (!claimed) return report_error(context, claimed.error());
  const auto report = ops::restore_backup(ground->catalog, context.home, *request, system_clock(),
                                          progress_bar(context));
  if (!report) return report_error(context, report.error());
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (context.json) {
    *context.out << json_text(report_json(*report, seconds), JsonLayout::pretty);
    return exit_ok;
  }
  *context.out << fmt::format(
      "restored from {} ({} backups, as of {}) in {:.1f} s: model {}, {} samples\n",
      report->backups.back(), report->backups.size(), iso_text(report->created), seconds,
      report->prediction.model.empty() ? "-" : report->prediction.model, report->counts.samples);
  if (!report->aside.empty()) {
    *context.out << "what was replaced is in " << report->aside.string() << "\n";
  }
  return exit_ok;
}

int prune(const Context& context, const Options& options) {
  const auto ground = prepare(context, options);
  if (!ground) return report_error(context, ground.error());
  const auto lock = ground->catalog.lock();
  if (!lock) return report_error(context, lock.error());
  const auto removed = ground->catalog.prune(backup_retention(ground->config), system_clock()());
  if (!removed) return report_error(context, removed.error());
  if (context.json) {
    json::array ids;
    for (const std::string& id : *removed) ids.push_back(json::string(id));
    *context.out << json_text(json::object{{"removed", std::move(ids)}}, JsonLayout::pretty);
  } else {
    for (const std::string& id : *removed) *context.out << "removed " << id << "\n";
    if (removed->empty()) *context.out << "nothing is too old\n";
  }
  return exit_ok;
}

int drill(const Context& context, const Options& options) {
  const auto ground = prepare(context, options);
  if (!ground) return report_error(context, ground.error());
  const std::string& where = ground->config.store.url;
  const auto report = ops::drill(
      ground->catalog,
      {ground->secret, operator_name(), http_ask(ground->config), is_postgres(where) ? where : ""},
      system_clock(), progress_bar(context));
  if (!report) return report_error(context, report.error());
  if (context.json) {
    *context.out << ops::drill_text(*report) << "\n";
  } else if (report->passed) {
    *context.out << fmt::format(
        "passed: {} restored, started and compared in {:.1f} s (RTO); {:.0f} s would have been "
        "lost "
        "(RPO)\npredictions equal, {} of {} samples\n",
        report->backup, report->rto_s, report->rpo_s, report->samples, report->expected_samples);
  } else {
    *context.out << "FAILED: " << report->fault << "\n";
  }
  return report->passed ? exit_ok : exit_failed;
}

int fetch(const Context& context, const Options& options) {
  const auto ground = prepare(context, options);
  if (!ground) return report_error(context, ground.error());
  const std::string& remote =
      options.remote.empty() ? ground->config.backup.remote : options.remote;
  if (remote.empty()) {
    return report_error(context, {ErrorCode::invalid_argument,
                                  "no remote: name it with --remote or in backup.remote"});
  }
  if (auto done = ops::fetch_offsite(ground->catalog, remote); !done) {
    return report_error(context, done.error());
  }
  return list(context, options);
}

using Command = int (*)(const Context&, const Options&);

}  // namespace

void add_backup(CLI::App& root, Context& context, Action& action) {
  CLI::App* group = root.add_subcommand("backup", "Make, check and restore backups");
  group->require_subcommand(1);
  group->fallthrough();
  const auto add = [&](const char* name, const char* help, Command command) {
    CLI::App* verb = group->add_subcommand(name, help);
    const auto options = std::make_shared<Options>();
    verb->callback([&context, &action, options, command] {
      action = [&context, options, command] { return command(context, *options); };
    });
    return std::pair{verb, options};
  };
  const auto add_key = [](const auto& added) {
    added.first->add_option("--encrypt-key-file", added.second->key_file,
                            "File with the key (default: backup.key_file)");
  };
  const auto made = add("create", "Back up now; the program may run", create);
  made.first->add_option("--kind", made.second->kind, "daily, weekly, full or increment")
      ->check(CLI::IsMember({"daily", "weekly", "full", "increment"}))
      ->capture_default_str();
  made.first->add_option("--remote", made.second->remote,
                         "rclone remote to copy to (default: backup.remote)");
  add_key(made);
  add("list", "List the backups there are", list);
  const auto checked = add("verify", "Read back every byte (exit 4: corrupt)", verify);
  checked.first->add_option("id", checked.second->what, "Backup (default: all)");
  checked.first->add_flag("--newest", checked.second->newest,
                          "Only what restoring the newest would need");
  add_key(checked);
  const auto back = add("restore", "Replace the instance by a backup, all or nothing", restore);
  back.first->add_option("backup", back.second->what, "Id, or an archive (default: the newest)");
  back.first->add_option("--at", back.second->at, "As it was at this time (ISO 8601)");
  back.first->add_option("--only", back.second->only, "models, config, data, logs")
      ->delimiter(',')
      ->check(CLI::IsMember({"models", "config", "data", "logs"}));
  back.first->add_flag("--stop", back.second->stop, "Ask the running program to stop first");
  back.first->add_option("--patience", back.second->patience_s, "How long it may take to stop [s]")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  add_key(back);
  add("prune", "Remove what is older than its retention", prune);
  add_key(add("drill", "Prove that the newest backup can be restored: do it beside", drill));
  const auto fetched = add("fetch", "Copy backups back from an rclone remote", fetch);
  fetched.first->add_option("--remote", fetched.second->remote, "Default: backup.remote");
}

}  // namespace hvac::app
