#include "app/verbs/quarterly.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <limits>
#include <optional>

#include "app/operator_name.h"
#include "app/retraining_log.h"
#include "app/verbs/models_text.h"
#include "base/files.h"
#include "base/iso_time.h"
#include "base/json.h"
#include "config/change_log.h"
#include "ops/catalog.h"
#include "registry/proposals.h"
#include "telemetry/fields.h"
#include "telemetry/tags.h"
#include "training/paired_blocks.h"

namespace hvac::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using telemetry::kTargetCount;
using telemetry::kTargetNames;

constexpr double kExpectedR2 = 0.99;  // The guide: "Expected: R2 > 0.99 for all targets".

struct Period {
  TimePoint from;
  TimePoint to;
  bool holds(const std::string& iso) const {
    const auto time = telemetry::parse_iso_time(iso);
    return time && *time >= from && *time <= to;
  }
};

double number_at(const json::value& card, std::string_view target, const char* key) {
  try {  // Boost.JSON's checked access throws where the document has another shape.
    return card.at("populations").at("fan_on").at(target).at("virtual").at(key).to_number<double>();
  } catch (const std::exception&) {
    return std::numeric_limits<double>::quiet_NaN();
  }
}

/// Scores what the twin said of every measured target in the store's outcomes, fan on.
class OutcomeScorer {
 public:
  void add(const store::Row& row) {
    if (row.layout != layout_) learn(row.layout);
    if (!regime_ || row.values[*regime_] != 0.0) return;
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      const Places& at = places_[t];
      if (!at.complete) continue;
      const auto value = [&](std::size_t series) { return row.values[at.series[series]]; };
      const double measured = value(0);
      const double predicted = value(1);
      const double tracked = value(4);
      if (std::isnan(measured) || std::isnan(predicted) || std::isnan(tracked)) continue;
      // First the virtual sensor, then tracking.
      pairs_[t].add({}, measured, {predicted, {value(2), value(3)}, predicted},
                    {tracked, {value(5), value(6)}, tracked});
    }
  }
  LiveAccuracy accuracy(std::size_t t) const {
    const training::PairedSums sums = pairs_[t].sums();
    const training::Score unaided = sums.score(0);
    return {std::string(kTargetNames[t]),
            static_cast<std::int64_t>(unaided.n),
            unaided.r2,
            sums.score(1).r2,
            unaided.mae,
            unaided.coverage90,
            std::numeric_limits<double>::quiet_NaN()};
  }

 private:
  static constexpr std::array<std::string_view, 7> kSeries = {
      "measured", "predicted", "low", "high", "tracked", "tracked_low", "tracked_high"};
  struct Places {
    std::array<std::size_t, kSeries.size()> series{};
    bool complete = false;
  };

  static std::optional<std::size_t> place(const store::Layout& layout, const std::string& name) {
    const auto found = std::ranges::find(layout.series, name);
    if (found == layout.series.end()) return std::nullopt;
    return static_cast<std::size_t>(found - layout.series.begin());
  }
  void learn(const std::shared_ptr<const store::Layout>& layout) {
    layout_ = layout;
    regime_ = place(*layout, "regime");
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      places_[t].complete = true;
      for (std::size_t s = 0; s < kSeries.size(); ++s) {
        const auto at =
            place(*layout, std::string(kTargetNames[t]) + "." + std::string(kSeries[s]));
        places_[t].complete = places_[t].complete && at.has_value();
        places_[t].series[s] = at.value_or(0);
      }
    }
  }

  std::shared_ptr<const store::Layout> layout_;
  std::optional<std::size_t> regime_;
  std::array<Places, kTargetCount> places_{};
  std::array<training::PairedBlocks, kTargetCount> pairs_ = {
      training::PairedBlocks(telemetry::TargetTag::UCAOT),
      training::PairedBlocks(telemetry::TargetTag::UCWOT),
      training::PairedBlocks(telemetry::TargetTag::UCAF)};
};

Result<void> read_store(const store::Store& store, const Period& period, QuarterlyReport& report) {
  OutcomeScorer scorer;
  const auto assets = store.assets();
  if (!assets) return fail(assets.error());
  for (const store::AssetSummary& asset : *assets) {
    const auto visited = store.visit(store::Stream::outcomes, asset.asset, {period.from, period.to},
                                     [&](const store::Row& row) -> Result<void> {
                                       scorer.add(row);
                                       return {};
                                     });
    if (!visited) return fail(visited.error());
  }
  for (std::size_t t = 0; t < kTargetCount; ++t) report.accuracy.push_back(scorer.accuracy(t));

  constexpr std::size_t kMostEvents = 1000;
  const auto drift = store.drift_reports({period.from, period.to}, kMostEvents);
  if (!drift) return fail(drift.error());
  for (const store::DriftReport& d : *drift) {
    report.drift.push_back({iso_text(d.time), d.status + " (" + d.file + ")"});
  }
  const auto alerts = store.alerts({period.from, period.to}, kMostEvents);
  if (!alerts) return fail(alerts.error());
  for (const store::Alert& alert : *alerts) {
    report.alerts.push_back({iso_text(alert.raised), alert.severity + ": " + alert.text});
  }
  return {};
}

