#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <ostream>

#include "app/verbs/benchmark.h"
#include "app/verbs/verbs.h"
#include "base/files.h"
#include "base/json.h"
#include "registry/load_model.h"

namespace hvac::app {
namespace {

namespace json = boost::json;

constexpr double kLargestP95Ms = 0.1;  // The maintenance guide's limit.
constexpr const char* kBaselineFile = "benchmark_baseline.json";

struct BenchmarkOptions {
  std::filesystem::path output;
  std::string model = "current";
  bool keep = false;
};

// P95 by entry of the stored baseline; empty when there is none yet.
Result<std::map<std::string, double>> read_baseline(const std::filesystem::path& file) {
  std::map<std::string, double> p95;
  if (!std::filesystem::exists(file)) return p95;
  const auto bytes = read_file(file);
  if (!bytes) return fail(bytes.error());
  const auto root = parse_json(*bytes);
  const json::object* entries = root ? root->if_object() : nullptr;
  const json::value* list = entries != nullptr ? entries->if_contains("entries") : nullptr;
  if (list == nullptr || !list->is_array()) {
    return fail(ErrorCode::corrupt,
                file.string() + ": no list of entries; remove it to start anew");
  }
  for (const json::value& entry : list->get_array()) {
    const json::object* one = entry.if_object();
    const json::value* name = one != nullptr ? one->if_contains("name") : nullptr;
    const json::value* value = one != nullptr ? one->if_contains("latency_p95_ms") : nullptr;
    if (name != nullptr && name->is_string() && value != nullptr && value->is_number()) {
      p95[std::string(name->get_string())] = value->to_number<double>();
    }
  }
  return p95;
}

bool within_limit(const LatencyEntry& entry) {
  return entry.name == "explanation" || entry.p95_ms < kLargestP95Ms;
}

json::object report_json(const BenchmarkReport& report,
                         const std::map<std::string, double>& baseline) {
  json::array entries;
  for (const LatencyEntry& entry : report.latencies) {
    json::object one = {{"name", entry.name},
                        {"latency_p50_ms", entry.p50_ms},
                        {"latency_p95_ms", entry.p95_ms},
                        {"latency_p99_ms", entry.p99_ms},
                        {"throughput_per_s", entry.per_second},
                        {"within_limit", within_limit(entry)}};
    if (const auto before = baseline.find(entry.name); before != baseline.end()) {
      one["baseline_p95_ms"] = before->second;
      one["ratio_to_baseline"] = entry.p95_ms / before->second;
    }
    entries.push_back(one);
  }
  json::array batches;
  for (const BatchEntry& batch : report.batches) {
    batches.push_back(
        {{"rows", batch.rows}, {"threads", batch.threads}, {"rows_per_s", batch.rows_per_s}});
  }
  const Device& device = report.device;
  return {{"timestamp", iso_time_now()},
          {"device",
           {{"cpu", device.cpu},
            {"cores", device.cores},
            {"memory_gb", device.memory_gb},
            {"system", device.system},
            {"engine", device.engine}}},
          {"model", report.model},
          {"model_load_ms", report.load_ms},
          {"memory_mb", report.memory_mb},
          {"limits", {{"latency_p95_ms", kLargestP95Ms}}},
          {"passed", std::ranges::all_of(report.latencies, within_limit)},
          {"entries", entries},
          {"batch", batches}};
}

void print(std::ostream& out, const BenchmarkReport& report,
           const std::map<std::string, double>& baseline) {
  const Device& device = report.device;
  out << fmt::format(
      "{}, {} cores, {:.1f} GB, {}\nmodel {}: loaded in {:.1f} ms, engine {}, {:.0f} MB\n\n",
      device.cpu, device.cores, device.memory_gb, device.system, report.model, report.load_ms,
      device.engine, report.memory_mb);
  out << fmt::format("{:<14} {:>10} {:>10} {:>10} {:>12} {:>10}\n", "one at a time", "P50 us",
                     "P95 us", "P99 us", "per second", "baseline");
  for (const LatencyEntry& entry : report.latencies) {
    const auto before = baseline.find(entry.name);
    const std::string ratio =
        before == baseline.end() ? "-" : fmt::format("{:.2f} x", entry.p95_ms / before->second);
    out << fmt::format("{:<14} {:>10.2f} {:>10.2f} {:>10.2f} {:>12.0f} {:>10}{}\n", entry.name,
                       entry.p50_ms * 1e3, entry.p95_ms * 1e3, entry.p99_ms * 1e3, entry.per_second,
                       ratio,
                       within_limit(entry) ? "" : fmt::format("  P95 above {} ms", kLargestP95Ms));
  }
  out << fmt::format("\n{:<14} {:>10} {:>14}\n", "all targets of", "threads", "rows per second");
  for (const BatchEntry& batch : report.batches) {
    out << fmt::format("{:<14} {:>10} {:>14.0f}\n", fmt::format("{} rows", batch.rows),
                       batch.threads, batch.rows_per_s);
  }
}

int benchmark(const Context& context, const BenchmarkOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  const registry::Registry models(context.home / "models");
  const auto model = registry::load_model(models, options.model);
  if (!model) return report_error(context, model.error());
  const std::chrono::duration<double, std::milli> load = std::chrono::steady_clock::now() - begin;
  const std::filesystem::path baseline_file = context.home / kBaselineFile;
  const auto baseline = read_baseline(baseline_file);
  if (!baseline) return report_error(context, baseline.error());
  const auto report = run_benchmark(*model, load.count(), progress_bar(context));
  if (!report) return report_error(context, report.error());

  const json::object result = report_json(*report, *baseline);
  const std::string text = json_text(result, JsonLayout::pretty);
  if (context.json) {
    *context.out << text;
  } else {
    print(*context.out, *report, *baseline);
  }
  if (!options.output.empty()) {
    if (auto ok = write_file_atomically(options.output, text); !ok) {
      return report_error(context, ok.error());
    }
  }
  if (options.keep || baseline->empty()) {
    if (auto ok = write_file_atomically(baseline_file, text); !ok) {
      return report_error(context, ok.error());
    }
    if (!context.json) *context.out << "\nkept as the baseline: " << baseline_file.string() << "\n";
  }
  return result.at("passed").get_bool() ? exit_ok : exit_failed;
}

}  // namespace

void add_benchmark(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand(
      "benchmark", "How fast the model predicts here, against the stored baseline and the limits");
  auto options = std::make_shared<BenchmarkOptions>();
  verb->add_option("--output", options->output, "Write the results there as well (JSON)");
  verb->add_option("--model", options->model, "Version, folder or current")->capture_default_str();
  verb->add_flag("--save-baseline", options->keep, "Compare with these results from now on");
  verb->callback([&context, &action, options] {
    action = [&context, options] { return benchmark(context, *options); };
  });
}

}  // namespace hvac::app
