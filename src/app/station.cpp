#include "app/station.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>

#include "api/event_hub.h"
#include "api/kpi.h"
#include "api/model_service.h"
#include "api/model_watcher.h"
#include "api/routes.h"
#include "api/shared.h"
#include "app/alert_station.h"
#include "app/broker.h"
#include "app/demo_model.h"
#include "app/drift_monitor.h"
#include "app/equipment_change.h"
#include "app/front.h"
#include "app/inflow.h"
#include "app/live_config.h"
#include "app/model_keeper.h"
#include "app/outcome_publisher.h"
#include "app/profile.h"
#include "app/schedule.h"
#include "app/service_manager.h"
#include "app/shadow_trial.h"
#include "app/signals.h"
#include "app/upkeep.h"
#include "app/upkeep_watch.h"
#include "base/json.h"
#include "live/fleet.h"
#include "ops/instance.h"
#include "ops/spawn.h"
#include "registry/load_model.h"
#include "store/file_retention.h"
#include "store/open.h"

namespace hvac::app {
namespace {

using api::RequestLog;
using ProfilePointer = std::shared_ptr<const telemetry::AssetProfile>;

constexpr std::chrono::minutes kRetentionPeriod{10};
constexpr std::chrono::seconds kCatchUpPeriod{1};
constexpr std::chrono::seconds kLookPeriod{5};
constexpr std::chrono::seconds kModelsPeriod{5};
constexpr unsigned kMostStepThreads = 8;

void announce(const Context& context, const Servers& servers, const twin::ModelInfo& model) {
  const std::string url = servers.api_url();
  const std::string dashboard = servers.dashboard_url();
  if (context.json) {
    *context.out << json_text({{"url", url},
                               {"dashboard_url", dashboard},
                               {"model_version", model.version},
                               {"model_type", model.model_type},
                               {"model_origin", model.origin}})
                 << "\n";
  } else {
    *context.out << fmt::format("model {} ({}, from {} data) runs\n", model.version,
                                model.model_type, model.origin);
    if (!url.empty()) *context.out << fmt::format("serving on {} - try {}/docs\n", url, url);
    if (!dashboard.empty()) *context.out << "dashboard on " << dashboard << "\n";
  }
  context.out->flush();
}

Result<void> enforce_retention(store::Store& store, const std::filesystem::path& home,
                               const config::Retention& kept) {
  const auto days = [](std::int64_t n) { return std::chrono::days(n); };
  const TimePoint now = system_clock()();
  const auto files = store::enforce_file_retention(
      home, {.logs = days(kept.logs_days), .drift_reports = days(kept.drift_reports_days)}, now);
  const store::RetentionPolicy policy{.samples = days(kept.samples_days),
                                      .outcomes = days(kept.outcomes_days),
                                      .rollups = days(kept.rollups_days),
                                      .findings = days(kept.findings_days),
                                      .alerts = days(kept.alerts_days),
                                      .drift_reports = days(kept.drift_reports_days)};
  for (bool finished = false; !finished;) {
    const auto step = store.enforce_retention(now, policy);
    if (!step) return fail(step.error());
    finished = step->finished;
  }
  if (!files) return fail(files.error());
  return {};
}

void write_audit(store::Store& store, const store::AuditEntry& entry, RequestLog& log) {
  store::Batch batch;
  batch.audit.push_back(entry);
  if (const auto done = store.commit(batch); !done) {
    log.add(RequestLog::Level::error, "the audit lacks \"" + entry.action + "\" of " + entry.actor +
                                          ": " + done.error().message);
  }
}

// Until SIGTERM or SIGINT.
void serve(const Signals& signals, LiveConfig& config, api::ModelWatcher& watcher,
           const api::ModelSlot& slot, live::Fleet& fleet, api::EventHub& events, Front& front,
           const std::function<void()>& note_servers) {
  api::ModelPointer model = slot.model();
  for (;;) {
    config.check();
    if (front.check()) note_servers();
    const int signal = signals.wait();
    tell_service_manager("WATCHDOG=1");
    if (signal == SIGTERM || signal == SIGINT) return;
    if (signal == SIGHUP) {
      watcher.reload();
      front.reload();
    } else {
      watcher.check();
    }
    if (slot.model() == model) continue;
    const std::string before = model->info().version;
    model = slot.model();
    fleet.use(model);
    events.publish(
        "model", {},
        json_text(
            {{"version", model->info().version}, {"previous", before}, {"time", iso_time_now()}}));
  }
}

std::filesystem::path store_file(const Context& context) {
  return context.home / "data" / "telemetry.db";
}

/// What a program predicts with.
struct Ground {
  ProfilePointer profile;
  registry::Registry models;
  api::ModelPointer model;
};

/// Where it writes down what happens.
struct Records {
  std::unique_ptr<RequestLog> log;
  std::unique_ptr<RequestLog> monitor_log;
  std::unique_ptr<store::Store> store;
};

/// A demo's first model takes a while to make, and Ctrl-C ends that.
Result<Ground> prepare(const Context& context, const StationOptions& options) {
  const auto profile = load_profile(context);
  if (!profile) return fail(profile.error());
  if (options.demo && *profile != telemetry::unit_cooler_profile()) {
    return fail(ErrorCode::invalid_argument,
                "--profile is of another cooler than the demo's, which is the built-in one");
  }
  registry::Registry models(context.home / "models");
  if (options.demo) {
    if (auto made = ensure_demo_model(context, models, *profile); !made) return fail(made.error());
  }
  auto model = registry::load_model(models, options.model);
  if (!model) return fail(model.error());
  return Ground{*profile, models, std::move(*model)};
}

Result<Records> open_records(const Context& context, const StationOptions& options) {
  auto log = RequestLog::open(context.home / "logs" / "api.log");
  if (!log) return fail(log.error());
  auto monitor_log = RequestLog::open(context.home / "logs" / "monitor.log");
  if (!monitor_log) return fail(monitor_log.error());
  auto store = store::open_store(options.config.store.url, store_file(context));
  if (!store) return fail(store.error());
  return Records{std::move(*log), std::move(*monitor_log), std::move(*store)};
}

/// Nothing where there is no broker to publish to.
Result<std::unique_ptr<OutcomePublisher>> start_publisher(const Context& context,
                                                          const StationOptions& options) {
  if (!options.roles.contains(StationRole::ingest) || options.config.mqtt.url.empty()) {
    return nullptr;
  }
  auto client = broker_client(options.config.mqtt, context.home, "out");
  if (!client) return fail(client.error());
  return OutcomePublisher::start(std::move(*client), context.version);
}

/// By requests where there were any; else by the twins' steps, which are more work.
Histogram::Counts inference_of(const api::Metrics& metrics, const live::Fleet& fleet) {
  const Histogram::Counts requested = metrics.inference();
  const bool any = std::ranges::any_of(requested, [](std::uint64_t n) { return n > 0; });
  return any ? requested : fleet.metrics().inference.counts();
}

std::vector<std::string> names_of(const std::set<StationRole>& roles) {
  std::vector<std::string> names;
  for (const StationRole role : roles) {
    switch (role) {
      case StationRole::api:
        names.emplace_back("api");
        break;
      case StationRole::dashboard:
        names.emplace_back("dashboard");
        break;
      case StationRole::ingest:
        names.emplace_back("ingest");
        break;
      case StationRole::monitor:
        names.emplace_back("monitor");
        break;
    }
  }
  return names;
}

api::StationStatus fixed_status(const Context& context, const StationOptions& options) {
  api::StationStatus fixed;
  fixed.started = system_clock()();
  fixed.home = context.home;
  fixed.roles = names_of(options.roles);
  fixed.store = store::shown_place(options.config.store.url, store_file(context));
  fixed.demo = options.demo;
  return fixed;
}

api::StationStatus status_of(const api::StationStatus& fixed, const live::Fleet& fleet,
                             const Inflow& inflow, const OutcomePublisher* publisher) {
  api::StationStatus status = fixed;
  status.store_failure = fleet.failure();
  inflow.describe(status);
  if (publisher == nullptr) return status;
  status.outgoing = publisher->status();
  status.outcomes_published = publisher->counts().published;
  status.outcomes_held_back = publisher->counts().held_back;
  return status;
}

/// Nothing where another process does the monitoring.
Result<std::unique_ptr<AlertStation>> start_alerts(const Context& context,
                                                   const StationOptions& options,
                                                   store::Store& store, RequestLog& log,
                                                   api::EventHub& events) {
  if (!options.roles.contains(StationRole::monitor)) return nullptr;
  const auto write = [&log](alerts::Severity severity, const std::string& what) {
    log.add(severity == alerts::Severity::info      ? RequestLog::Level::info
            : severity == alerts::Severity::warning ? RequestLog::Level::warning
                                                    : RequestLog::Level::error,
            what);
  };
  return AlertStation::start(context.home, options.config, store, events, write);
}

// What is done from time to time.
void add_jobs(Schedule& schedule, const Context& context, const StationOptions& options,
              store::Store& store, const LiveConfig& config, live::Fleet& fleet,
              api::KpiWatch& kpis, DriftMonitor& drift) {
  if (!options.roles.contains(StationRole::ingest)) {
    schedule.every(kCatchUpPeriod, "outcomes of the ingesting program",
                   [&fleet] { return fleet.catch_up(); });
  }
  schedule.every(api::KpiWatch::kPeriod, "kpis", [&kpis]() -> Result<void> {
    kpis.look();
    return {};
  });
  if (!options.roles.contains(StationRole::monitor)) return;
  schedule.every(kRetentionPeriod, "retention", [&store, &context, &config] {
    return enforce_retention(store, context.home, config.current().retention);
  });
  schedule.every(DriftMonitor::kLook, "drift", [&drift]() -> Result<void> {
    if (auto made = drift.tick(system_clock()()); !made) return fail(made.error());
    return {};
  });
}

live::FleetOptions fleet_options(const Context& context, const StationOptions& options,
                                 RequestLog& log) {
  live::FleetOptions fleet;
  fleet.threads = std::clamp(std::thread::hardware_concurrency(), 1u, kMostStepThreads);
  const config::Mqtt& mqtt = options.config.mqtt;
  if (!mqtt.share_group.empty()) fleet.worker = client_name(mqtt, context.home, "in");
  fleet.warn = [&log](const std::string& what) { log.add(RequestLog::Level::warning, what); };
  return fleet;
}

ModelKeeper::Options keeper_options(const Context& context, RequestLog& log, store::Store& store,
                                    api::EventHub& events) {
  ModelKeeper::Options keeper;
  keeper.home = context.home;
  if (!context.profile.empty()) keeper.arguments = {"--profile", context.profile.string()};
  keeper.log = [&log](const std::string& what) { log.add(RequestLog::Level::info, what); };
  keeper.audit = [&log, &store](const store::AuditEntry& entry) { write_audit(store, entry, log); };
  keeper.store = &store;
  keeper.start = [](std::vector<std::string> words) {
    return ops::Spawn().run(std::move(words), ops::own_environment());
  };
  keeper.changed = [&events](const registry::Event& event) {
    events.publish("model", {},
                   json_text({{"time", event.time},
                              {"change", registry::name(event.change)},
                              {"version", registry::text(event.version)},
                              {"by", event.provenance.by},
                              {"reason", event.provenance.reason}}));
  };
  return keeper;
}

std::string saved_shadow_json(const Context& context, const registry::Registry& models,
                              const config::Config& settings) {
  const auto trial = saved_trial(context.home, models);
  return json_text(shadow_json(trial ? *trial : std::nullopt, settings, system_clock()()));
}

}  // namespace

int run_station(const Context& context, const StationOptions& options) {
  auto use = ops::InstanceUse::begin(context.home);
  if (!use) return report_error(context, use.error());
  auto ground = prepare(context, options);
  if (!ground) return report_error(context, ground.error());
  const Signals signals;  // Before any thread that must not take them: a log has one already.
  const auto records = open_records(context, options);
  if (!records) return report_error(context, records.error());
  RequestLog& log = *records->log;
  RequestLog& monitor_log = *records->monitor_log;
  store::Store& store = *records->store;

  api::ModelSlot slot(ground->model);
  api::Metrics metrics(api::route_labels());
  std::atomic<bool> draining{false};
  api::EventHub events;
  live::Fleet fleet(ground->profile, ground->model, store,
                    fleet_options(context, options, monitor_log));
  ModelKeeper keeper(keeper_options(context, monitor_log, store, events), options.config);
  fleet.listen([&](std::span<const live::ViewPointer> views) {
    for (const live::ViewPointer& view : views) keeper.see(*view);
  });
  fleet.listen([&](std::span<const live::ViewPointer> views) { events.outcomes(views); });
  const auto publisher = start_publisher(context, options);
  if (!publisher) return report_error(context, publisher.error());
  if (*publisher) {
    fleet.listen([&](std::span<const live::ViewPointer> views) { (*publisher)->publish(views); });
  }
  const auto alerting = start_alerts(context, options, store, monitor_log, events);
  if (!alerting) return report_error(context, alerting.error());
  AlertStation* const alarms = alerting->get();
  if (alarms != nullptr) {
    fleet.listen([=](std::span<const live::ViewPointer> views) { alarms->observe(views); });
  }
  const auto inflow = Inflow::start(context, options, ground->profile, fleet, store);
  if (!inflow) return report_error(context, inflow.error());
  LiveConfig config(
      config::config_file(context.home), options.config,
      [&](const std::string& what) { monitor_log.add(RequestLog::Level::warning, what); });
  api::KpiWatch kpis({.requests = [&] { return metrics.requests(); },
                      .inference = [&] { return inference_of(metrics, fleet); },
                      .disk = context.home,
                      .drift_report = context.home / "monitoring" / "drift_report.json"});
  const auto status = [fixed = fixed_status(context, options), &fleet, &inflow = **inflow,
                       &publisher = *publisher] {
    return status_of(fixed, fleet, inflow, publisher.get());
  };
  DriftMonitor drift(context.home, store, ground->profile, config.current().drift,
                     [&events, alarms](const DriftMonitor::News& news) {
                       events.publish("drift", {}, news.event);
                       if (alarms == nullptr) return;
                       for (const alerts::Condition& condition : news.conditions) {
                         alarms->center().report(condition);
                       }
                     });
  config.on_change([&](const config::Config& changed) { drift.configure(changed.drift); });
  const api::DriftControl drift_control = drift.control(system_clock());
  const Schedule::Report report = [&](const std::string& job, const std::string& failure) {
    monitor_log.add(failure.empty() ? RequestLog::Level::info : RequestLog::Level::error,
                    job + ": " + (failure.empty() ? "works again" : failure));
  };
  Schedule schedule(report);
  add_jobs(schedule, context, options, store, config, fleet, kpis, drift);
  if (alarms != nullptr) {
    config.on_change([=](const config::Config& now) { alarms->configure(now); });
    schedule.every(kLookPeriod, "alerts", [&, alarms] {
      alarms->look(fleet.views(), slot.fault(), status());
      return Result<void>();
    });
    watch_upkeep(schedule, context.home, store, config, kpis, alarms->center());
  }
  const bool monitors = options.roles.contains(StationRole::monitor);
  if (monitors) {
    schedule.every(kModelsPeriod, "models", [&] { return keeper.tick(); });
  }
  config.on_change([&](const config::Config& settings) { keeper.configure(settings); });
  schedule.start();
  const Upkeep upkeep(context, store, config,
                      monitors ? Upkeep::Backups::automatic : Upkeep::Backups::none, report);

  const api::ModelControl model_control{
      ground->models, registry::ProposalBook(context.home / "models"), context.home / "models",
      [&] {
        // Where another program monitors, it scores the challenger and saves what it found.
        return monitors ? keeper.shadow_json()
                        : saved_shadow_json(context, ground->models, config.current());
      },
      [&](const registry::Proposal& proposal) {
        const auto waits = waits_for(proposal, store, config.current().gate.min_samples);
        return waits.value_or("");  // It is a courtesy: the store's own faults are told elsewhere.
      }};

  const api::Shared shared{
      .program_version = context.version,
      .profile = ground->profile,
      .model = slot,
      .metrics = metrics,
      .log = log,
      .draining = [&] { return draining.load(); },
      .fleet = &fleet,
      .demo = (*inflow)->demo(),
      .store = &store,
      .events = &events,
      .kpis = &kpis,
      .drift = &drift_control,
      .upkeep = &upkeep.desk(),
      .station = status,
      .alerts = alarms ? &alarms->center() : nullptr,
      .models = &model_control,
      .audit = [&](const store::AuditEntry& entry) { write_audit(store, entry, log); }};
  api::ModelWatcher watcher(ground->models, options.model, slot, metrics, log);
  auto front = Front::open(
      context.home, options.servers,
      {options.roles.contains(StationRole::api), options.roles.contains(StationRole::dashboard)},
      shared, [&](const std::string& what) { log.add(RequestLog::Level::warning, what); });
  if (!front) return report_error(context, front.error());
  config.on_change([&](const config::Config& now) { (*front)->configure(now.server); });
  log.add(RequestLog::Level::info, "serving model " + ground->model->info().version);
  announce(context, (*front)->servers(), ground->model->info());
  const auto note_servers = [&] {
    const Servers& servers = (*front)->servers();
    const auto noted = use->announce(servers.api_url(), servers.dashboard_url(),
                                     fmt::format("{}", fmt::join(names_of(options.roles), ",")));
    if (!noted) log.add(RequestLog::Level::warning, noted.error().message);
  };
  note_servers();
  tell_service_manager("READY=1");

  serve(signals, config, watcher, slot, fleet, events, **front, note_servers);
  tell_service_manager("STOPPING=1");
  draining = true;
  log.add(RequestLog::Level::info, "stopping: answering what is under way");
  events.end();
  (*front)->stop();
  return exit_ok;
}

}  // namespace hvac::app
