#include "app/drift_monitor.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/files.h"
#include "base/iso_time.h"
#include "base/json.h"
#include "config/change_log.h"
#include "drift/report.h"
#include "registry/load_model.h"
#include "registry/registry.h"

namespace hvac::app {
namespace {

namespace json = boost::json;
using alerts::AlarmKind;
using drift::Status;
using std::chrono::seconds;

constexpr char kLatches[] = "drift.latches";  // Name of the state in the store.
constexpr seconds kRetry{60};

void add_tag_conditions(const AssetId& asset, const drift::Latch& latch,
                        const config::Drift& config, std::vector<alerts::Condition>& said) {
  for (const auto& [tag, latched] : latch.tags()) {
    for (const auto& [kind, status, limit] :
         {std::tuple(AlarmKind::drift_warning, Status::warning, config.psi_warning),
          std::tuple(AlarmKind::drift_critical, Status::critical, config.psi_critical)}) {
      said.push_back(alerts::condition_of({asset, kind, tag}, latched.status == status));
      said.back().value = latched.psi;
      said.back().limit = limit;
      said.back().detail = latched.reason;
    }
  }
}

// Retraining is advised once for the program, however many tags and assets ask for it.
alerts::Condition retrain_condition(const std::map<AssetId, drift::Latch>& latches,
                                    const config::Drift& config) {
  std::string tags;
  double worst = 0.0;
  for (const auto& [asset, latch] : latches) {
    for (const auto& [tag, latched] : latch.tags()) {
      if (latched.status != Status::critical || latched.psi <= config.psi_retrain) continue;
      if (tags.find(tag) == std::string::npos) tags += (tags.empty() ? "" : ", ") + tag;
      worst = std::max(worst, latched.psi);
    }
  }
  alerts::Condition said =
      alerts::condition_of({{}, AlarmKind::retrain_advised, ""}, !tags.empty());
  said.value = worst;
  said.limit = config.psi_retrain;
  if (!tags.empty()) said.detail = "The distribution has changed for good in " + tags + ".";
  return said;
}

void add_accuracy_conditions(const AssetId& asset, const json::object& report,
                             std::vector<alerts::Condition>& said) {
  const json::object& targets = report.at("prediction_drift").as_object().at("targets").as_object();
  for (const auto& [target, scores] : targets) {
    const json::object& found = scores.as_object();
    const auto status = found.at("status").as_string();
    if (status == drift::name(Status::insufficient)) continue;
    said.push_back(alerts::condition_of({asset, AlarmKind::accuracy_low, target},
                                        status != drift::name(Status::stable)));
    said.back().value = found.at("mae").to_number<double>();
    said.back().limit = found.at("card").as_object().at("mae").to_number<double>();
  }
}

json::object brief(const DriftFinding& found, const drift::Latch& latch) {
  json::object out = found.report.at("summary").as_object();
  json::object tags;
  for (const drift::FeatureDrift& feature : found.comparison.features) {
    if (feature.status > Status::stable) tags[feature.tag] = drift::name(feature.status);
  }
  out["tags"] = std::move(tags);
  out["latched"] = latch.to_json();
  return out;
}

bool worse(const DriftFinding& a, const DriftFinding& b) {
  const auto rank = [](const DriftFinding& found) {
    return std::tuple(found.comparison.overall, found.comparison.count(Status::critical),
                      found.comparison.count(Status::warning));
  };
  return rank(a) > rank(b);
}

std::map<AssetId, drift::Latch> stored_latches(const store::Store& store) {
  std::map<AssetId, drift::Latch> latches;
  const auto text = store.state(kLatches);
  if (!text || !*text) return latches;
  const auto document = parse_json(**text);
  if (!document || !document->is_object()) return latches;
  for (const auto& [asset, latch] : document->get_object()) {
    latches[AssetId{std::string(asset)}] = drift::Latch::from_json(latch);
  }
  return latches;
}

std::string latches_text(const std::map<AssetId, drift::Latch>& latches) {
  json::object out;
  for (const auto& [asset, latch] : latches) out[asset.value] = latch.to_json();
  return json_text(out);
}

// When the newest report was made, as far as the file system tells.
std::optional<TimePoint> newest_report(const std::filesystem::path& home) {
  std::error_code error;
  const auto written = std::filesystem::last_write_time(drift_report_file(home), error);
  if (error) return std::nullopt;
  return std::chrono::time_point_cast<std::chrono::milliseconds>(
      std::chrono::file_clock::to_sys(written));
}

}  // namespace

DriftMonitor::DriftMonitor(std::filesystem::path home, store::Store& store,
                           std::shared_ptr<const telemetry::AssetProfile> profile,
                           config::Drift config, Listener listener)
    : home_(std::move(home)),
      store_(store),
      profile_(std::move(profile)),
      config_(std::move(config)),
      listener_(std::move(listener)),
      latches_(stored_latches(store)),
      last_(newest_report(home_)) {}

void DriftMonitor::configure(const config::Drift& config) {
  config_.with([&](config::Drift& own) { own = config; });
}

Result<bool> DriftMonitor::tick(TimePoint now) {
  const config::Drift config = config_.with([](const config::Drift& own) { return own; });
  // A clock that was set back must not stop the reports.
  const bool due = !last_ || now < *last_ || now - *last_ >= seconds(config.interval_s);
  if (!due || (retry_ && now >= *retry_ - kRetry && now < *retry_)) return false;
  auto made = report(now, config);
  if (made && *made) {
    last_ = now;
    retry_.reset();
  } else {
    retry_ = now + kRetry;
  }
  return made;
}

Result<bool> DriftMonitor::report(TimePoint now, const config::Drift& config) {
  const auto assets = store_.assets();
  if (!assets) return fail(assets.error());
  if (assets->empty()) return false;
  const auto reference = reference_in_force(home_);
  if (!reference) {
    if (reference.error().code == ErrorCode::not_found) return false;
    return fail(reference.error());
  }
  const auto loaded = registry::load_model(registry::Registry(home_ / "models"), "current");
  const auto model = loaded ? *loaded : nullptr;

  const drift::Options options = drift_options(config);
  std::optional<DriftFinding> worst;
  json::object briefs;
  News news;
  for (const store::AssetSummary& asset : *assets) {
    // The time of telemetry is the asset's: of one that stopped, old news are none.
    TimePoint& seen = seen_[asset.asset];
    if (asset.last <= seen) continue;
    const store::TimeRange range{asset.last - seconds(config.window_s),
                                 asset.last + std::chrono::milliseconds(1)};
    auto inputs = inputs_of_store(*reference, store_, asset.asset, range, *profile_, model);
    if (!inputs) return fail(inputs.error());
    DriftFinding found = find_drift(*inputs, options, now);
    if (found.comparison.overall == Status::insufficient) {
      missing_.with([&](std::string& why) { why = drift::advice(found.comparison, options); });
      continue;
    }
    seen = asset.last;
    drift::Latch& latch = latches_[asset.asset];
    latch.push(found.comparison, config.latch_windows);
    briefs[asset.asset.value] = brief(found, latch);
    add_tag_conditions(asset.asset, latch, config, news.conditions);
    add_accuracy_conditions(asset.asset, found.report, news.conditions);
    if (!worst || worse(found, *worst)) worst = std::move(found);
  }
  if (!worst) return false;
  news.conditions.push_back(retrain_condition(latches_, config));
  worst->report["assets"] = std::move(briefs);
  if (auto kept = keep(*worst, now); !kept) return fail(kept.error());
  news.event = json_text(json::object{{"timestamp", iso_text(now)},
                                      {"asset", worst->report.at("asset")},
                                      {"summary", worst->report.at("summary")}});
  if (listener_) listener_(news);
  return true;
}

Result<void> DriftMonitor::keep(const DriftFinding& found, TimePoint now) {
  const auto file = keep_report(home_, found.report, found.distributions, now);
  if (!file) return fail(file.error());
  store::Batch batch;
  batch.drift_reports.push_back(report_record(*file, found.report, now));
  batch.states.push_back({kLatches, latches_text(latches_)});
  if (auto done = store_.commit(batch); !done) return fail(done.error());
  return {};
}

Result<void> DriftMonitor::rebaseline(const std::string& actor, const std::string& note,
                                      TimePoint now) {
  auto reference = reference_of_store(store_, *profile_);
  if (!reference) return fail(reference.error());
  return keep_reference(home_, store_, std::move(*reference), actor, note, now);
}

Result<void> DriftMonitor::exclude(const std::string& tag, api::DriftControl::Exclude what,
                                   const std::string& actor, const std::string& note,
                                   TimePoint now) {
  if (!profile_->find(tag)) {
    return fail(ErrorCode::not_found, fmt::format("there is no tag \"{}\"", tag));
  }
  const auto settings = config::read_config(config::config_file(home_));
  if (!settings) return fail(settings.error());
  std::vector<std::string> tags = settings->drift.excluded_tags;
  std::erase(tags, tag);
  if (what == api::DriftControl::Exclude::yes) tags.push_back(tag);
  const std::string value = json_text(json::array(tags.begin(), tags.end()));
  const auto changed =
      config::change_setting(home_, "drift.excluded_tags", value, actor, note, now);
  if (!changed) return fail(changed.error());
  if (changed->empty()) return {};
  config_.with([&](config::Drift& own) { own.excluded_tags = tags; });
  store::Batch batch;
  batch.audit.push_back(
      {now, actor, what == api::DriftControl::Exclude::yes ? "drift.exclude" : "drift.include",
       tag + (note.empty() ? "" : ": " + note)});
  if (auto done = store_.commit(batch); !done) return fail(done.error());
  return {};
}

api::DriftControl DriftMonitor::control(Clock clock) {
  api::DriftControl control;
  control.report = [this]() -> Result<std::string> {
    auto text = read_file(drift_report_file(home_));
    if (!text && text.error().code == ErrorCode::not_found) {
      const std::string why = missing_.with([](const std::string& own) { return own; });
      return fail(ErrorCode::not_found, why.empty() ? "there is no drift report yet" : why);
    }
    return text;
  };
  control.reports = [this, clock](std::size_t limit) -> Result<std::string> {
    const auto reports = store_.drift_reports({TimePoint{}, TimePoint::max()}, limit);
    if (!reports) return fail(reports.error());
    json::array list;
    for (const store::DriftReport& report : *reports) {
      const auto summary = parse_json(report.summary);
      list.push_back({{"time", iso_text(report.time)},
                      {"file", report.file},
                      {"status", report.status},
                      {"summary", summary ? *summary : json::value(nullptr)}});
    }
    return json_text(json::object{{"reports", std::move(list)}});
  };
  control.distributions = [this](const std::string& tag) -> Result<std::string> {
    const auto text = read_file(drift_distributions_file(home_));
    if (!text) return fail(ErrorCode::not_found, "there is no drift report yet");
    if (tag.empty()) return *text;
    const auto document = parse_json(*text);
    const json::object* all = document ? document->if_object() : nullptr;
    const json::value* modes = all == nullptr ? nullptr : all->if_contains(tag);
    if (modes == nullptr) {
      return fail(ErrorCode::not_found,
                  fmt::format("the newest drift report has no tag \"{}\"", tag));
    }
    return json_text(json::object{{"tag", tag}, {"modes", *modes}});
  };
  control.rebaseline = [this, clock](const std::string& actor, const std::string& note) {
    return rebaseline(actor, note, clock());
  };
  control.exclude = [this, clock](const std::string& tag, api::DriftControl::Exclude what,
                                  const std::string& actor, const std::string& note) {
    return exclude(tag, what, actor, note, clock());
  };
  return control;
}

}  // namespace hvac::app
