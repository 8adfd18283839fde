#include "store/twin_rows.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <limits>
#include <string>

#include "base/json.h"

namespace hvac::store {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

constexpr std::array<std::string_view, 10> kPerTarget = {
    "predicted",   "low",          "high", "physics",  "tracked",
    "tracked_low", "tracked_high", "bias", "measured", "residual"};
constexpr std::array<std::string_view, 10> kPerCooler = {"q_thermal_kw",
                                                         "domain_distance",
                                                         "regime",
                                                         "air_kw",
                                                         "water_kw",
                                                         "health_index",
                                                         "health_trend_per_day",
                                                         "days_to_threshold",
                                                         "air_flow_m3_h",
                                                         "air_flow_is_virtual"};

std::array<double, kPerTarget.size()> values_of(const twin::TargetOutcome& target) {
  return {target.predicted.value,
          target.predicted.interval90.low,
          target.predicted.interval90.high,
          target.predicted.physics,
          target.tracked.value,
          target.tracked.interval90.low,
          target.tracked.interval90.high,
          target.tracked.bias,
          target.measured.value_or(kNan),
          target.residual};
}

std::array<double, kPerCooler.size()> values_of(const twin::Outcome& outcome) {
  const auto& balance = outcome.heat_balance;
  const auto& health = outcome.health;
  return {outcome.q_thermal_kw,
          outcome.domain.distance,
          static_cast<double>(outcome.regime),
          balance ? balance->air_kw : kNan,
          balance ? balance->water_kw : kNan,
          health ? health->index : kNan,
          health ? health->trend_per_day : kNan,
          health ? health->days_to_threshold.value_or(kNan) : kNan,
          outcome.air_flow_m3_h,
          outcome.air_flow_is_virtual ? 1.0 : 0.0};
}

}  // namespace

std::shared_ptr<const Layout> sample_layout(const telemetry::AssetProfile& profile) {
  Layout layout{profile.name, {}};
  for (const telemetry::Tag& tag : profile.tags) layout.series.push_back(tag.name);
  return std::make_shared<const Layout>(std::move(layout));
}

std::shared_ptr<const Layout> outcome_layout(std::string_view model_version) {
  Layout layout{std::string(model_version), {}};
  for (const std::string_view target : telemetry::kTargetNames) {
    for (const std::string_view part : kPerTarget) {
      layout.series.push_back(fmt::format("{}.{}", target, part));
    }
  }
  layout.series.insert(layout.series.end(), kPerCooler.begin(), kPerCooler.end());
  return std::make_shared<const Layout>(std::move(layout));
}

Row outcome_row(const AssetId& asset, const twin::Outcome& outcome,
                std::shared_ptr<const Layout> layout) {
  Row row{asset, outcome.time, std::move(layout), {}, {}};
  row.values.reserve(telemetry::kTargetCount * kPerTarget.size() + kPerCooler.size());
  for (const twin::TargetOutcome& target : outcome.targets) {
    const auto values = values_of(target);
    row.values.insert(row.values.end(), values.begin(), values.end());
  }
  const auto values = values_of(outcome);
  row.values.insert(row.values.end(), values.begin(), values.end());
  return row;
}

Finding stored_finding(const AssetId& asset, const twin::Finding& finding) {
  return {asset,
          finding.since,
          std::string(name(finding.kind)),
          std::string(finding.tag),
          describe(finding),
          json_text(boost::json::object{{"value", finding.value}, {"limit", finding.limit}})};
}

}  // namespace hvac::store
