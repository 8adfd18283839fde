#include "app/shadow_trial.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/files.h"
#include "base/iso_time.h"
#include "base/json.h"
#include "registry/load_model.h"
#include "telemetry/fields.h"
#include "training/validate.h"

namespace hvac::app {
namespace {

namespace json = boost::json;
using training::ShadowTrial;

std::filesystem::path trial_file(const std::filesystem::path& home) {
  return home / "models" / "shadow.json";
}

double hours_of(const ShadowTrial& trial, TimePoint now) {
  return std::chrono::duration<double, std::ratio<3600>>(now - trial.started()).count();
}

}  // namespace

bool ShadowPair::same_trial(const ShadowPair& other) const {
  return start.time == other.start.time && start.version == other.start.version &&
         champion == other.champion;
}

Result<std::optional<ShadowPair>> shadow_pair(const registry::Registry& models) {
  const auto challenger = models.challenger();
  if (!challenger) return fail(challenger.error());
  const auto current = models.current();
  if (!current) return fail(current.error());
  if (!*challenger || !*current) return std::nullopt;
  const auto events = models.history();
  if (!events) return fail(events.error());
  std::optional<ShadowPair> pair;
  for (const registry::Event& event : *events) {
    if (event.change == registry::Change::shadow_started && event.version == **challenger) {
      pair = {event, **current};
    }
  }
  return pair;
}

Result<ShadowTrial> open_trial(const std::filesystem::path& home, const registry::Registry& models,
                               const ShadowPair& pair) {
  auto model = registry::load_model(models, registry::text(pair.start.version));
  if (!model) return fail(model.error());
  const TimePoint started = telemetry::parse_iso_time(pair.start.time).value_or(TimePoint{});
  ShadowTrial trial(std::move(*model), registry::text(pair.champion), started);
  if (const auto saved = read_file(trial_file(home))) {
    if (const auto document = parse_json(*saved)) trial.resume(*document);
  }
  return trial;
}

Result<std::optional<ShadowTrial>> saved_trial(const std::filesystem::path& home,
                                               const registry::Registry& models) {
  const auto pair = shadow_pair(models);
  if (!pair) return fail(pair.error());
  if (!*pair) return std::nullopt;
  auto trial = open_trial(home, models, **pair);
  if (!trial) return fail(trial.error());
  return std::move(*trial);
}

Result<void> save_trial(const std::filesystem::path& home, const std::string& trial_json) {
  return write_file_atomically(trial_file(home), trial_json);
}

json::object shadow_json(const std::optional<ShadowTrial>& trial, const config::Config& settings,
                         TimePoint now) {
  if (!trial) return {{"running", false}};
  json::object object = trial->report(settings.gate.confidence);
  object["running"] = true;
  object["hours"] = hours_of(*trial, now);
  object["required_hours"] = settings.shadow.hours;
  object["required_samples"] = settings.shadow.min_samples;
  object["automatic_promotion"] = settings.retrain.automatic;
  return object;
}

std::string shadow_text(const std::optional<ShadowTrial>& trial, const config::Config& settings,
                        TimePoint now) {
  if (!trial) return "no model runs in shadow; `hvac-twin models shadow start VERSION` begins it\n";
  std::string text =
      fmt::format("{} runs in shadow beside {} since {}: {} live samples in {:.1f} hours\n\n",
                  trial->challenger(), trial->champion(), iso_text(trial->started()),
                  trial->samples(), hours_of(*trial, now));
  if (trial->samples() == 0) {
    text += "Nothing was scored yet: `hvac-twin run` does, as targets are measured.\n";
  } else {
    text += training::comparison_text(trial->comparison(settings.gate.confidence),
                                      trial->champion(), trial->challenger());
  }
  const std::string worse = trial->worse(settings.gate.confidence);
  text += "\n" +
          (worse.empty() ? trial->challenger() + " is not worse by more than chance." : worse) +
          "\n";
  return text + (settings.retrain.automatic
                     ? fmt::format(
                           "It is promoted by itself after {} hours and {} samples, if it is still "
                           "not worse and the gate accepted it.\n",
                           settings.shadow.hours, settings.shadow.min_samples)
                     : "It is promoted by hand only (retrain.automatic is off): `hvac-twin models "
                       "promote " +
                           trial->challenger() + "`.\n");
}

}  // namespace hvac::app
