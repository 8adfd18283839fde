#include "app/model_keeper.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <limits>
#include <map>

#include "app/equipment_change.h"
#include "base/files.h"
#include "base/iso_time.h"
#include "base/json.h"
#include "registry/load_model.h"
#include "registry/verdicts.h"
#include "telemetry/fields.h"

namespace hvac::app {
namespace {

namespace json = boost::json;
using registry::Change;
using registry::Version;

constexpr char kByItself[] = "hvac-twin";
/// After a retraining that led to no model.
constexpr std::chrono::hours kUntilNextTry{24};

std::filesystem::path models_of(const std::filesystem::path& home) { return home / "models"; }

TimePoint time_of(const std::string& iso) {
  return telemetry::parse_iso_time(iso).value_or(TimePoint{});
}

/// PSI of the tags that the newest drift report calls critical; none when there is no report.
std::map<std::string, double> critical_psi(const std::filesystem::path& home) {
  std::map<std::string, double> psi;
  const auto bytes = read_file(home / "monitoring" / "drift_report.json");
  const auto document = bytes ? parse_json(*bytes) : parse_json("{}");
  const json::object* root = document ? document->if_object() : nullptr;
  const json::value* features = root != nullptr ? root->if_contains("feature_drift") : nullptr;
  if (features == nullptr || !features->is_object()) return psi;
  for (const auto& member : features->get_object()) {
    const json::object* tag = member.value().if_object();
    const json::value* status = tag != nullptr ? tag->if_contains("status") : nullptr;
    const json::value* value = tag != nullptr ? tag->if_contains("psi") : nullptr;
    if (status == nullptr || value == nullptr || !status->is_string() || !value->is_number()) {
      continue;
    }
    std::string word(status->get_string());
    std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
    if (word == "critical") psi[std::string(member.key())] = value->to_number<double>();
  }
  return psi;
}

/// R2 and the target's variance with the fan on, as the model card says; NaN where it does not.
struct CardScore {
  double r2 = std::numeric_limits<double>::quiet_NaN();
  double variance = std::numeric_limits<double>::quiet_NaN();
};

CardScore card_score(const std::string& card, std::string_view target) {
  CardScore result;
  const auto document = parse_json(card);
  if (!document) return result;
  try {  // Boost.JSON's checked access throws where the document has another shape.
    const json::value& score = document->at("populations").at("fan_on").at(target).at("virtual");
    const double r2 = score.at("r2").to_number<double>();
    const double rmse = score.at("rmse").to_number<double>();
    result = {r2, rmse * rmse / (1.0 - r2)};
  } catch (const std::exception&) {
    return {};
  }
  return result;
}

training::TriggerLimits limits_of(const config::Config& settings) {
  return {.psi = settings.drift.psi_retrain,
          .min_r2_of_tracking = settings.retrain.min_r2_of_tracking,
          .schedule_days = settings.retrain.schedule_days,
          .season_starts = settings.retrain.season_starts,
          .quiet_days = settings.retrain.proposal_days};
}

}  // namespace

ModelKeeper::ModelKeeper(Options options, const config::Config& settings)
    : options_(std::move(options)),
      models_(models_of(options_.home), options_.clock),
      proposals_(models_of(options_.home), options_.clock),
      settings_(settings) {}

// A retraining goes on with its interrupted step when it is called again.
ModelKeeper::~ModelKeeper() {
  if (!child_) return;
  ::kill(*child_, SIGTERM);
  ::waitpid(*child_, nullptr, 0);
}

void ModelKeeper::configure(const config::Config& settings) {
  settings_.with([&](config::Config& current) { current = settings; });
}

void ModelKeeper::see(const live::AssetView& view) {
  scores_.with([&](Scores& scores) {
    scores.live.see(view.outcome, view.model_version);
    if (scores.trial) {
      scores.trial->see(view.asset, view.sample, view.outcome, view.model_version);
    }
  });
}

Result<void> ModelKeeper::tick() {
  if (auto told = tell_changes(); !told) return told;
  if (auto followed = follow_challenger(); !followed) return followed;
  if (auto saved = keep_trial(); !saved) return saved;
  const TimePoint now = options_.clock();
  await_retraining(now);
  if (now < next_check_) return {};
  const auto settings = settings_.with([](const config::Config& c) { return c; });
  next_check_ = now + std::chrono::seconds(settings.retrain.check_interval_s);
  if (auto proposed = propose(now); !proposed) return proposed;
  if (!settings.retrain.automatic) return {};
  if (auto promoted = promote_by_itself(now); !promoted) return promoted;
  return retrain_by_itself(now, settings.gate.min_samples);
}

Result<void> ModelKeeper::tell_changes() {
  const auto events = models_.history();
  if (!events) return fail(events.error());
  for (std::size_t i = told_.value_or(events->size()); i < events->size(); ++i) {
    if (options_.changed) options_.changed((*events)[i]);
  }
  told_ = events->size();
  return {};
}

Result<void> ModelKeeper::follow_challenger() {
  auto pair = shadow_pair(models_);
  if (!pair) return fail(pair.error());
  const bool same =
      pair->has_value() == followed_.has_value() && (!followed_ || followed_->same_trial(**pair));
  if (same) return {};
  std::optional<training::ShadowTrial> trial;
  if (*pair) {
    auto opened = open_trial(options_.home, models_, **pair);
    if (!opened) return fail(opened.error());
    trial = std::move(*opened);
    options_.log("model " + trial->challenger() + " runs in shadow beside " + trial->champion());
  }
  followed_ = std::move(*pair);
  scores_.with([&](Scores& scores) { scores.trial = std::move(trial); });
  return {};
}

Result<void> ModelKeeper::keep_trial() const {
  const std::string text = scores_.with([](const Scores& scores) {
    return scores.trial ? json_text(scores.trial->to_json()) : std::string();
  });
  return text.empty() ? Result<void>{} : save_trial(options_.home, text);
}

std::string ModelKeeper::shadow_json() const {
  const auto settings = settings_.with([](const config::Config& c) { return c; });
  // A copy, so that a report does not keep the twins waiting.
  const auto trial = scores_.with([](const Scores& scores) { return scores.trial; });
  return json_text(app::shadow_json(trial, settings, options_.clock()));
}

Result<training::TriggerFacts> ModelKeeper::facts(TimePoint now) const {
  training::TriggerFacts facts;
  facts.now = now;
  facts.psi = critical_psi(options_.home);
  const auto proposals = proposals_.all();
  if (!proposals) return fail(proposals.error());
  for (const registry::Proposal& proposal : *proposals) {
    if (proposal.kind != registry::ProposalKind::retrain) continue;
    facts.opened[proposal.trigger] = time_of(proposal.time);
    if (proposal.state == registry::ProposalState::open) {
      facts.closed.erase(proposal.trigger);
    } else {
      facts.closed[proposal.trigger] = time_of(proposal.closed_time);
    }
  }
  const auto current = models_.current();
  if (!current) return fail(current.error());
  if (!*current) return facts;
  const auto bundle = models_.read(**current);
  if (!bundle) return fail(bundle.error());
  facts.model_created = time_of(bundle->manifest.created);
  const auto card = bundle->files.find("card.json");
  for (std::size_t t = 0; t < telemetry::kTargetCount; ++t) {
    const std::string target(telemetry::kTargetNames[t]);
    const CardScore score =
        card == bundle->files.end() ? CardScore{} : card_score(card->second, target);
    if (!(score.variance > 0.0)) continue;
    const auto live = scores_.with([&](const Scores& scores) {
      return scores.live.model() == registry::text(**current)
                 ? scores.live.r2_with_fan_on(t, score.variance)
                 : training::LiveScores::TargetR2{};
    });
    facts.targets.push_back({target, score.r2, live});
  }
  return facts;
}

Result<void> ModelKeeper::propose(TimePoint now) {
  const auto seen = facts(now);
  if (!seen) return fail(seen.error());
  const auto limits = settings_.with([](const config::Config& c) { return limits_of(c); });
  for (const training::Trigger& trigger : training::due(*seen, limits)) {
    const auto before = proposals_.all();
    if (!before) return fail(before.error());
    const auto id = proposals_.open(
        {registry::ProposalKind::retrain, trigger.name, trigger.text, std::nullopt, kByItself});
    if (!id) return fail(id.error());
    if (*id <= static_cast<std::int64_t>(before->size())) continue;  // It was open already.
    record("models.propose", fmt::format("proposal {}: retrain: {}", *id, trigger.text));
  }
  return {};
}

/// What the retraining waits for, if anything: of a changed equipment enough must be known,
/// whatever else it was proposed for.
Result<std::string> ModelKeeper::waits(const std::vector<registry::Proposal>& proposals,
                                       std::int64_t needed) const {
  const auto change = registry::last_equipment_change(proposals);
  if (!change || options_.store == nullptr) return std::string();
  return waits_for(*change, *options_.store, needed);
}

Result<void> ModelKeeper::retrain_by_itself(TimePoint now, std::int64_t needed) {
  if (child_ || now < next_retraining_) return {};
  const auto challenger = models_.challenger();
  if (!challenger) return fail(challenger.error());
  if (*challenger) return {};  // One at a time.
  const auto proposals = proposals_.all();
  if (!proposals) return fail(proposals.error());
  std::string why;
  for (const registry::Proposal& p : *proposals) {
    const bool wanted =
        p.kind == registry::ProposalKind::retrain && p.state == registry::ProposalState::open;
    if (wanted) why += fmt::format("{}proposal {}: {}", why.empty() ? "" : "; ", p.id, p.text);
  }
  if (why.empty()) return {};
  const auto missing = waits(*proposals, needed);
  if (!missing) return fail(missing.error());
  if (!missing->empty()) {
    if (waits_.empty()) options_.log("retraining waits: " + *missing);
    waits_ = *missing;
    return {};
  }
  waits_.clear();

  std::vector<std::string> words = {"/proc/self/exe", "--home", options_.home.string()};
  words.insert(words.end(), options_.arguments.begin(), options_.arguments.end());
  words.insert(words.end(), {"retrain", "--shadow", "--reason", why});
  const auto pid = options_.start(std::move(words));
  if (!pid) {
    return fail(ErrorCode::unavailable, "retraining cannot be started: " + pid.error().message);
  }
  child_ = *pid;
  record("models.retrain", "started by itself for " + why);
  return {};
}

// The retraining has closed the proposals that it answered.
void ModelKeeper::await_retraining(TimePoint now) {
  if (!child_) return;
  int status = 0;
  if (::waitpid(*child_, &status, WNOHANG) != *child_) return;
  child_ = std::nullopt;
  const bool accepted = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  const bool rejected = WIFEXITED(status) && WEXITSTATUS(status) == 3;
  // Whatever it was, it is hardly another in a minute.
  if (!accepted) next_retraining_ = now + kUntilNextTry;
  record("models.retrain", accepted   ? "retrained; the new model runs in shadow"
                           : rejected ? "retrained; rejected (see maintenance/)"
                                      : "the retraining failed; it is tried again in a day");
}

/// Why a challenger from before a change of the equipment is none any more; empty when it is one.
Result<std::string> ModelKeeper::outdated(Version challenger) const {
  const auto proposals = proposals_.all();
  if (!proposals) return fail(proposals.error());
  const auto change = registry::last_equipment_change(*proposals);
  if (!change) return std::string();
  const auto bundle = models_.read(challenger);
  if (!bundle) return fail(bundle.error());
  if (time_of(bundle->manifest.created) >= time_of(change->time)) return std::string();
  return "it was trained before this: " + change->text;
}

Result<void> ModelKeeper::stop_shadow(Version challenger, const std::string& why) {
  if (auto stopped = models_.stop_shadow({kByItself, why, "", ""}); !stopped) {
    return fail(stopped.error());
  }
  record("models.shadow_stop", registry::text(challenger) + ": " + why);
  return {};
}

Result<void> ModelKeeper::promote_by_itself(TimePoint now) {
  if (!followed_) return {};
  const Version challenger = followed_->start.version;
  const auto out = outdated(challenger);
  if (!out) return fail(out.error());
  if (!out->empty()) return stop_shadow(challenger, *out);
  const auto settings = settings_.with([](const config::Config& c) { return c; });
  const auto trial = scores_.with([](const Scores& scores) { return scores.trial; });
  if (!trial || now - trial->started() < std::chrono::hours(settings.shadow.hours) ||
      trial->samples() < static_cast<std::size_t>(settings.shadow.min_samples)) {
    return {};
  }
  const std::string worse = trial->worse(settings.gate.confidence);
  const bool gated =
      registry::accepted_against(models_of(options_.home), challenger, followed_->champion);
  if (!worse.empty() || !gated) {
    return stop_shadow(challenger, gated ? worse
                                         : "the gate has not accepted it against " +
                                               registry::text(followed_->champion));
  }
  const std::string why = fmt::format("accepted by the gate, not worse than {} on {} live samples",
                                      registry::text(followed_->champion), trial->samples());
  if (auto promoted = models_.promote(challenger, {kByItself, why, "", ""}); !promoted) {
    return promoted;
  }
  record("models.promote", registry::text(challenger) + ": " + why);
  return {};
}

void ModelKeeper::record(const std::string& action, const std::string& detail) const {
  options_.log(action + ": " + detail);
  if (options_.audit) options_.audit({options_.clock(), kByItself, action, detail});
}

}  // namespace hvac::app
