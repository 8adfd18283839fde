#include "app/drift_job.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/files.h"
#include "base/iso_time.h"
#include "base/json.h"
#include "drift/report.h"

namespace hvac::app {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr std::chrono::days kReferenceSpan{14};  // Two weeks have every day of the week twice.

json::value time_json(const std::optional<TimePoint>& time) {
  return time ? json::value(iso_text(*time)) : json::value(nullptr);
}

}  // namespace

DriftFinding find_drift(const DriftInputs& inputs, const drift::Options& options, TimePoint now) {
  DriftFinding found{drift::compare(inputs.window, options), {}, {}};
  if (!inputs.too_short.empty()) drift::withhold(found.comparison, inputs.too_short);
  found.report = drift::report_json(found.comparison, options, iso_text(now));
  if (!inputs.asset.value.empty()) found.report["asset"] = inputs.asset.value;
  const drift::Reference& reference = *inputs.reference;
  found.report["reference"] = {{"source", reference.source},
                               {"created", reference.created},
                               {"model_version", reference.model_version},
                               {"rows", found.comparison.reference_rows}};
  found.report["current"] = {{"source", inputs.source},
                             {"from", time_json(inputs.from)},
                             {"to", time_json(inputs.to)},
                             {"rows", found.comparison.current_rows}};
  found.report["notes"] = json::array(inputs.notes.begin(), inputs.notes.end());
  found.report["prediction_drift"] = inputs.model == nullptr
                                         ? no_prediction_drift("there is no current model")
                                         : prediction_drift_json(inputs.errors, *inputs.model);
  found.distributions = drift::distributions_json(inputs.window);
  return found;
}

fs::path drift_report_file(const fs::path& home) {
  return home / "monitoring" / "drift_report.json";
}

fs::path drift_distributions_file(const fs::path& home) {
  return home / "monitoring" / "drift_distributions.json";
}

Result<fs::path> keep_report(const fs::path& home, const json::object& report,
                             const json::object& distributions, TimePoint now) {
  const std::string text = json_text(report, JsonLayout::pretty);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const fs::path dated = home / "monitoring" /
                         fmt::format("drift_report_{:%Y%m%d_%H%M%S}.json",
                                     std::chrono::system_clock::time_point(seconds));
  for (const auto& [file, bytes] :
       {std::pair(dated, text), std::pair(drift_report_file(home), text),
        std::pair(drift_distributions_file(home), json_text(distributions))}) {
    if (auto written = write_file_atomically(file, bytes); !written) return fail(written.error());
  }
  return dated;
}

store::DriftReport report_record(const fs::path& file, const json::object& report, TimePoint now) {
  const json::value& summary = report.at("summary");
  return {now, file.filename().string(),
          std::string(summary.as_object().at("overall_status").as_string()), json_text(summary)};
}

Result<drift::Reference> reference_of_store(const store::Store& store,
                                            const telemetry::AssetProfile& profile) {
  const auto rows = stored_rows(store, kReferenceSpan, profile);
  if (!rows) return fail(rows.error());
  auto reference = drift::make_reference(*rows);
  if (!reference) return fail(reference.error());
  reference->source = "stored telemetry";
  return reference;
}

Result<void> keep_reference(const fs::path& home, store::Store& store, drift::Reference reference,
                            const std::string& actor, const std::string& note, TimePoint now) {
  reference.created = iso_text(now);
  reference.model_version = current_version(home);
  // The trail first: a change that nobody knows of is worse than an entry of one that failed.
  store::Batch batch;
  batch.audit.push_back(
      {now, actor, "drift.rebaseline",
       fmt::format("reference of {} rows from {}{}{}", reference.modes.back().rows,
                   reference.source, note.empty() ? "" : ": ", note)});
  if (auto done = store.commit(batch); !done) return fail(done.error());
  return write_file_atomically(rebaselined_file(home), drift::reference_text(reference));
}

}  // namespace hvac::app
