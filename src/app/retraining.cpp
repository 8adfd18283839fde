#include "app/retraining.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <optional>

#include "app/audit_log.h"
#include "app/data_text.h"
#include "app/equipment_change.h"
#include "app/gate_settings.h"
#include "app/operator_name.h"
#include "app/profile.h"
#include "app/retraining_log.h"
#include "app/retraining_state.h"
#include "app/store_of.h"
#include "app/stored_telemetry.h"
#include "app/training_data.h"
#include "base/file_lock.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/iso_time.h"
#include "base/json.h"
#include "config/config.h"
#include "registry/load_model.h"
#include "registry/proposals.h"
#include "registry/verdicts.h"
#include "telemetry/prepare.h"
#include "training/train.h"
#include "training/validate.h"

namespace hvac::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::string_view kCollect = "collect";
constexpr std::string_view kPrepare = "prepare";
constexpr std::string_view kTrain = "train";
constexpr std::string_view kValidate = "validate";
constexpr std::string_view kRegister = "register";
constexpr std::string_view kDecide = "decide";

std::string_view name(WhenAccepted then) {
  switch (then) {
    case WhenAccepted::propose:
      return "propose";
    case WhenAccepted::promote:
      return "promote";
    case WhenAccepted::shadow:
      break;
  }
  return "shadow";
}

/// What a retraining is about: two with the same text do the same.
Result<std::string> inputs_of(const RetrainingOptions& options, const LearnFrom& from) {
  std::string text = fmt::format("store={} then={} seed={} rounds={}", options.from_store,
                                 name(options.then), options.fit.seed, options.fit.trees.rounds);
  if (from.limited()) text += " since=" + iso_text(from.since);
  for (const fs::path& file : options.new_data) {
    const auto hash = sha256_file(file);
    if (!hash) return fail(hash.error());
    text += " " + *hash;
  }
  return text;
}

/// " since 2026-...Z (why)"; empty when all telemetry is learned from.
std::string since_text(const LearnFrom& from) {
  return from.limited() ? fmt::format(" since {} ({})", iso_text(from.since), from.why) : "";
}

/// One retraining under way.
class Retraining {
 public:
  Retraining(const Context& context, const RetrainingOptions& options, LearnFrom from,
             RetrainingState state, training::GateLimits limits,
             std::shared_ptr<const telemetry::AssetProfile> profile,
             const std::function<void(std::string_view)>& tell)
      : context_(context),
        options_(options),
        from_(std::move(from)),
        state_(std::move(state)),
        limits_(limits),
        profile_(std::move(profile)),
        models_(context.home / "models"),
        proposals_(context.home / "models"),
        tell_(tell) {}

  Result<RetrainingResult> run(const Progress& progress) {
    if (state_.resumed()) tell_("going on with retraining " + state_.id());
    const auto steps = {&Retraining::collect,  &Retraining::prepare,        &Retraining::train,
                        &Retraining::validate, &Retraining::register_model, &Retraining::decide};
    const double parts[] = {0.0, 0.05, 0.1, 0.85, 0.97, 0.99, 1.0};  // Shares of the work.
    std::size_t i = 0;
    for (const auto step : steps) {
      if (auto done = (this->*step)(part_of(progress, parts[i], parts[i + 1])); !done) {
        return fail(done.error());
      }
      ++i;
    }
    return finish();
  }

 private:
  Result<void> collect(const Progress& progress);
  Result<void> prepare(const Progress& progress);
  Result<void> train(const Progress& progress);
  Result<void> validate(const Progress& progress);
  Result<void> register_model(const Progress& progress);
  Result<void> decide(const Progress& progress);
  Result<RetrainingResult> finish();

  Result<training::Dataset> load(const Progress& progress) const;

  const Context& context_;
  const RetrainingOptions& options_;
  const LearnFrom from_;
  RetrainingState state_;
  training::GateLimits limits_;
  std::shared_ptr<const telemetry::AssetProfile> profile_;
  registry::Registry models_;
  registry::ProposalBook proposals_;
  const std::function<void(std::string_view)>& tell_;
};