Result<void> read_models(const Context& context, const Period& period, QuarterlyReport& report) {
  const registry::Registry models = registry_of(context);
  const auto events = models.history();
  if (!events) return fail(events.error());
  for (const registry::Event& event : *events) {
    if (!period.holds(event.time)) continue;
    report.models.push_back(
        {event.time,
         fmt::format("{} {} by {}: {}", registry::text(event.version), registry::name(event.change),
                     event.provenance.by, event.provenance.reason)});
  }
  const auto proposals = registry::ProposalBook(context.home / "models").all();
  if (!proposals) return fail(proposals.error());
  for (const registry::Proposal& p : *proposals) {
    if (p.state != registry::ProposalState::open) continue;
    report.proposals.push_back(
        {p.time, fmt::format("{} ({}): {}", registry::name(p.kind), p.trigger, p.text)});
  }
  const auto current = models.current();
  if (!current) return fail(current.error());
  if (!*current) return {};
  report.model = registry::text(**current);
  const auto bundle = models.read(**current);
  if (!bundle) return fail(bundle.error());
  report.model_created = bundle->manifest.created;
  report.model_data = bundle->manifest.provenance.data;
  const auto card = bundle->files.find("card.json");
  const auto document = card == bundle->files.end() ? parse_json("{}") : parse_json(card->second);
  if (!document) return {};
  for (LiveAccuracy& a : report.accuracy) a.card_r2 = number_at(*document, a.target, "r2");
  if (const json::object* root = document->if_object()) {
    if (const json::value* rows = root->if_contains("rows"); rows != nullptr && rows->is_int64()) {
      report.model_samples = rows->get_int64();
    }
  }
  return {};
}

/// Retraining logs of the period (HOME/maintenance/retraining_ID.txt), newest first.
Result<void> read_retrainings(const Context& context, const Period& period,
                              QuarterlyReport& report) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(context.home / "maintenance", error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with("retraining_") && name.ends_with(".txt")) files.push_back(it->path());
  }
  std::ranges::sort(files, std::ranges::greater{});
  for (const fs::path& file : files) {
    const std::string id = file.stem().string().substr(std::string("retraining_").size());
    if (id.size() < 15) continue;
    const std::string iso =
        fmt::format("{}-{}-{}T{}:{}:{}Z", id.substr(0, 4), id.substr(4, 2), id.substr(6, 2),
                    id.substr(9, 2), id.substr(11, 2), id.substr(13, 2));
    if (!period.holds(iso)) continue;
    const auto text = read_file(file);
    if (!text) return fail(text.error());
    const std::size_t at = text->find("Decision: ");
    report.retrainings.push_back({iso, at == std::string::npos
                                           ? file.filename().string()
                                           : text->substr(at, text->find('\n', at) - at)});
    report.retraining_logs.push_back(*text);
  }
  return {};
}

/// The newest backup with everything in it, if there is one in the period.
std::optional<ops::Backup> newest_full_backup(const Context& context, const Period& period) {
  const auto backups = ops::Catalog(context.home / "backups").list();
  if (!backups) return std::nullopt;
  std::optional<ops::Backup> newest;
  for (const ops::Backup& backup : *backups) {
    const bool full =
        backup.card.kind == ops::BackupKind::full || backup.card.kind == ops::BackupKind::weekly;
    const bool recent = backup.card.created >= period.from && backup.card.created <= period.to;
    if (!backup.fault && full && recent) newest = backup;
  }
  return newest;
}

void conclude(const Context& context, const Period& period, std::size_t unexplained,
              QuarterlyReport& report) {
  const bool retrained = !report.retrainings.empty();
  bool needed = false;
  for (const QuarterlyEvent& proposal : report.proposals) {
    needed = needed || proposal.text.starts_with("retrain");
  }
  report.checks.push_back({"Model retrained (if needed)", retrained || !needed,
                           retrained ? report.retrainings.front().text
                           : needed  ? "proposed and not done: `hvac-twin retrain`"
                                     : "not needed: nothing proposes it"});
  const auto backup = newest_full_backup(context, period);
  report.checks.push_back(
      {"Full system backup completed", backup.has_value(),
       backup ? backup->card.id : "none in the period: `hvac-twin backup create --kind full`"});
  std::string figures;
  bool validated = !report.model.empty();
  for (const LiveAccuracy& a : report.accuracy) {
    const bool live = a.n >= 600;
    const double r2 = live ? a.r2_tracking : a.card_r2;
    validated = validated && r2 > kExpectedR2;
    figures += fmt::format("{}{} R2 {:.4f} ({})", figures.empty() ? "" : ", ", a.target, r2,
                           live ? "live, tracking" : "card");
  }
  report.checks.push_back(
      {"Performance validated", validated,
       fmt::format("{}; expected above {}", figures.empty() ? "no model" : figures, kExpectedR2)});
  report.checks.push_back(
      {"Documentation updated", unexplained == 0,
       report.settings.empty()
           ? "no setting was changed in the period"
           : fmt::format("{} changes of settings in the period (below), {} without a reason",
                         report.settings.size(), unexplained)});
}

}  // namespace

Result<QuarterlyReport> quarterly_report(const Context& context, const store::Store& store,
                                         TimePoint now, std::chrono::days days) {
  const Period period{now - days, now};
  QuarterlyReport report;
  report.date = iso_text(now).substr(0, 10);
  report.engineer = operator_name();
  report.from = iso_text(period.from);
  report.to = iso_text(period.to);
  if (auto read = read_store(store, period, report); !read) return fail(read.error());
  if (auto read = read_models(context, period, report); !read) return fail(read.error());
  if (auto read = read_retrainings(context, period, report); !read) return fail(read.error());
  const auto changes = config::read_changes(context.home);
  if (!changes) return fail(changes.error());
  std::size_t unexplained = 0;
  for (const config::Change& change : *changes) {
    if (!period.holds(change.time)) continue;
    if (change.reason.empty()) unexplained += change.differences.size();
    for (const config::Difference& d : change.differences) {
      report.settings.push_back({change.time, fmt::format("{}: {} -> {} by {}: {}", d.key, d.before,
                                                          d.after, change.by, change.reason)});
    }
  }
  conclude(context, period, unexplained, report);
  return report;
}

}  // namespace hvac::app
