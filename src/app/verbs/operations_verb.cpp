#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <ostream>

#include "app/audit_parts.h"
#include "app/verbs/verbs.h"
#include "base/json.h"
#include "ops/diagnostics.h"
#include "ops/manifest.h"
#include "ops/smoke.h"

namespace hvac::app {
namespace {

namespace json = boost::json;

struct Options {
  std::string url;
  std::string dashboard_url;
  std::filesystem::path output;
};

int tell(const Context& context, const std::vector<ops::Check>& checks) {
  const bool failed = ops::worst(checks) == ops::CheckStatus::failed;
  if (context.json) {
    *context.out << ops::checks_json(checks);
  } else {
    *context.out << ops::checks_text(checks);
    *context.out << fmt::format("score {} of 100: {}\n", ops::score(checks),
                                failed ? "something failed" : "nothing failed");
  }
  return failed ? exit_failed : exit_ok;
}

int smoke(const Context& context, const Options& options) {
  const AuditGround ground = audit_ground(context, options.url);
  const std::string& dashboard =
      options.dashboard_url.empty() ? ground.dashboard_url : options.dashboard_url;
  return tell(context, ops::smoke(ground.parts.ask, ground.url, dashboard));
}

int audit(const Context& context, const Options& options) {
  if (!std::filesystem::exists(context.home)) {
    return report_error(context,
                        {ErrorCode::not_found, context.home.string() + ": there is no instance"});
  }
  return tell(context, ops::audit(audit_ground(context, options.url).parts));
}

int diagnostics(const Context& context, const Options& options) {
  if (!std::filesystem::exists(context.home)) {
    return report_error(context,
                        {ErrorCode::not_found, context.home.string() + ": there is no instance"});
  }
  AuditGround ground = audit_ground(context, options.url);
  const std::filesystem::path file =
      options.output.empty()
          ? std::filesystem::path("diagnostics-" + ops::stamp(ground.parts.now) + ".tar.zst")
          : options.output;
  const ops::DiagnosticsParts parts{ground.parts,
                                    context.version,
                                    {ground.config.mqtt.password_file, ground.config.mqtt.key_file,
                                     ground.config.backup.key_file}};
  const auto made = ops::write_diagnostics(parts, file);
  if (!made) return report_error(context, made.error());
  if (context.json) {
    *context.out << json_text(
        json::object{{"file", file.string()}, {"size", made->size}, {"sha256", made->sha256}},
        JsonLayout::pretty);
  } else {
    *context.out << fmt::format("{}: {} bytes for support, without secrets and telemetry\n",
                                file.string(), made->size);
  }
  return exit_ok;
}

using Command = int (*)(const Context&, const Options&);

}  // namespace

void add_operations(CLI::App& root, Context& context, Action& action) {
  const auto add = [&](const char* name, const char* help, Command command) {
    CLI::App* verb = root.add_subcommand(name, help);
    const auto options = std::make_shared<Options>();
    verb->add_option("--url", options->url, "Of the API (default: that of the running program)");
    verb->callback([&context, &action, options, command] {
      action = [&context, options, command] { return command(context, *options); };
    });
    return std::pair{verb, options};
  };
  const auto smoked = add("smoke", "One request of each kind to the running program", smoke);
  smoked.first->add_option("--dashboard-url", smoked.second->dashboard_url,
                           "Of the dashboard (default: that of the running program)");
  add("audit", "Look at everything: services, files, data, models, backups, the computer", audit);
  const auto gathered =
      add("diagnostics", "Gather what support needs in one archive, without secrets", diagnostics);
  gathered.first->add_option("--output", gathered.second->output,
                             "File (default: diagnostics-TIME.tar.zst here)");
}

}  // namespace hvac::app