Result<void> Retraining::collect(const Progress& progress) {
  if (state_.done(kCollect)) return {};
  json::array sources;
  const auto add = [&](const fs::path& file, const char* from) {
    sources.push_back({{"file", fs::absolute(file).string()}, {"from", from}});
  };
  if (fs::exists(training_data_file(context_)))
    add(training_data_file(context_), "earlier training");
  if (options_.from_store) {
    const auto store = open_store(context_);
    if (!store) return fail(store.error());
    const auto stored = export_samples(**store, state_.folder(), profile_, from_.since, progress);
    if (!stored) return fail(stored.error());
    for (const StoredTelemetry& telemetry : *stored) add(telemetry.file, "store");
  }
  for (const fs::path& file : options_.new_data) add(file, "new data");
  if (sources.empty()) {
    return fail(ErrorCode::rejected,
                "there is nothing to learn from: no --new-data, no earlier training data in " +
                    training_data_file(context_).string() + ", and no telemetry in the store");
  }
  tell_(fmt::format("collected {} source(s) of telemetry", sources.size()));
  if (from_.limited()) tell_("learning from what was measured" + since_text(from_));
  return state_.finish(kCollect, {{"sources", std::move(sources)}});
}

Result<void> Retraining::prepare(const Progress& progress) {
  if (state_.done(kPrepare)) return {};
  std::vector<fs::path> sources;
  for (const json::value& source : state_.of(kCollect).at("sources").as_array()) {
    sources.emplace_back(text_at(source.as_object(), "file"));
  }
  telemetry::PrepareOptions options;
  options.least_samples = 0;  // Judged below, by the gate's limit.
  options.since = from_.since;
  const fs::path output = state_.folder() / "data.csv";
  const auto prepared = telemetry::prepare(sources, output, profile_, options, progress);
  if (!prepared) return fail(prepared.error());
  if (prepared->samples < limits_.min_samples) {
    return fail(
        ErrorCode::rejected,
        fmt::format("{} usable samples ({} different instants){}; retraining needs at "
                    "least {} (gate.min_samples)",
                    prepared->samples, prepared->rows, since_text(from_), limits_.min_samples));
  }
  const auto provenance = provenance_json(*prepared, output, *profile_);
  if (!provenance) return fail(provenance.error());
  if (auto written = write_file_atomically(telemetry::provenance_file(output),
                                           json_text(*provenance, JsonLayout::pretty));
      !written) {
    return written;
  }
  tell_(fmt::format("prepared {} usable samples, {} instants in {} recordings", prepared->samples,
                    prepared->rows, prepared->recordings));
  return state_.finish(
      kPrepare, {{"data", output.string()},
                 {"samples", prepared->samples},
                 {"instants", prepared->rows},
                 {"recordings", prepared->recordings},
                 {"since", from_.limited() ? json::value(iso_text(from_.since)) : json::value()},
                 {"since_why", from_.why}});
}

Result<training::Dataset> Retraining::load(const Progress& progress) const {
  return training::load_dataset(text_at(state_.of(kPrepare), "data"), profile_, progress);
}

Result<void> Retraining::train(const Progress& progress) {
  if (state_.done(kTrain)) return {};
  const auto data = load(part_of(progress, 0.0, 0.02));
  if (!data) return fail(data.error());
  tell_("training: five folds for honest scores and the audit, then the model");
  const auto trained = training::train(*data, "telemetry", iso_time_now(), options_.fit,
                                       part_of(progress, 0.02, 1.0));
  if (!trained) return fail(trained.error());
  const auto files = twin::bundle_files(trained->parts);
  if (!files) return fail(files.error());
  const fs::path bundle = state_.folder() / "bundle";
  std::error_code error;
  fs::remove_all(bundle, error);  // What an interruption left of it.
  const auto written = registry::write_bundle(
      bundle, *files, {operator_name(), options_.reason, data->source, data->sha256},
      trained->parts.info.created);
  if (!written) return fail(written.error());
  return state_.finish(kTrain, {{"bundle", bundle.string()},
                                {"bytes", written->bytes},
                                {"first_time", data->first_time},
                                {"last_time", data->last_time},
                                {"data_sha256", data->sha256}});
}

Result<void> Retraining::validate(const Progress& progress) {
  if (state_.done(kValidate)) return {};
  const auto loaded = registry::load_with_manifest(models_, text_at(state_.of(kTrain), "bundle"));
  if (!loaded) return fail(loaded.error());
  std::optional<training::Incumbent> against;
  const auto current = models_.current();
  if (!current) return fail(current.error());
  if (*current) {
    auto model = registry::load_model(models_, "current");
    if (!model) return fail(model.error());
    against = training::Incumbent{std::move(*model), registry::text(**current)};
  }
  const auto data = load(part_of(progress, 0.0, 0.3));
  if (!data) return fail(data.error());
  const auto evidence =
      training::gather_evidence({loaded->model, "the new model", loaded->manifest.bytes}, against,
                                *data, limits_.confidence, part_of(progress, 0.3, 1.0));
  if (!evidence) return fail(evidence.error());
  const training::Verdict verdict = training::decide(*evidence, limits_);
  tell_(verdict.accepted() ? "the gate accepts the new model" : "the gate rejects the new model");
  return state_.finish(kValidate, training::verdict_json(*evidence, verdict));
}

