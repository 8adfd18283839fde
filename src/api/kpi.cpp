#include "api/kpi.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <thread>

#include "api/http.h"
#include "api/json_writer.h"
#include "api/process.h"
#include "base/files.h"
#include "base/json.h"

namespace hvac::api {
namespace {

enum Place : std::size_t { kResponse, kInference, kMemory, kCpu, kDisk, kDrift };

// Source: maintenance manual, section 6.
constexpr KpiRule kRules[] = {
    {"api_response_time", "API response time (95 %)", "ms", 50.0, 100.0, 500.0},
    {"model_inference_p95", "Model inference (95 %)", "ms", 0.1, 1.0, 10.0},
    {"memory_usage", "Memory usage", "MB", 500.0, 1024.0, 1536.0},
    {"cpu_usage", "CPU usage", "%", 50.0, 75.0, 90.0},
    {"disk_free", "Disk space free", "%", 20.0, 15.0, 10.0},
    {"drift_psi", "Drift PSI (worst tag)", "1", 0.1, 0.1, 0.2},
};

Histogram::Counts since(const Histogram::Counts& then, const Histogram::Counts& now) {
  Histogram::Counts difference;
  for (std::size_t i = 0; i < now.size(); ++i) difference[i] = now[i] - then[i];
  return difference;
}

std::optional<double> in_ms(std::optional<double> seconds) {
  if (seconds) *seconds *= 1000.0;
  return seconds;
}

// As the drift report sums it up; nothing where it judges nothing.
std::optional<double> largest_psi(const boost::json::value& report) {
  const auto* object = report.if_object();
  const auto* summary = object != nullptr ? object->if_contains("summary") : nullptr;
  if (summary == nullptr || !summary->is_object()) return std::nullopt;
  const auto* psi = summary->get_object().if_contains("largest_psi");
  if (psi == nullptr || !psi->is_number()) return std::nullopt;
  return psi->to_number<double>();
}

}  // namespace

std::span<const KpiRule> kpi_rules() { return kRules; }

std::string_view name(KpiStatus status) {
  switch (status) {
    case KpiStatus::ok:
      return "ok";
    case KpiStatus::warning:
      return "warning";
    case KpiStatus::critical:
      return "critical";
    case KpiStatus::unknown:
      break;
  }
  return "unknown";
}

KpiStatus judge(const KpiRule& rule, std::optional<double> value) {
  if (!value || std::isnan(*value)) return KpiStatus::unknown;
  const double sign = rule.target > rule.critical ? -1.0 : 1.0;
  const auto beyond = [&](double limit) { return sign * *value > sign * limit; };
  return beyond(rule.critical)  ? KpiStatus::critical
         : beyond(rule.warning) ? KpiStatus::warning
                                : KpiStatus::ok;
}

KpiStatus overall(std::span<const Kpi> kpis) {
  std::optional<KpiStatus> worst;
  for (const Kpi& kpi : kpis) {
    if (kpi.status == KpiStatus::unknown) continue;
    worst = std::max(worst.value_or(KpiStatus::ok), kpi.status);
  }
  return worst.value_or(KpiStatus::unknown);
}

std::optional<double> quantile_s(const Histogram::Counts& counts, double share) {
  double all = 0.0;
  for (const std::uint64_t count : counts) all += static_cast<double>(count);
  if (all == 0.0) return std::nullopt;
  double below = 0.0;
  for (std::size_t i = 0; i < Histogram::kBounds.size(); ++i) {
    const auto here = static_cast<double>(counts[i]);
    if (below + here >= share * all && here > 0.0) {
      const double low = i == 0 ? 0.0 : Histogram::kBounds[i - 1];
      return low + (Histogram::kBounds[i] - low) * (share * all - below) / here;
    }
    below += here;
  }
  return Histogram::kBounds.back();
}

KpiWatch::KpiWatch(KpiSources sources) : sources_(std::move(sources)) { look(); }

std::optional<double> KpiWatch::worst_drift() {
  std::error_code missing;
  const auto written = std::filesystem::last_write_time(sources_.drift_report, missing);
  if (missing) return std::nullopt;
  if (written == drift_seen_) return drift_psi_;
  drift_seen_ = written;
  const auto text = read_file(sources_.drift_report);
  const auto report = text ? parse_json(*text) : Result<boost::json::value>(boost::json::value());
  drift_psi_ = report ? largest_psi(*report) : std::nullopt;
  return drift_psi_;
}

void KpiWatch::look() {
  const auto now = std::chrono::steady_clock::now();
  const ProcessUse use = process_use();
  looks_.push_back({now, sources_.requests(), sources_.inference(), use.cpu_s});
  while (now - looks_.front().time > kWindow && looks_.size() > 2) looks_.pop_front();
  const Look& first = looks_.front();
  const Look& last = looks_.back();

  std::array<std::optional<double>, std::size(kRules)> values;
  values[kResponse] = in_ms(quantile_s(since(first.requests, last.requests), 0.95));
  values[kInference] = in_ms(quantile_s(since(first.inference, last.inference), 0.95));
  if (!values[kResponse]) values[kResponse] = in_ms(quantile_s(last.requests, 0.95));
  if (!values[kInference]) values[kInference] = in_ms(quantile_s(last.inference, 0.95));
  constexpr double kMega = 1e6;
  values[kMemory] = use.resident_bytes / kMega;
  const double wall_s = std::chrono::duration<double>(last.time - first.time).count();
  const double cores = std::max(1u, std::thread::hardware_concurrency());
  if (wall_s > 1.0) values[kCpu] = 100.0 * (last.cpu_s - first.cpu_s) / wall_s / cores;
  if (const auto disk = disk_space(sources_.disk)) values[kDisk] = 100.0 * disk->free_share;
  values[kDrift] = worst_drift();

  std::vector<Kpi> kpis;
  for (std::size_t i = 0; i < std::size(kRules); ++i) {
    kpis.push_back({&kRules[i], values[i], judge(kRules[i], values[i])});
  }
  shown_.with([&](std::vector<Kpi>& shown) { shown = std::move(kpis); });
}

std::vector<Kpi> KpiWatch::kpis() const {
  return shown_.with([](const std::vector<Kpi>& shown) { return shown; });
}

void write_kpis(const KpiWatch& watch, Response& response) {
  const std::vector<Kpi> kpis = watch.kpis();
  response.content_type = "application/json";
  JsonWriter json(response.body);
  json.begin_object().key("status").text(name(overall(kpis))).key("kpis").begin_array();
  for (const Kpi& kpi : kpis) {
    json.begin_object().key("name").text(kpi.rule->name).key("label").text(kpi.rule->label);
    json.key("unit").text(kpi.rule->unit).key("value");
    kpi.value ? json.number(*kpi.value) : json.null();
    json.key("target").number(kpi.rule->target).key("warning").number(kpi.rule->warning);
    json.key("critical").number(kpi.rule->critical);
    json.key("status").text(name(kpi.status)).end_object();
  }
  json.end_array().end_object();
}

}  // namespace hvac::api
