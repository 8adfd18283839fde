#include "features/features.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "features/cooler_inputs.h"
#include "physics/moist_air.h"

namespace hvac::features {
namespace {

using telemetry::InputTag;
using Values = std::array<float, kFeatureCount>;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

constexpr std::array<std::string_view, kDerivedCount> kDerivedNames = {"fan_speed",
                                                                       "fan_on",
                                                                       "pump_on",
                                                                       "heater_on",
                                                                       "inlet_difference_k",
                                                                       "dew_point_c",
                                                                       "dew_point_excess_k",
                                                                       "ambient_difference_k",
                                                                       "valve_kv_m3_h_bar05",
                                                                       "pump_hydraulic_l_mbar_h",
                                                                       "cooling_potential_l_k_h",
                                                                       "water_holdup_h_l",
                                                                       "heater_rise_k",
                                                                       "fan_age_rows",
                                                                       "pump_age_rows",
                                                                       "heater_age_rows",
                                                                       "physics_air_outlet_c",
                                                                       "physics_water_outlet_c",
                                                                       "physics_air_flow_m3_h"};

/// Rows of the features whose means are taken; the fan's is its consensus speed.
constexpr std::array<std::size_t, kMeanCount> kMeanOf = {
    column(InputTag::UCWIT), column(InputTag::UCAIT), column(InputTag::UCWF),
    column(InputTag::AMBT),  column(InputTag::CPPR),  column(InputTag::UCAIH),
    column(InputTag::UCSDP), column(InputTag::UCWDP), column(Derived::fan_speed)};

constexpr std::size_t kFirstMean = telemetry::kInputCount + kDerivedCount;

/// Sensors without any of which a row is only partly known.
constexpr std::array kCoreInputs = {
    InputTag::AMBT, InputTag::UCAIT, InputTag::UCWIT, InputTag::UCWF, InputTag::UCAIH,
    InputTag::CPPR, InputTag::MVDP,  InputTag::UCSDP, InputTag::UCHC, InputTag::UCWDP};
constexpr int kSparseInputs = 4;  ///< With more than this many of them missing, it is sparse.
constexpr std::size_t kEnoughHistory = 4;

float to_float(std::optional<double> value) {
  return value ? static_cast<float>(*value) : kMissing;
}

/// 1 when most of the signals that are there say on, 0 when most say off, NaN when none is there.
template <std::size_t N>
float majority(const Values& v, const std::array<std::pair<InputTag, float>, N>& thresholds) {
  int present = 0;
  int on = 0;
  for (const auto& [tag, threshold] : thresholds) {
    const float value = v[column(tag)];
    if (std::isnan(value)) continue;
    ++present;
    if (value > threshold) ++on;
  }
  if (present == 0) return kMissing;
  return 2 * on > present ? 1.0F : 0.0F;
}

/// A pump that stands shows a few watts, milliamperes and the static head.
constexpr std::array<std::pair<InputTag, float>, 3> kPumpRuns = {
    {{InputTag::CPPR, 300.0F}, {InputTag::CPMMP, 50.0F}, {InputTag::CPMC, 0.1F}}};
/// An idle heater draws 0.007 A.
constexpr std::array<std::pair<InputTag, float>, 1> kHeaterRuns = {{{InputTag::UCHC, 0.5F}}};

void add_derived(Values& v, const physics::CoolerInputs& inputs) {
  const auto set = [&v](Derived feature, float value) { v[column(feature)] = value; };
  const auto raw = [&v](InputTag tag) { return v[column(tag)]; };
  const float air_c = raw(InputTag::UCAIT);
  const float water_c = raw(InputTag::UCWIT);
  const float flow_l_h = raw(InputTag::UCWF);
  const float forward_l_h = std::isnan(flow_l_h) ? kMissing : std::max(flow_l_h, 0.0F);

  set(Derived::fan_speed, to_float(inputs.fan_speed));
  set(Derived::fan_on, inputs.fan == physics::FanState::unknown
                           ? kMissing
                           : static_cast<float>(inputs.fan == physics::FanState::on));
  set(Derived::pump_on, majority(v, kPumpRuns));
  set(Derived::heater_on, majority(v, kHeaterRuns));
  set(Derived::inlet_difference_k, air_c - water_c);
  set(Derived::ambient_difference_k, raw(InputTag::AMBT) - air_c);
  const float valve_mbar = raw(InputTag::MVDP);
  set(Derived::valve_kv,
      std::isnan(valve_mbar)
          ? kMissing
          : forward_l_h / 1000.0F / std::sqrt(std::max(valve_mbar, 5.0F) / 1000.0F));
  set(Derived::pump_hydraulic, flow_l_h * raw(InputTag::CPPR));
  set(Derived::cooling_potential, forward_l_h * (air_c - water_c));
  set(Derived::water_holdup, 1.0F / (forward_l_h + 15.0F));
}

void add_physics(Values& v, const physics::CoolerParameters& cooler,
                 const physics::CoolerInputs& inputs) {
  // Without either inlet temperature first principles have nothing to stand on.
  const bool known = inputs.air_inlet_c.has_value() && inputs.water_inlet_c.has_value();
  const physics::CoolerOutputs out = physics::steady_state(cooler, inputs);
  v[column(Derived::physics_air_outlet_c)] =
      known ? static_cast<float>(out.air_outlet_c) : kMissing;
  v[column(Derived::physics_water_outlet_c)] =
      known ? static_cast<float>(out.water_outlet_c) : kMissing;
  const bool humid = inputs.air_inlet_c.has_value() && inputs.relative_humidity.has_value();
  const float dew_c = humid ? static_cast<float>(out.dew_point_c) : kMissing;
  v[column(Derived::dew_point_c)] = dew_c;
  v[column(Derived::dew_point_excess_k)] = dew_c - v[column(InputTag::UCWIT)];
  v[column(Derived::physics_air_flow_m3_h)] = static_cast<float>(out.air_flow_m3_h);
  v[column(Derived::heater_rise_k)] =
      inputs.heater_power_w
          ? static_cast<float>(out.heater_heat_w /
                               std::max(out.air_mass_flow_kg_s * physics::kDryAirHeat, 1.0))
          : kMissing;
}

Evidence evidence_of(const Values& v, std::size_t history) {
  int missing = 0;
  for (const InputTag tag : kCoreInputs) missing += std::isnan(v[column(tag)]) ? 1 : 0;
  if (std::isnan(v[column(Derived::fan_speed)])) ++missing;
  if (missing > kSparseInputs) return Evidence::sparse;
  return missing == 0 && history >= kEnoughHistory ? Evidence::complete : Evidence::partial;
}

}  // namespace

std::span<const std::string_view> feature_names() {
  static const auto* const names = [] {
    static std::array<std::string, kFeatureCount> texts;
    static std::array<std::string_view, kFeatureCount> views;
    for (std::size_t i = 0; i < telemetry::kInputCount; ++i) texts[i] = telemetry::kInputNames[i];
    for (std::size_t i = 0; i < kDerivedCount; ++i) {
      texts[telemetry::kInputCount + i] = kDerivedNames[i];
    }
    std::size_t next = kFirstMean;
    for (const int rows : kMeanRows) {
      for (const std::size_t of : kMeanOf)
        texts[next++] = texts[of] + "_mean" + std::to_string(rows);
    }
    std::ranges::copy(texts, views.begin());
    return &views;
  }();
  return *names;
}

std::string_view name(Regime regime) {
  switch (regime) {
    case Regime::fan_on:
      return "fan_on";
    case Regime::fan_off:
      return "fan_off";
    case Regime::unknown:
      break;
  }
  return "unknown";
}

std::string_view name(Evidence evidence) {
  switch (evidence) {
    case Evidence::complete:
      return "complete";
    case Evidence::partial:
      return "partial";
    case Evidence::sparse:
      break;
  }
  return "sparse";
}

float FeatureBuilder::Age::push(float now) {
  if (std::isnan(now)) return kMissing;
  if (state >= 0.0F && now != state) {
    rows = 0;
  } else {
    rows = std::min(rows + 1, kSettledRows);
  }
  state = now;
  return static_cast<float>(rows);
}

void FeatureBuilder::forget() {
  rows_ = 0;
  memory_.forget();
  fan_ = pump_ = heater_ = Age{};
}

void FeatureBuilder::add_means(Values& values) {
  const std::size_t slot = rows_ % kHistory;
  for (std::size_t k = 0; k < kMeanCount; ++k) past_[k][slot] = values[kMeanOf[k]];
  ++rows_;
  std::size_t next = kFirstMean;
  for (const int window : kMeanRows) {
    const std::size_t rows = std::min(static_cast<std::size_t>(window), rows_);
    for (std::size_t k = 0; k < kMeanCount; ++k) {
      // Summed afresh each time, oldest first: the same bits whatever came before the window.
      float sum = 0.0F;
      int count = 0;
      for (std::size_t back = rows; back > 0; --back) {
        const float value = past_[k][(rows_ - back) % kHistory];
        if (std::isnan(value)) continue;
        sum += value;
        ++count;
      }
      values[next++] = count > 0 ? sum / static_cast<float>(count) : kMissing;
    }
  }
}

FeatureRow FeatureBuilder::push(const InputView& inputs) {
  if (!started_ || inputs.recording() != recording_) {
    forget();
    started_ = true;
    recording_ = inputs.recording();
  }
  FeatureRow row;
  for (std::size_t i = 0; i < telemetry::kInputCount; ++i) {
    row.values[i] = to_float(inputs[static_cast<InputTag>(i)]);
  }
  inputs_ = memory_.recall(features::cooler_inputs(inputs));
  add_derived(row.values, inputs_);
  add_physics(row.values, cooler_, inputs_);
  row.values[column(Derived::fan_age_rows)] = fan_.push(row.at(Derived::fan_on));
  row.values[column(Derived::pump_age_rows)] = pump_.push(row.at(Derived::pump_on));
  row.values[column(Derived::heater_age_rows)] = heater_.push(row.at(Derived::heater_on));
  add_means(row.values);

  switch (inputs_.fan) {
    case physics::FanState::on:
      row.regime = Regime::fan_on;
      break;
    case physics::FanState::off:
      row.regime = Regime::fan_off;
      break;
    case physics::FanState::unknown:
      row.regime = Regime::unknown;
      break;
  }
  row.evidence = evidence_of(row.values, rows_);
  return row;
}

}  // namespace hvac::features