Result<void> Retraining::register_model(const Progress&) {
  if (state_.done(kRegister)) return {};
  const json::object& verdict = state_.of(kValidate);
  if (!verdict.at("accepted").as_bool()) return state_.finish(kRegister, {{"version", ""}});
  const json::object& trained = state_.of(kTrain);
  const auto bundle = registry::read_bundle(text_at(trained, "bundle"));
  if (!bundle) return fail(bundle.error());
  const auto version = models_.register_candidate(bundle->files, bundle->manifest.provenance);
  if (!version) return fail(version.error());
  if (auto saved = registry::save_verdict(context_.home / "models", *version,
                                          json_text(verdict, JsonLayout::pretty));
      !saved) {
    return saved;
  }
  tell_("registered as " + registry::text(*version));
  return state_.finish(kRegister, {{"version", registry::text(*version)}});
}

/// Proposes, promotes or starts the shadow of an accepted version. Returns the decision in words.
Result<std::string> carry_out(const Context& context, registry::Registry& models,
                              registry::ProposalBook& book, registry::Version version,
                              const RetrainingOptions& options, const std::string& id) {
  const std::string name = registry::text(version);
  const auto current = models.current();
  if (!current) return fail(current.error());
  if (*current == version) return "Deploy new models: " + name + " is current";
  const registry::Provenance why{operator_name(), "retraining " + id, "", ""};
  if (options.then == WhenAccepted::promote) {
    if (auto done = models.promote(version, why); !done) return fail(done.error());
    return "Deploy new models: " + name + " is current";
  }
  if (options.then == WhenAccepted::shadow) {
    const auto challenger = models.challenger();
    if (!challenger) return fail(challenger.error());
    if (*challenger != version) {
      if (auto done = models.start_shadow(version, why); !done) return fail(done.error());
    }
    const auto settings = config::read_config(config::config_file(context.home));
    if (!settings) return fail(settings.error());
    return "Run " + name + " in shadow; " +
           (settings->retrain.automatic
                ? "it is promoted by itself when it keeps what it promises"
                : "`hvac-twin models shadow show` compares, `models promote " + name +
                      "` deploys it");
  }
  const auto proposal =
      book.open({registry::ProposalKind::promote, "retraining",
                 "retraining " + id + ": the gate accepts " + name, version, operator_name()});
  if (!proposal) return fail(proposal.error());
  return fmt::format("Propose {} (proposal {}); `hvac-twin models proposals accept {}` deploys it",
                     name, *proposal, *proposal);
}

fs::path log_file(const Context& context, const std::string& id) {
  return context.home / "maintenance" / ("retraining_" + id + ".txt");
}

/// Writes the retraining's entry into the audit: `line` begins with whose it is. One that was
/// resumed may have written it before it was interrupted.
Result<void> record_once(const Context& context, bool resumed, const std::string& id,
                         const std::string& line) {
  if (resumed) {
    const auto there = in_audit(context, "retrain", audit_name(id));
    if (!there) return fail(there.error());
    if (*there) return {};
  }
  return write_audit(context, "retrain", line);
}

/// There is nothing to train on: said where the outcome of a training would be.
Result<void> record_refusal(const Context& context, bool resumed, const std::string& id,
                            const std::string& reason, const std::string& why) {
  const std::string log = refusal_log(iso_time_now(), operator_name(), reason, why);
  if (auto written = write_file_atomically(log_file(context, id), log); !written) return written;
  return record_once(context, resumed, id,
                     audit_name(id) + " decision: " + kKeepModels + "; " + why);
}

/// Closes what had been proposed to do: retraining. A change of the equipment is answered by a
/// model that was accepted and learned from after it alone.
Result<void> answer_proposals(registry::ProposalBook& book, const LearnFrom& from, bool accepted,
                              const std::string& note) {
  const auto proposals = book.all();
  if (!proposals) return fail(proposals.error());
  for (const registry::Proposal& p : *proposals) {
    const bool answered =
        p.kind == registry::ProposalKind::retrain && p.state == registry::ProposalState::open &&
        (p.since.empty() || (accepted && from.limited() && p.since <= iso_text(from.since)));
    if (!answered) continue;
    const auto closed = book.close(p.id, registry::ProposalState::accepted, operator_name(), note);
    if (!closed && closed.error().code != ErrorCode::conflict) return fail(closed.error());
  }
  return {};
}

