#include "live/stored_view.h"

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "telemetry/tags.h"

namespace hvac::live {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Reads a row's values by the names of their series.
class Values {
 public:
  explicit Values(const store::Row& row) : row_(row) {}

  double operator[](std::string_view series) const {
    const auto& names = row_.layout->series;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == series) return row_.values[i];
    }
    return kNan;
  }

 private:
  const store::Row& row_;
};

std::optional<double> known(double value) {
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

twin::TargetOutcome target_of(const Values& values, std::string_view target) {
  const auto part = [&](std::string_view name) {
    return values[std::string(target) + "." + std::string(name)];
  };
  return {.predicted = {part("predicted"), {part("low"), part("high")}, part("physics")},
          .tracked = {part("tracked"), {part("tracked_low"), part("tracked_high")}, part("bias")},
          .measured = known(part("measured")),
          .residual = part("residual"),
          .cusum = {}};
}

}  // namespace

AssetView stored_view(const Site& site, const store::Row& sample, const store::Row& outcome) {
  AssetView view{};
  view.asset = sample.asset;
  view.sample = site.maker.make(sample.values, sample.quality);
  view.sample.time = sample.time;
  view.received = sample.time;
  view.model_version = outcome.layout->origin;
  const Values values(outcome);
  view.outcome.time = outcome.time;
  for (std::size_t t = 0; t < telemetry::kTargetCount; ++t) {
    view.outcome.targets[t] = target_of(values, telemetry::kTargetNames[t]);
  }
  const double regime = values["regime"];
  view.outcome.regime = regime >= 0.0 && regime < static_cast<double>(features::kRegimeCount)
                            ? static_cast<features::Regime>(static_cast<std::uint8_t>(regime))
                            : features::Regime::unknown;
  view.outcome.q_thermal_kw = values["q_thermal_kw"];
  view.outcome.domain = {values["domain_distance"], -1};
  view.outcome.air_flow_m3_h = values["air_flow_m3_h"];
  view.outcome.air_flow_is_virtual = values["air_flow_is_virtual"] == 1.0;
  if (const auto index = known(values["health_index"])) {
    view.outcome.health =
        twin::Health{*index, values["health_trend_per_day"], known(values["days_to_threshold"])};
  }
  return view;
}

}  // namespace hvac::live
