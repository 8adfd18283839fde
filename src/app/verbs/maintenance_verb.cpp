#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "app/audit_parts.h"
#include "app/operator_name.h"
#include "app/verbs/verbs.h"
#include "ops/child.h"
#include "ops/maintenance.h"

namespace hvac::app {
namespace {

struct Options {
  std::string url;
  std::string dashboard_url;
  std::string operator_name;
  std::string note;
};

int maintain(const Context& context, ops::MaintenanceLevel level, const Options& options) {
  if (!std::filesystem::exists(context.home)) {
    return report_error(context,
                        {ErrorCode::not_found, context.home.string() + ": there is no instance"});
  }
  AuditGround ground = audit_ground(context, options.url);
  ops::MaintenanceParts parts;
  parts.audit = ground.parts;
  parts.url = ground.url;
  parts.dashboard_url =
      options.dashboard_url.empty() ? ground.dashboard_url : options.dashboard_url;
  parts.logs_kept = std::chrono::days(ground.config.retention.logs_days);
  parts.reports_kept = std::chrono::days(ground.config.retention.drift_reports_days);
  parts.operator_name = options.operator_name.empty() ? operator_name() : options.operator_name;
  parts.note = options.note;
  parts.self = [&context](const std::vector<std::string>& words) {
    std::vector<std::string> command = {ops::own_program(), "--home", context.home.string(),
                                        "--yes"};
    command.insert(command.end(), words.begin(), words.end());
    return ops::run_command(command, {.limit = std::chrono::hours(1)});
  };
  const auto log = ops::run_maintenance(level, parts, system_clock(), progress_bar(context));
  if (!log) return report_error(context, log.error());
  const auto file = ops::keep_log(context.home, *log);
  if (!file) return report_error(context, file.error());
  if (ground.store.store) {
    const std::string outcome = log->passed() ? "passed" : "failed";
    const auto noted = ground.store.store->commit(
        {.audit = {{log->signed_at, log->operator_name,
                    fmt::format("maintenance {}", ops::name(level)),
                    fmt::format("{}, signature {}", outcome, log->signature)}}});
    if (!noted) *context.err << "warning: not in the audit: " << noted.error().message << "\n";
  }
  *context.out << (context.json ? ops::log_json(*log) : ops::log_text(*log));
  if (!context.json) *context.out << "\nkept as " << file->string() << "\n";
  return log->passed() ? exit_ok : exit_failed;
}

}  // namespace

void add_maintenance(CLI::App& root, Context& context, Action& action) {
  CLI::App* group = root.add_subcommand(
      "maintenance", "Do the tasks of a level, check each item, write and sign the log");
  group->require_subcommand(1);
  group->fallthrough();
  using enum ops::MaintenanceLevel;
  for (const auto level : {daily, weekly, monthly, quarterly, annual}) {
    CLI::App* verb = group->add_subcommand(std::string(ops::name(level)),
                                           "The checklist (exit 1: an item failed)");
    const auto options = std::make_shared<Options>();
    verb->add_option("--operator", options->operator_name, "Who signs (default: who runs it)");
    verb->add_option("--note", options->note, "For the log");
    verb->add_option("--url", options->url, "Of the API (default: that of the running program)");
    verb->add_option("--dashboard-url", options->dashboard_url, "Of the dashboard");
    verb->callback([&context, &action, options, level] {
      action = [&context, options, level] { return maintain(context, level, *options); };
    });
  }
}

}  // namespace hvac::app