// Done again after a crash in the middle of it, it finds what is done already.
Result<void> Retraining::decide(const Progress&) {
  if (state_.done(kDecide)) return {};
  std::string decision = kKeepModels;
  const bool accepted = state_.of(kValidate).at("accepted").as_bool();
  if (accepted) {
    const auto version = registry::parse_version(text_at(state_.of(kRegister), "version"));
    auto carried_out = carry_out(context_, models_, proposals_,
                                 version.value_or(registry::Version{}), options_, state_.id());
    if (!carried_out) return fail(carried_out.error());
    decision = std::move(*carried_out);
    // The next retraining learns from what this one did.
    const fs::path data = text_at(state_.of(kPrepare), "data");
    for (const auto& [from, to] :
         {std::pair(data, training_data_file(context_)),
          std::pair(telemetry::provenance_file(data),
                    telemetry::provenance_file(training_data_file(context_)))}) {
      const auto bytes = read_file(from);
      if (!bytes) return fail(bytes.error());
      if (auto kept = write_file_atomically(to, *bytes); !kept) return kept;
    }
  }
  const std::string note = "retraining " + state_.id() + ": " + decision;
  if (auto answered = answer_proposals(proposals_, from_, accepted, note); !answered)
    return answered;
  return state_.finish(kDecide, {{"decision", decision}});
}

Result<RetrainingResult> Retraining::finish() {
  RetrainingResult result;
  result.id = state_.id();
  const json::object& verdict = state_.of(kValidate);
  result.accepted = verdict.at("accepted").as_bool();
  result.version = text_at(state_.of(kRegister), "version");
  for (const json::value& reason : verdict.at("reasons").as_array()) {
    result.reasons.emplace_back(reason.as_string());
  }
  result.decision = text_at(state_.of(kDecide), "decision");
  const RetrainingFacts facts{.id = result.id,
                              .finished = iso_time_now(),
                              .engineer = operator_name(),
                              .decision = result.decision,
                              .version = result.version,
                              .reason = options_.reason,
                              .prepared = state_.of(kPrepare),
                              .trained = state_.of(kTrain),
                              .verdict = verdict};
  result.log = retraining_log(facts);
  result.json = json_text(retraining_json(facts), JsonLayout::pretty);
  result.log_file = log_file(context_, result.id);
  if (auto written = write_file_atomically(result.log_file, result.log); !written) {
    return fail(written.error());
  }
  if (auto written = write_file_atomically(state_.folder() / "result.json", result.json);
      !written) {
    return fail(written.error());
  }
  if (auto noted = record_once(context_, state_.resumed(), result.id, retraining_line(facts));
      !noted) {
    return fail(noted.error());
  }
  if (auto closed = state_.close(); !closed) return fail(closed.error());
  std::error_code ignored;  // A bundle that is registered, and copies of data that are kept.
  for (const auto& entry : fs::directory_iterator(state_.folder(), ignored)) {
    if (entry.path().filename() != "result.json") fs::remove_all(entry.path(), ignored);
  }
  return result;
}

}  // namespace

Result<RetrainingResult> retrain(const Context& context, const RetrainingOptions& options,
                                 const Progress& progress,
                                 const std::function<void(std::string_view)>& tell) {
  const fs::path folder = context.home / "retraining";
  if (auto made = make_folder(folder); !made) return fail(made.error());
  const auto lock = try_lock_file(folder / ".lock");
  if (!lock) {
    return fail(lock.error().code, lock.error().code == ErrorCode::conflict
                                       ? "another retraining of this instance is under way"
                                       : lock.error().message);
  }
  const auto limits = gate_limits(context);
  if (!limits) return fail(limits.error());
  const auto profile = load_profile(context);
  if (!profile) return fail(profile.error());
  const auto from = learn_from(registry::ProposalBook(context.home / "models"), options.since);
  if (!from) return fail(from.error());
  const auto inputs = inputs_of(options, *from);
  if (!inputs) return fail(inputs.error());
  if (options.restart) {
    if (auto discarded = RetrainingState::discard(folder); !discarded) {
      return fail(discarded.error());
    }
  }
  auto state = RetrainingState::open(folder, *inputs, iso_time_now());
  if (!state) return fail(state.error());
  const std::string id = state->id();
  const bool resumed = state->resumed();
  Retraining work(context, options, *from, std::move(*state), *limits, *profile, tell);
  auto result = work.run(progress);
  // Data that do not suffice will not do so when it is called again: nothing to resume.
  if (!result && result.error().code == ErrorCode::rejected) {
    if (auto told = record_refusal(context, resumed, id, options.reason, result.error().message);
        !told) {
      return fail(told.error());
    }
    if (auto discarded = RetrainingState::discard(folder); !discarded) {
      return fail(discarded.error());
    }
  }
  return result;
}

}  // namespace hvac::app
