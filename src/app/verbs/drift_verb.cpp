#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "app/drift_job.h"
#include "app/operator_name.h"
#include "app/profile.h"
#include "app/verbs/verbs.h"
#include "base/files.h"
#include "base/json.h"
#include "drift/report.h"
#include "drift/synthetic.h"
#include "registry/load_model.h"
#include "registry/registry.h"
#include "store/file_retention.h"
#include "store/open.h"
#include "training/drift_rows.h"

namespace hvac::app {
namespace {

namespace fs = std::filesystem;
using drift::Status;

struct ReportOptions {
  fs::path reference;
  fs::path current;
  fs::path output;
  std::string asset;
  bool test = false;
};

struct RebaselineOptions {
  fs::path data;
  std::string note;
};

fs::path store_file(const Context& context) { return context.home / "data" / "telemetry.db"; }

// The instance's store, if it has one already.
Result<std::unique_ptr<store::Store>> existing_store(const Context& context,
                                                     const config::Config& config) {
  if (config.store.url.empty() && !fs::exists(store_file(context))) {
    return fail(ErrorCode::not_found,
                fmt::format("{}: there is no stored telemetry yet; give --current FILE",
                            store_file(context).string()));
  }
  return store::open_store(config.store.url, store_file(context));
}

std::shared_ptr<const twin::Model> current_model(const Context& context) {
  const auto model = registry::load_model(registry::Registry(context.home / "models"), "current");
  return model ? *model : nullptr;
}

int prove(const Context& context, const drift::Options& options) {
  const auto cases = drift::prove(options, progress_bar(context));
  if (!cases) return report_error(context, cases.error());
  if (context.json) {
    *context.out << json_text(drift::proof_json(*cases), JsonLayout::pretty);
  } else {
    *context.out << drift::proof_text(*cases);
  }
  const bool passed = std::all_of(cases->begin(), cases->end(),
                                  [](const drift::CaseResult& one) { return one.passed(); });
  return passed ? exit_ok : exit_failed;
}

// The asset that --asset names, or the one whose telemetry is the newest.
Result<store::AssetSummary> chosen_asset(const store::Store& store, const std::string& wanted) {
  const auto assets = store.assets();
  if (!assets) return fail(assets.error());
  const store::AssetSummary* found = nullptr;
  for (const store::AssetSummary& asset : *assets) {
    if (!wanted.empty() && asset.asset.value != wanted) continue;
    if (found == nullptr || asset.last > found->last) found = &asset;
  }
  if (found == nullptr) {
    return fail(ErrorCode::not_found,
                wanted.empty()
                    ? std::string("there is no stored telemetry yet; give --current FILE")
                    : fmt::format("there is no stored telemetry of \"{}\"", wanted));
  }
  return *found;
}

Result<DriftInputs> from_store(const Context& context, const ReportOptions& options,
                               const config::Config& config,
                               std::shared_ptr<const drift::Reference> reference,
                               const telemetry::AssetProfile& profile) {
  const auto store = existing_store(context, config);
  if (!store) return fail(store.error());
  const auto asset = chosen_asset(**store, options.asset);
  if (!asset) return fail(asset.error());
  const store::TimeRange range{asset->last - std::chrono::seconds(config.drift.window_s),
                               asset->last + std::chrono::milliseconds(1)};
  return inputs_of_store(std::move(reference), **store, asset->asset, range, profile,
                         current_model(context));
}

Result<DriftInputs> gather(const Context& context, const ReportOptions& options,
                           const config::Config& config, const Progress& progress) {
  const auto profile = load_profile(context);
  if (!profile) return fail(profile.error());
  std::optional<telemetry::CheckedData> current;
  if (!options.current.empty()) {
    auto checked = telemetry::check_file(options.current, *profile, part_of(progress, 0.0, 0.5));
    if (!checked) return fail(checked.error());
    current = std::move(*checked);
  }
  if (options.reference.empty()) {
    auto reference = reference_in_force(context.home);
    if (!reference) return fail(reference.error());
    if (current) {
      return inputs_of_file(std::move(*reference), *current, options.current,
                            current_model(context));
    }
    return from_store(context, options, config, std::move(*reference), **profile);
  }
  const auto checked =
      telemetry::check_file(options.reference, *profile, part_of(progress, 0.5, 1.0));
  if (!checked) return fail(checked.error());
  if (current) {
    return inputs_of_files(*checked, *current, options.reference, options.current,
                           current_model(context));
  }
  auto made = drift::make_reference(training::drift_rows(*checked, training::DriftRows::usable));
  if (!made) {
    return fail(made.error().code, options.reference.string() + ": " + made.error().message);
  }
  made->source = options.reference.filename().string();
  return from_store(context, options, config,
                    std::make_shared<const drift::Reference>(std::move(*made)), **profile);
}

// Written for whoever looks later; what the store cannot take now is no reason to fail.
Result<void> keep(const Context& context, const ReportOptions& options,
                  const config::Config& config, const DriftFinding& found, TimePoint now) {
  const auto file = keep_report(context.home, found.report, found.distributions, now);
  if (!file) return fail(file.error());
  if (!options.output.empty()) {
    const std::string text = json_text(found.report, JsonLayout::pretty);
    if (auto written = write_file_atomically(options.output, text); !written) return written;
  }
  store::FileRetention kept;
  kept.logs = std::chrono::days(365'000);  // Not this command's business.
  kept.drift_reports = std::chrono::days(config.retention.drift_reports_days);
  if (auto removed = store::enforce_file_retention(context.home, kept, now); !removed) {
    return fail(removed.error());
  }
  auto store = existing_store(context, config);
  if (!store) return {};
  store::Batch batch;
  batch.drift_reports.push_back(report_record(*file, found.report, now));
  if (const auto done = (*store)->commit(batch); !done) {
    *context.err << "warning: the report is not noted in the store: " << done.error().message
                 << "\n";
  }
  return {};
}

int report(const Context& context, const ReportOptions& options) {
  const auto config = config::read_config(config::config_file(context.home));
  if (!config) return report_error(context, config.error());
  drift::Options judging = drift_options(config->drift);
  if (!options.reference.empty()) judging.judged_by = drift::JudgedBy::psi;
  if (auto checked = drift::check(judging); !checked) return report_error(context, checked.error());
  if (options.test) return prove(context, judging);

  const Progress progress = progress_bar(context);
  const auto inputs = gather(context, options, *config, part_of(progress, 0.0, 0.9));
  if (!inputs) return report_error(context, inputs.error());
  const TimePoint now = system_clock()();
  const DriftFinding found = find_drift(*inputs, judging, now);
  progress(1.0, "done");
  if (auto kept = keep(context, options, *config, found, now); !kept) {
    return report_error(context, kept.error());
  }
  if (context.json) {
    *context.out << json_text(found.report, JsonLayout::pretty);
  } else {
    *context.out << fmt::format("{} against {}\n", inputs->source, inputs->reference->source)
                 << drift::report_text(found.comparison, judging);
    for (const std::string& note : inputs->notes) *context.out << "note: " << note << "\n";
    *context.out << "report: " << drift_report_file(context.home).string() << "\n";
  }
  return found.comparison.overall >= Status::warning ? exit_failed : exit_ok;
}

Result<drift::Reference> new_reference(const Context& context, const RebaselineOptions& options,
                                       const store::Store& store) {
  const auto profile = load_profile(context);
  if (!profile) return fail(profile.error());
  if (options.data.empty()) return reference_of_store(store, **profile);
  const auto checked = telemetry::check_file(options.data, *profile, progress_bar(context));
  if (!checked) return fail(checked.error());
  auto made = drift::make_reference(training::drift_rows(*checked, training::DriftRows::usable));
  if (!made) return fail(made.error().code, options.data.string() + ": " + made.error().message);
  made->source = options.data.filename().string();
  return made;
}

int rebaseline(const Context& context, const RebaselineOptions& options) {
  const auto config = config::read_config(config::config_file(context.home));
  if (!config) return report_error(context, config.error());
  const auto store = store::open_store(config->store.url, store_file(context));
  if (!store) return report_error(context, store.error());
  auto reference = new_reference(context, options, **store);
  if (!reference) return report_error(context, reference.error());
  const std::uint64_t rows = reference->modes.back().rows;
  const std::string source = reference->source;
  if (auto kept = keep_reference(context.home, **store, std::move(*reference), operator_name(),
                                 options.note, system_clock()());
      !kept) {
    return report_error(context, kept.error());
  }
  const std::string file = rebaselined_file(context.home).string();
  if (context.json) {
    *context.out << json_text({{"reference", file}, {"rows", rows}, {"source", source}},
                              JsonLayout::pretty);
  } else {
    *context.out << fmt::format(
        "Drift is now judged against {} rows of {} ({}), until another model becomes current.\n",
        rows, source, file);
  }
  return exit_ok;
}

void add_report(CLI::App& verb, Context& context, Action& action) {
  CLI::App* report_verb = verb.add_subcommand(
      "report", "Compare recent telemetry with what the model was trained on; exit 1 on drift");
  auto options = std::make_shared<ReportOptions>();
  report_verb->add_option("--reference", options->reference,
                          "What to compare with, by PSI alone (CSV; default: the reference in "
                          "force, by what is more than it varies by itself)");
  report_verb->add_option("--current", options->current,
                          "What to judge (CSV; default: what the store holds of the last "
                          "drift.window_s)");
  report_verb->add_option("--asset", options->asset,
                          "Which asset of the store (default: the one with the newest telemetry)");
  report_verb->add_option("--output", options->output, "Write the report to this file too");
  report_verb->add_flag("--test", options->test,
                        "Prove the detector on synthetic series with the present settings");
  report_verb->callback([&context, &action, options] {
    action = [&context, options] { return report(context, *options); };
  });
}

}  // namespace

void add_drift(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand("drift", "Whether telemetry is still what it used to be");
  verb->require_subcommand(1);
  add_report(*verb, context, action);
  CLI::App* rebaseline_verb = verb->add_subcommand(
      "rebaseline", "Judge drift against other telemetry from now on, on the record");
  auto options = std::make_shared<RebaselineOptions>();
  rebaseline_verb->add_option(
      "--data", options->data,
      "Telemetry that is as it should be (CSV; default: the last two weeks of the store)");
  rebaseline_verb->add_option("--note", options->note, "Why, for the audit trail");
  rebaseline_verb->callback([&context, &action, options] {
    action = [&context, options] { return rebaseline(context, *options); };
  });
}

}  // namespace hvac::app
