#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <thread>

#include "api/view_json.h"
#include "app/profile.h"
#include "app/verbs/verbs.h"
#include "base/iso_time.h"
#include "base/json.h"
#include "config/config.h"
#include "live/fleet.h"
#include "live/replay.h"
#include "registry/load_model.h"
#include "registry/registry.h"
#include "store/open.h"
#include "telemetry/fields.h"

namespace hvac::app {
namespace {

struct Options {
  std::string file;
  std::string from;
  std::string to;
  std::string asset = "cooler-1";
  std::string store;
  std::string into;
  std::string output;
  std::string model = "current";
  double speed = 0.0;
};

/// Keeps the telemetry's time at `speed` times real time; not at all when that is 0.
live::Pace pace_of(double speed, const Progress& progress) {
  using SteadyClock = std::chrono::steady_clock;
  struct Start {
    TimePoint told;
    SteadyClock::time_point real;
  };
  auto start = std::make_shared<std::optional<Start>>();
  return [speed, start, &progress](TimePoint next) {
    if (speed <= 0.0) return true;
    if (!*start) *start = Start{next, SteadyClock::now()};
    const std::chrono::duration<double> told = next - (*start)->told;
    const auto due =
        (*start)->real + std::chrono::duration_cast<SteadyClock::duration>(told / speed);
    while (SteadyClock::now() < due) {
      if (!progress(0.0, "waiting")) return false;
      std::this_thread::sleep_until(
          std::min(due, SteadyClock::now() + std::chrono::milliseconds(100)));
    }
    return true;
  };
}

/// One JSON object a line: what each sample meant.
class OutcomeFile {
 public:
  Result<void> open(const std::string& path) {
    if (path.empty()) return {};
    file_.open(path, std::ios::binary | std::ios::trunc);
    if (!file_) return fail(ErrorCode::unavailable, "cannot write " + path);
    return {};
  }
  void add(const live::AssetView& view) {
    if (!file_.is_open()) return;
    live::AssetView shown = view;
    shown.received = shown.outcome.time;  // When it is replayed is no part of what it meant.
    std::string text;
    api::JsonWriter json(text);
    api::write_view(json, shown);
    file_ << text << "\n";
  }
  Result<void> close(const std::string& path) {
    if (path.empty()) return {};
    file_.close();
    if (!file_) return fail(ErrorCode::unavailable, "cannot write " + path);
    return {};
  }

 private:
  std::ofstream file_;
};

Result<TimePoint> time_in(const std::string& text, TimePoint otherwise, std::string_view option) {
  if (text.empty()) return otherwise;
  const auto time = telemetry::parse_time(text);
  if (!time) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} {} is no ISO 8601 time and no epoch", option, text));
  }
  return *time;
}

int report(const Context& context, const boost::json::object& summary) {
  if (context.json) {
    *context.out << json_text(summary, JsonLayout::pretty);
    return exit_ok;
  }
  for (const auto& member : summary) {
    const auto& value = member.value();
    *context.out << std::string(member.key()) << ": "
                 << (value.is_string() ? std::string(value.get_string()) : json_text(value))
                 << "\n";
  }
  return exit_ok;
}

int replay_file(const Context& context, const Options& options) {
  const auto profile = load_profile(context);
  if (!profile) return report_error(context, profile.error());
  const auto model =
      registry::load_model(registry::Registry(context.home / "models"), options.model);
  if (!model) return report_error(context, model.error());
  std::unique_ptr<store::Store> store = store::open_memory();
  if (!options.into.empty()) {
    auto opened = store::open_store(options.into, {});
    if (!opened) return report_error(context, opened.error());
    store = std::move(*opened);
  }
  OutcomeFile output;
  if (auto opened = output.open(options.output); !opened) {
    return report_error(context, opened.error());
  }
  std::map<std::string, std::uint64_t> findings;
  live::Fleet fleet(*profile, *model, *store);
  fleet.listen([&](std::span<const live::ViewPointer> views) {
    for (const live::ViewPointer& view : views) {
      output.add(*view);
      for (const auto& finding : view->outcome.findings)
        ++findings[std::string(name(finding.kind))];
    }
  });
  const Progress progress = progress_bar(context);
  live::FileReplay replay{.file = options.file, .asset = {options.asset}};
  if (options.speed > 0.0) replay.batch = 1;
  const auto done =
      live::replay_file(replay, *profile, fleet, pace_of(options.speed, progress), progress);
  if (!done) return report_error(context, done.error());
  if (auto closed = output.close(options.output); !closed) {
    return report_error(context, closed.error());
  }
  boost::json::object found;
  for (const auto& [kind, n] : findings) found[kind] = n;
  return report(context, {{"asset", options.asset},
                          {"model_version", (*model)->info().version},
                          {"readings", done->readings},
                          {"skipped", done->skipped},
                          {"samples", fleet.metrics().samples_stored.load()},
                          {"outcomes", fleet.metrics().outcomes.load()},
                          {"samples_with_finding", found}});
}

