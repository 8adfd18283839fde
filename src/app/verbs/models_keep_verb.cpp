#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <ostream>
#include <string>

#include "app/audit_log.h"
#include "app/equipment_change.h"
#include "app/gate_settings.h"
#include "app/operator_name.h"
#include "app/shadow_trial.h"
#include "app/store_of.h"
#include "app/verbs/models_command.h"
#include "app/verbs/models_text.h"
#include "app/verbs/verbs.h"
#include "base/iso_time.h"
#include "base/json.h"
#include "config/config.h"
#include "registry/proposals.h"
#include "telemetry/fields.h"

/// What is kept of models, what is thrown away, and what is proposed.
namespace hvac::app {
namespace {

namespace json = boost::json;
using registry::Registry;
using registry::Version;

struct Options {
  std::string version;
  std::string reason;
  std::int64_t keep = 0;
  std::int64_t id = 0;
  bool dry_run = false;
  std::string at;
};

int done(const Context& context, const std::string& action, const std::string& subject,
         const std::string& text, const Options& options) {
  note_audit(context, "models." + action, subject + ": " + options.reason);
  if (context.json) {
    *context.out << json_text({{"done", action}, {"version", subject}}, JsonLayout::pretty);
  } else {
    *context.out << text << "\n";
  }
  return exit_ok;
}

using Step = Result<void> (Registry::*)(Version, const registry::Provenance&);

// A step that concerns one version.
int take(const Context& context, const Options& options, const std::string& action, Step step,
         const std::string& outcome) {
  Registry models = registry_of(context);
  const auto version = find_version(models, options.version);
  if (!version) return report_error(context, version.error());
  if (auto taken = (models.*step)(*version, made_for(options.reason)); !taken) {
    return report_error(context, taken.error());
  }
  const std::string name = registry::text(*version);
  return done(context, action, name, name + outcome, options);
}

int prune(const Context& context, const Options& options) {
  const auto settings = config::read_config(config::config_file(context.home));
  if (!settings) return report_error(context, settings.error());
  const auto keep =
      static_cast<std::size_t>(options.keep > 0 ? options.keep : settings->models.keep);
  Registry models = registry_of(context);
  const auto removed =
      options.dry_run ? models.prunable(keep) : models.prune(keep, made_for(options.reason));
  if (!removed) return report_error(context, removed.error());
  json::array names;
  std::string text;
  for (const Version version : *removed) {
    names.emplace_back(registry::text(version));
    text += (text.empty() ? "" : ", ") + registry::text(version);
  }
  if (!options.dry_run && !removed->empty()) {
    note_audit(context, "models.prune", text + ": " + options.reason);
  }
  if (context.json) {
    *context.out << json_text(
        json::object{{"removed", std::move(names)}, {"dry_run", options.dry_run}, {"keep", keep}},
        JsonLayout::pretty);
  } else if (text.empty()) {
    *context.out << "nothing to remove: no more than " << keep << " versions, or all are in use\n";
  } else {
    *context.out << (options.dry_run ? "would remove " : "removed ") << text << "\n";
  }
  return exit_ok;
}

int start_shadow(const Context& context, const Options& options) {
  Registry models = registry_of(context);
  const auto version = find_sound_version(models, options.version);
  if (!version) return report_error(context, version.error());
  return take(context, options, "shadow_start", &Registry::start_shadow,
              " runs in shadow: it predicts beside the current model, and nobody sees it");
}

int stop_shadow(const Context& context, const Options& options) {
  Registry models = registry_of(context);
  const auto version = models.stop_shadow(made_for(options.reason));
  if (!version) return report_error(context, version.error());
  const std::string name = registry::text(*version);
  return done(context, "shadow_stop", name, name + " does not run in shadow any more", options);
}

int show_shadow(const Context& context) {
  const auto settings = config::read_config(config::config_file(context.home));
  if (!settings) return report_error(context, settings.error());
  const auto trial = saved_trial(context.home, registry_of(context));
  if (!trial) return report_error(context, trial.error());
  const TimePoint now = system_clock()();
  if (context.json) {
    *context.out << json_text(shadow_json(*trial, *settings, now), JsonLayout::pretty);
  } else {
    *context.out << shadow_text(*trial, *settings, now);
  }
  return exit_ok;
}

/// What each proposal waits for, "" for nothing. The store is asked only when a change of the
/// equipment is open.
Result<std::vector<std::string>> waits_of(const Context& context,
                                          const std::vector<registry::Proposal>& proposals) {
  std::vector<std::string> waits(proposals.size());
  const auto limits = gate_limits(context);
  if (!limits) return fail(limits.error());
  for (std::size_t i = 0; i < proposals.size(); ++i) {
    const registry::Proposal& p = proposals[i];
    if (p.since.empty() || p.state != registry::ProposalState::open) continue;
    const auto store = open_store(context);
    if (!store) return fail(store.error());
    auto text = waits_for(p, **store, limits->min_samples);
    if (!text) return fail(text.error());
    waits[i] = std::move(*text);
  }
  return waits;
}

int list_proposals(const Context& context, const Options&) {
  const auto proposals = registry::ProposalBook(context.home / "models").all();
  if (!proposals) return report_error(context, proposals.error());
  const auto waits = waits_of(context, *proposals);
  if (!waits) return report_error(context, waits.error());
  if (context.json) {
    json::array list;
    for (std::size_t i = 0; i < proposals->size(); ++i) {
      json::object object = registry::proposal_json((*proposals)[i]);
      if (!(*waits)[i].empty()) object["waits_for"] = (*waits)[i];
      list.push_back(std::move(object));
    }
    *context.out << json_text(json::object{{"proposals", std::move(list)}}, JsonLayout::pretty);
    return exit_ok;
  }
  if (proposals->empty()) *context.out << "nothing was proposed yet\n";
  for (std::size_t i = 0; i < proposals->size(); ++i) {
    const registry::Proposal& p = (*proposals)[i];
    const std::string& wait = (*waits)[i];
    *context.out << fmt::format("{:>4}  {:<9} {:<8} {:<6} {:<10} {:<25} {}{}\n", p.id,
                                name(p.state), name(p.kind),
                                p.version ? registry::text(*p.version) : "", p.trigger, p.time,
                                p.text, wait.empty() ? "" : "; waits for more: " + wait);
  }
  return exit_ok;
}

int accept(const Context& context, const Options& options) {
  Registry models = registry_of(context);
  registry::ProposalBook book(context.home / "models");
  const auto accepted =
      registry::accept_proposal(models, book, options.id, made_for(options.reason));
  if (!accepted) return report_error(context, accepted.error());
  const std::string what = accepted->version
                               ? registry::text(*accepted->version) + " is now the current model"
                               : "accepted; `hvac-twin retrain` does it";
  return done(context, "proposal_accept", std::to_string(options.id), what, options);
}

int reject(const Context& context, const Options& options) {
  registry::ProposalBook book(context.home / "models");
  const auto closed =
      book.close(options.id, registry::ProposalState::rejected, operator_name(), options.reason);
  if (!closed) return report_error(context, closed.error());
  return done(context, "proposal_reject", std::to_string(options.id), "rejected", options);
}

/// When the equipment was changed. Whatever is stored by now was measured before, however fast the
/// clock of the cooler runs (or the demo's time).
Result<TimePoint> time_of_change(const Context& context, const std::string& at) {
  const auto store = open_store(context);
  if (!store) return fail(store.error());
  const auto assets = (*store)->assets();
  if (!assets) return fail(assets.error());
  TimePoint now = system_clock()();
  for (const store::AssetSummary& asset : *assets) {
    now = std::max(now, asset.last + std::chrono::milliseconds(1));
  }
  if (at.empty()) return now;
  const auto time = telemetry::parse_iso_time(at);
  if (!time || *time > now) {
    return fail(ErrorCode::invalid_argument,
                "--at \"" + at + "\" is no past time such as 2026-11-24T08:15:00Z");
  }
  return *time;
}

int mark_equipment(const Context& context, const Options& options) {
  const auto at = time_of_change(context, options.at);
  if (!at) return report_error(context, at.error());
  const auto limits = gate_limits(context);
  if (!limits) return report_error(context, limits.error());
  registry::ProposalBook book(context.home / "models");
  const auto id = mark_equipment_change(book, options.reason, *at, operator_name());
  if (!id) return report_error(context, id.error());
  return done(context, "mark_equipment_change", std::to_string(*id),
              fmt::format("proposal {}: retrain once {} samples of the changed equipment are there "
                          "(gate.min_samples), from what was measured since {} alone",
                          *id, limits->min_samples, iso_text(*at)),
              options);
}

// Each of these takes a reason.
template <class Command>
Added<Options> add(CLI::App& parent, const char* name, const char* help, Context& context,
                   Action& action, Command command) {
  const auto added = add_command<Options>(parent, name, help, context, action, command);
  added.verb->add_option("--reason", added.options->reason, "Why, for the history");
  return added;
}

void add_steps(CLI::App& models, Context& context, Action& action) {
  struct Line {
    const char* verb;
    const char* help;
    Step step;
    const char* outcome;
  };
  const Line lines[] = {
      {"pin", "Keep a version from being archived or removed", &Registry::pin, " is pinned"},
      {"unpin", "Let it go again", &Registry::unpin, " is no longer pinned"},
      {"archive", "Put a version aside that is not in use", &Registry::archive, " is archived"},
      {"restore", "Bring an archived version back", &Registry::restore, " is back"},
  };
  for (const Line& line : lines) {
    const auto added = add(models, line.verb, line.help, context, action,
                           [line](const Context& c, const Options& o) {
                             return take(c, o, line.verb, line.step, line.outcome);
                           });
    added.verb->add_option("version", added.options->version, "Version")->required();
  }
}

}  // namespace

void add_models_keep(CLI::App& root, Context& context, Action& action) {
  CLI::App& models = *root.get_subcommand("models");
  add_steps(models, context, action);
  const auto pruned = add(models, "prune",
                          "Remove the oldest versions; never the current, the previous, a pinned "
                          "one or the challenger",
                          context, action, prune);
  pruned.verb->add_option("--keep", pruned.options->keep, "How many to keep (default: models.keep)")
      ->check(CLI::Range(2, 10'000));
  pruned.verb->add_flag("--dry-run", pruned.options->dry_run, "Only say what would be removed");

  CLI::App* shadow = models.add_subcommand("shadow", "A challenger on live telemetry");
  shadow->require_subcommand(1);
  shadow->fallthrough();
  const auto start = add(*shadow, "start", "Run a version beside the current model", context,
                         action, start_shadow);
  start.verb->add_option("version", start.options->version, "Version")->required();
  add(*shadow, "stop", "End it", context, action, stop_shadow);
  CLI::App* show = shadow->add_subcommand(
      "show", "Both side by side, as the running program scored them a few seconds ago");
  show->callback([&context, &action] { action = [&context] { return show_shadow(context); }; });

  CLI::App* proposals = models.add_subcommand("proposals", "What the program proposes");
  proposals->require_subcommand(1);
  proposals->fallthrough();
  add(*proposals, "list", "All of them, oldest first", context, action, list_proposals);
  const auto yes = add(*proposals, "accept", "Do it", context, action, accept);
  yes.verb->add_option("id", yes.options->id, "Number")->required();
  const auto no = add(*proposals, "reject", "Do not", context, action, reject);
  no.verb->add_option("id", no.options->id, "Number")->required();
  const auto mark = add(
      models, "mark-equipment-change",
      "Say that sensors or the cooler were changed (--reason: what): it proposes to retrain, and "
      "retraining learns from what is measured from then on",
      context, action, mark_equipment);
  mark.verb->add_option("--at", mark.options->at, "When, 2026-11-24T08:15:00Z (default: now)");
}

}  // namespace hvac::app
