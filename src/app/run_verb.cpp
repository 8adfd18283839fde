#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "api/model_watcher.h"
#include "api/routes.h"
#include "api/shared.h"
#include "app/demo_model.h"
#include "app/live_demo.h"
#include "app/profile.h"
#include "app/servers.h"
#include "app/service_manager.h"
#include "app/verbs.h"
#include "base/json.h"
#include "registry/load_model.h"
#include "registry/registry.h"

namespace hvac::app {
namespace {

struct Options {
  bool demo = false;
  double speed = 60.0;
  std::string model = "current";
  ServerOptions servers;
};

/// The signals that the serving loop takes, kept from all threads made while it lives.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~Signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// The next one, or 0 when none came within a moment.
  int wait() const {
    const timespec moment{0, 250'000'000};
    const int signal = sigtimedwait(&set_, nullptr, &moment);
    return signal > 0 ? signal : 0;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

void announce(const Context& context, const Servers& servers, const twin::ModelInfo& model) {
  const std::string url = servers.api_url();
  if (context.json) {
    *context.out << json_text({{"url", url},
                               {"dashboard_url", servers.dashboard_url()},
                               {"model_version", model.version},
                               {"model_type", model.model_type},
                               {"model_origin", model.origin}})
                 << "\n";
  } else {
    *context.out << fmt::format(
        "serving model {} ({}, from {} data) on {} - try {}/docs\n"
        "dashboard on {}\n",
        model.version, model.model_type, model.origin, url, url, servers.dashboard_url());
  }
  context.out->flush();
}

// Until SIGTERM or SIGINT. SIGHUP loads the model again.
void serve(const Signals& signals, api::ModelWatcher& watcher, const api::ModelSlot& slot,
           live::Fleet& fleet) {
  for (;;) {
    const int signal = signals.wait();
    tell_service_manager("WATCHDOG=1");
    if (signal == SIGTERM || signal == SIGINT) return;
    if (signal == SIGHUP) {
      watcher.reload();
    } else {
      watcher.check();
    }
    fleet.use(slot.model());
  }
}

int run(const Context& context, Options options) {
  if (auto taken = use_inherited_sockets(options.servers); !taken) {
    return report_error(context, taken.error());
  }
  if (auto allowed = check_server_options(options.servers); !allowed) {
    return report_error(context, allowed.error());
  }
  const auto profile = load_profile(context);
  if (!profile) return report_error(context, profile.error());
  registry::Registry models(context.home / "models");
  if (options.demo) {
    if (auto made = ensure_demo_model(context, models, *profile); !made) {
      return report_error(context, made.error());
    }
  }
  auto model = registry::load_model(models, options.model);
  if (!model) return report_error(context, model.error());
  auto log = api::RequestLog::open(context.home / "logs" / "api.log");
  if (!log) return report_error(context, log.error());

  const Signals signals;  // Before any thread that must not take them.
  api::ModelSlot slot(*model);
  api::Metrics metrics(api::route_labels());
  std::atomic<bool> draining{false};
  live::Fleet fleet(*profile, *model);
  std::optional<LiveDemo> demo;
  api::DemoControl demo_control;
  if (options.demo) {
    demo.emplace(fleet, AssetId{"demo-cooler"}, options.speed);
    demo_control = demo->control();
  }
  const api::Shared shared{context.version,
                           *profile,
                           slot,
                           metrics,
                           **log,
                           [&] { return draining.load(); },
                           &fleet,
                           demo ? &demo_control : nullptr};
  api::ModelWatcher watcher(models, options.model, slot, metrics, **log);
  auto servers = Servers::start(options.servers, {}, shared);
  if (!servers) return report_error(context, servers.error());
  (*log)->add(api::RequestLog::Level::info, "serving model " + (*model)->info().version);
  announce(context, **servers, (*model)->info());
  tell_service_manager("READY=1");

  serve(signals, watcher, slot, fleet);
  tell_service_manager("STOPPING=1");
  draining = true;
  (*log)->add(api::RequestLog::Level::info, "stopping: answering what is under way");
  (*servers)->stop();
  return exit_ok;
}

}  // namespace

void add_run(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand("run", "Serve predictions over HTTP until SIGTERM");
  auto options = std::make_shared<Options>();
  verb->add_flag("--demo", options->demo,
                 "A simulated cooler, live; with no model yet, train one on its simulated history "
                 "first and say so on every answer");
  verb->add_option("--speed", options->speed,
                   "Of the demo's simulated cooler: simulated seconds per second")
      ->check(CLI::Range(0.1, 10000.0))
      ->capture_default_str();
  verb->add_option("--model", options->model,
                   "A version, a bundle's folder, or current (then promotions take effect at once)")
      ->capture_default_str();
  add_server_options(*verb, options->servers);
  verb->callback([&context, &action, options] {
    action = [&context, options] { return run(context, *options); };
  });
}

}  // namespace hvac::app