int replay_stored(const Context& context, const Options& options) {
  const auto profile = load_profile(context);
  if (!profile) return report_error(context, profile.error());
  const auto config = config::read_config(config::config_file(context.home));
  if (!config) return report_error(context, config.error());
  const auto from = time_in(options.from, TimePoint{}, "--from");
  const auto to = time_in(options.to, TimePoint{std::chrono::years{278}}, "--to");
  if (!from) return report_error(context, from.error());
  if (!to) return report_error(context, to.error());
  const auto store = store::open_store(options.store.empty() ? config->store.url : options.store,
                                       context.home / "data" / "telemetry.db");
  if (!store) return report_error(context, store.error());
  OutcomeFile output;
  if (auto opened = output.open(options.output); !opened) {
    return report_error(context, opened.error());
  }
  const registry::Registry models(context.home / "models");
  std::map<std::string, live::ModelPointer> loaded;
  const live::ModelOf model_of = [&](const std::string& version) -> Result<live::ModelPointer> {
    const auto found = loaded.find(version);
    if (found != loaded.end()) return found->second;
    auto model = registry::load_model(models, version);
    if (model) loaded.emplace(version, *model);
    return model;
  };
  const Progress progress = progress_bar(context);
  const auto done = live::replay_stored(
      {{options.asset}, {*from, *to}}, **store, *profile, model_of,
      [&](const live::ViewPointer& view) { output.add(*view); }, pace_of(options.speed, progress),
      progress);
  if (!done) return report_error(context, done.error());
  if (auto closed = output.close(options.output); !closed) {
    return report_error(context, closed.error());
  }
  boost::json::object summary{{"asset", options.asset},
                              {"outcomes", done->stepped},
                              {"same", done->same},
                              {"different", done->different}};
  if (done->first_different) {
    summary["first_different"] = iso_text(*done->first_different);
    summary["first_different_series"] = done->first_series;
  }
  report(context, summary);
  return done->different == 0 ? exit_ok : exit_failed;
}

}  // namespace

void add_ingest(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand("ingest", "Telemetry into the twin");
  verb->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* replay = verb->add_subcommand(
      "replay",
      "Send a telemetry file, or what is stored, through the twin again. A stored period is "
      "compared with the outcomes that are stored (exit 1: they differ)");
  CLI::Option* file = replay->add_option("file", options->file,
                                         "Telemetry as CSV; without it what "
                                         "is stored is replayed");
  replay->add_option("--from", options->from, "Begin of the stored period that is compared")
      ->excludes(file);
  replay->add_option("--to", options->to, "Its end")->excludes(file);
  replay->add_option("--asset", options->asset, "Which cooler it is")->capture_default_str();
  replay->add_option("--store", options->store, "Where it is stored (default: as `run`)")
      ->excludes(file);
  replay
      ->add_option("--into", options->into,
                   "Of a file: store that gets samples and outcomes (default: none keeps them)")
      ->needs(file);
  replay->add_option("--model", options->model, "Of a file: the model")->capture_default_str();
  replay->add_option("--output", options->output,
                     "File for what each sample meant, a JSON object a line");
  replay->add_option("--speed", options->speed, "Times real time; 0: as fast as it goes")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  replay->callback([&context, &action, options] {
    action = [&context, options] {
      return options->file.empty() ? replay_stored(context, *options)
                                   : replay_file(context, *options);
    };
  });
}

}  // namespace hvac::app
