#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "base/histogram.h"

/// The key performance indicators of the maintenance manual, section 6.
namespace hvac::api {

struct Response;

/// What an indicator should be. Lower is better, but for those whose target is above its critical
/// value.
struct KpiRule {
  std::string_view name;   ///< "api_response_time"
  std::string_view label;  ///< "API response time (95 %)"
  std::string_view unit;
  double target;
  double warning;   ///< Beyond it: warning.
  double critical;  ///< Beyond it: critical.
};
std::span<const KpiRule> kpi_rules();

enum class KpiStatus : std::uint8_t { ok, warning, critical, unknown };
std::string_view name(KpiStatus status);

/// Where a value stands. Unknown without a value.
KpiStatus judge(const KpiRule& rule, std::optional<double> value);

struct Kpi {
  const KpiRule* rule;
  std::optional<double> value;  ///< Nothing: not known yet.
  KpiStatus status;
};

/// The worst of them that is known; unknown when none is.
KpiStatus overall(std::span<const Kpi> kpis);

/// Where the indicators come from. All outlive the watch and may be used from any thread.
struct KpiSources {
  std::function<Histogram::Counts()> requests;
  std::function<Histogram::Counts()> inference;
  std::filesystem::path disk;          ///< On whose file system free space is looked for.
  std::filesystem::path drift_report;  ///< HOME/monitoring/drift_report.json
};

/// Follows the indicators over the last minutes. `look` belongs to one thread.
class KpiWatch {
 public:
  static constexpr std::chrono::seconds kPeriod{10};  ///< Between two looks.
  static constexpr std::chrono::minutes kWindow{5};   ///< What times and loads are of.

  explicit KpiWatch(KpiSources sources);

  void look();
  std::vector<Kpi> kpis() const;

 private:
  struct Look {
    std::chrono::steady_clock::time_point time;
    Histogram::Counts requests;
    Histogram::Counts inference;
    double cpu_s;
  };
  std::optional<double> worst_drift();

  const KpiSources sources_;
  std::deque<Look> looks_;
  std::filesystem::file_time_type drift_seen_{};
  std::optional<double> drift_psi_;
  Guarded<std::vector<Kpi>> shown_;
};

/// The value below which `share` of what `counts` counted lies [s]; nothing when there is none.
std::optional<double> quantile_s(const Histogram::Counts& counts, double share);

/// GET /api/v1/kpis.
void write_kpis(const KpiWatch& watch, Response& response);

}  // namespace hvac::api
