#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "app/data_text.h"
#include "app/profile.h"
#include "app/verbs/verbs.h"
#include "base/files.h"
#include "base/json.h"
#include "telemetry/check.h"
#include "telemetry/csv_writer.h"
#include "telemetry/prepare.h"

namespace hvac::app {
namespace {

using telemetry::AssetProfile;
using ProfilePointer = std::shared_ptr<const AssetProfile>;

struct CheckArguments {
  std::filesystem::path file;
  std::filesystem::path output;
};

struct PrepareArguments {
  std::filesystem::path existing;
  std::vector<std::filesystem::path> new_data;
  std::filesystem::path output;
  bool allow_small = false;
};

Result<void> write_clean(const CheckArguments& arguments, const ProfilePointer& profile,
                         const telemetry::CheckReport& report, const Progress& progress) {
  using telemetry::TimeColumn;
  const auto time =
      report.summary.file.time_column.empty() ? TimeColumn::without : TimeColumn::with;
  auto writer = telemetry::CsvWriter::create(arguments.output, profile, time);
  if (!writer) return fail(writer.error());
  const auto visited = telemetry::visit_usable(
      arguments.file, profile, report.blocks,
      [&](const telemetry::JudgedRow& row) {
        return writer->write(row.values, row.quality, row.time, row.recording);
      },
      progress);
  if (!visited) return visited;
  return writer->commit();
}

int check(const Context& context, const CheckArguments& arguments) {
  const auto profile = load_profile(context);
  if (!profile) return report_error(context, profile.error());
  const Progress progress = progress_bar(context);
  const auto report = telemetry::check_stream(arguments.file, *profile, progress);
  if (!report) return report_error(context, report.error());
  if (!arguments.output.empty()) {
    const auto written = write_clean(arguments, *profile, *report, progress);
    if (!written) return report_error(context, written.error());
  }
  const std::vector<std::string> problems = telemetry::problems(*report, **profile);
  *context.out << (context.json
                       ? json_text(check_json(*report, **profile, problems), JsonLayout::pretty)
                       : check_text(*report, **profile, problems));
  return problems.empty() ? exit_ok : exit_failed;
}

int prepare(const Context& context, const PrepareArguments& arguments) {
  const auto profile = load_profile(context);
  if (!profile) return report_error(context, profile.error());
  std::vector<std::filesystem::path> sources;
  if (!arguments.existing.empty()) sources.push_back(arguments.existing);
  sources.insert(sources.end(), arguments.new_data.begin(), arguments.new_data.end());
  telemetry::PrepareOptions options;
  const std::int64_t least = options.least_samples;
  if (arguments.allow_small) options.least_samples = 0;
  const auto prepared =
      telemetry::prepare(sources, arguments.output, *profile, options, progress_bar(context));
  if (!prepared) {
    Error error = prepared.error();
    if (error.code == ErrorCode::rejected) error.message += " (--allow-small accepts fewer)";
    return report_error(context, error);
  }
  auto provenance = provenance_json(*prepared, arguments.output, **profile);
  if (!provenance) return report_error(context, provenance.error());
  if (prepared->samples < least) {
    (*provenance)["decisions"].as_array().push_back(boost::json::string(
        fmt::format("fewer than {} usable rows were accepted (--allow-small)", least)));
  }
  const std::filesystem::path sidecar = telemetry::provenance_file(arguments.output);
  const std::string text = json_text(*provenance, JsonLayout::pretty);
  if (auto written = write_file_atomically(sidecar, text); !written) {
    return report_error(context, written.error());
  }
  if (context.json) {
    *context.out << text;
  } else {
    *context.out << fmt::format(
        "{}: {} instants of {} usable rows, in {} recordings from {} files; {} says what was "
        "done.\n",
        arguments.output.string(), prepared->rows, prepared->samples, prepared->recordings,
        sources.size(), sidecar.string());
  }
  return exit_ok;
}

int tags(const Context& context) {
  const auto profile = load_profile(context);
  if (!profile) return report_error(context, profile.error());
  *context.out << (context.json ? json_text(tags_json(**profile), JsonLayout::pretty)
                                : tags_text(**profile));
  return exit_ok;
}

void add_check(CLI::App& data, Context& context, Action& action) {
  CLI::App* verb = data.add_subcommand(
      "check",
      "Judge every value of a telemetry file and find mislabelled columns (exit 1: problems)");
  auto arguments = std::make_shared<CheckArguments>();
  verb->add_option("file", arguments->file, "Telemetry in CSV")->required();
  verb->add_option("--output", arguments->output, "Write the usable rows to this CSV file");
  verb->callback([&context, &action, arguments] {
    action = [&context, arguments] { return check(context, *arguments); };
  });
}

void add_prepare(CLI::App& data, Context& context, Action& action) {
  CLI::App* verb = data.add_subcommand(
      "prepare",
      "Join files into a data set for training (exit 3: fewer than 10,000 usable rows, "
      "counted as they were logged: of an instant that was logged twice both)");
  auto arguments = std::make_shared<PrepareArguments>();
  verb->add_option("--existing", arguments->existing, "Data of earlier trainings");
  verb->add_option("--new-data", arguments->new_data, "New telemetry; may be given repeatedly")
      ->required();
  verb->add_option("--output", arguments->output, "CSV file to write")->required();
  verb->add_flag("--allow-small", arguments->allow_small, "Accept fewer than 10,000 usable rows");
  verb->callback([&context, &action, arguments] {
    action = [&context, arguments] { return prepare(context, *arguments); };
  });
}

}  // namespace

void add_data(CLI::App& root, Context& context, Action& action) {
  CLI::App* data = root.add_subcommand("data", "Check and prepare telemetry");
  data->require_subcommand(1);
  data->fallthrough();
  add_check(*data, context, action);
  add_prepare(*data, context, action);
  CLI::App* verb = data->add_subcommand("tags", "Print the tag table of the asset profile");
  verb->callback([&context, &action] { action = [&context] { return tags(context); }; });
}

}  // namespace hvac::app
