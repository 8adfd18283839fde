#include "twin/step.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "features/input_view.h"
#include "physics/moist_air.h"

namespace hvac::twin {
namespace {

using telemetry::index;
using telemetry::InputTag;
using telemetry::kInputCount;
using telemetry::kTargetCount;
using telemetry::Quality;
using telemetry::Sample;
using telemetry::TargetTag;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// How many samples a condition must hold before an operator hears of it.
constexpr int kOutsideSamples = 5;
constexpr int kOpenBalanceSamples = 30;

/// One standard deviation of the residual, from the calibrated interval.
double deviation(const TargetPrediction& predicted) {
  constexpr double kNinetyPercent = 2.0 * 1.6449;  // Width of a normal's 90 % interval.
  constexpr double kLeast = 1e-3;
  return std::max((predicted.interval90.high - predicted.interval90.low) / kNinetyPercent, kLeast);
}

/// Whether a departure of that target can be the cooler's: a standing fan's readings are no supply
/// air, water that stands in the coil has no outlet temperature, and what was just switched is
/// still warm or cold.
bool says_something(TargetTag target, const features::FeatureRow& row,
                    const physics::CoolerInputs& inputs) {
  constexpr double kStandingWaterKgS = 0.01;
  constexpr float kSettledRows = 30.0F;
  const auto just_switched = [&](features::Derived age) { return row.at(age) < kSettledRows; };
  if (row.regime != features::Regime::fan_on || just_switched(features::Derived::fan_age_rows)) {
    return false;
  }
  switch (target) {
    case TargetTag::UCAOT:
      return !just_switched(features::Derived::heater_age_rows);
    case TargetTag::UCWOT:
      return inputs.water_flow_kg_s.value_or(0.0) > kStandingWaterKgS &&
             !just_switched(features::Derived::pump_age_rows);
    case TargetTag::UCAF:
      break;
  }
  return true;
}

std::optional<HeatBalance> heat_balance(const physics::CoolerOutputs& physics,
                                        const physics::CoolerInputs& inputs, const Sample& sample) {
  const auto air_outlet = sample.target(TargetTag::UCAOT);
  const auto water_outlet = sample.target(TargetTag::UCWOT);
  const auto air_flow = sample.target(TargetTag::UCAF);
  if (!air_outlet || !water_outlet || !air_flow || !inputs.air_inlet_c || !inputs.water_inlet_c ||
      !inputs.water_flow_kg_s || inputs.fan != physics::FanState::on) {
    return std::nullopt;
  }
  const double density = 353.0 / (273.15 + *inputs.air_inlet_c);
  const double air_w_k = *air_flow / 3600.0 * density * physics::kDryAirHeat;
  const double water_w_k = physics.water_flow_kg_s * physics::kWaterHeat;
  const double air_w = air_w_k * (*inputs.air_inlet_c - *air_outlet) + physics.heater_heat_w +
                       (physics.total_heat_w - physics.sensible_heat_w);
  const double water_rise_k = *water_outlet - *inputs.water_inlet_c;

  // One standard deviation of each: temperatures 0.3 K, air flow 5 %, water flow 20 L/h and 10 %.
  constexpr double kTemperatureK = 0.3;
  constexpr double kWaterStepKgS = 20.0 / 3600.0;
  const double air_u = std::hypot(air_w_k * kTemperatureK, 0.05 * air_w);
  const double water_u = std::hypot(water_w_k * kTemperatureK,
                                    std::hypot(kWaterStepKgS, 0.1 * physics.water_flow_kg_s) *
                                        physics::kWaterHeat * water_rise_k);
  HeatBalance balance{air_w / 1000.0, water_w_k * water_rise_k / 1000.0,
                      std::hypot(air_u, water_u) / 1000.0, true};
  balance.closes = std::abs(balance.air_kw - balance.water_kw) <= 2.0 * balance.uncertainty_kw;
  return balance;
}

std::optional<physics::ResidualSplit> explain(const physics::CoolerParameters& cooler,
                                              const physics::CoolerInputs& inputs,
                                              const Sample& sample,
                                              const physics::CoolerOutputs& physics) {
  if (!inputs.air_inlet_c || !inputs.water_inlet_c || inputs.fan != physics::FanState::on) {
    return std::nullopt;
  }
  const PerTarget<double> clean = {physics.air_outlet_c, physics.water_outlet_c,
                                   physics.air_flow_m3_h};
  physics::Residual departure{};
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const auto measured = sample.target(static_cast<TargetTag>(t));
    if (measured) departure[t] = *measured - clean[t];
  }
  return physics::split_residual(cooler, inputs, departure);
}

/// Whether a value is there but not to be believed, or should be there and is not.
bool bad(Quality quality) {
  return quality != Quality::good && quality != Quality::duplicate && quality != Quality::reboot;
}

class FindingList {
 public:
  FindingList(TimePoint now, std::vector<Finding>& findings) : now_(now), findings_(findings) {}

  void see(FindingLatch& latch, bool holds, int samples, FindingKind kind, std::string_view tag,
           double value, double limit) {
    if (const auto since = latch.see(holds, now_, samples)) {
      findings_.push_back({kind, tag, *since, value, limit});
    }
  }

  void see_sensor(SensorLatch& latch, bool is_bad, std::string_view tag) {
    if (const auto since = latch.see(is_bad, now_)) {
      constexpr double kLimit = SensorLatch::kSamples;
      findings_.push_back({FindingKind::sensor_bad, tag, *since, kLimit, kLimit});
    }
  }

 private:
  TimePoint now_;
  std::vector<Finding>& findings_;
};

void see_sensor(FindingList& list, State& state, std::size_t sensor, Quality quality,
                std::string_view tag) {
  state.was_good[sensor] = state.was_good[sensor] || quality == Quality::good;
  list.see_sensor(state.bad_sensors[sensor], state.was_good[sensor] && bad(quality), tag);
}

void find(State& state, const Sample& sample, Outcome& outcome) {
  FindingList list(outcome.time, outcome.findings);
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const TargetOutcome& target = outcome.targets[t];
    const std::string_view tag = telemetry::kTargetNames[t];
    list.see(state.above[t], target.cusum.high(), 1, FindingKind::above_prediction, tag,
             std::abs(state.recent_residual[t]), Cusum::kLimit);
    list.see(state.below[t], target.cusum.low(), 1, FindingKind::below_prediction, tag,
             std::abs(state.recent_residual[t]), Cusum::kLimit);
    see_sensor(list, state, kInputCount + t, sample.quality(static_cast<TargetTag>(t)), tag);
  }
  for (std::size_t i = 0; i < kInputCount; ++i) {
    see_sensor(list, state, i, sample.quality(static_cast<InputTag>(i)), telemetry::kInputNames[i]);
  }
  const std::string_view worst =
      outcome.domain.worst_feature < 0
          ? "no single one"
          : features::feature_names()[static_cast<std::size_t>(outcome.domain.worst_feature)];
  constexpr double kFarOutside = 1.5;
  list.see(state.outside, outcome.domain.distance > kFarOutside, kOutsideSamples,
           FindingKind::outside_training, worst, outcome.domain.distance, 1.0);
  if (outcome.heat_balance) {
    const HeatBalance& balance = *outcome.heat_balance;
    list.see(state.open_balance, !balance.closes, kOpenBalanceSamples,
             FindingKind::heat_balance_open, "", std::abs(balance.air_kw - balance.water_kw),
             2.0 * balance.uncertainty_kw);
  }
  if (outcome.health) {
    list.see(state.fouled, outcome.health->index <= kCleanAt, 1, FindingKind::coil_fouled, "",
             outcome.health->index, kCleanAt);
  }
}

}  // namespace

Result<Outcome> step(State& state, const Model& model, const Sample& sample) {
  if (!sample.time) return fail(ErrorCode::invalid_argument, "the sample has no time");
  if (state.last && *sample.time <= *state.last) {
    return fail(ErrorCode::invalid_argument, "the sample is not younger than the last one");
  }
  state.last = sample.time;

  const features::FeatureRow row = state.builder.push(features::InputView(sample));
  const physics::CoolerInputs& inputs = state.builder.cooler_inputs();
  const physics::CoolerParameters& cooler = model.parts().cooler;
  const Prediction prediction = model.predict(row);
  const auto tracked = state.tracker.push(model.parts().intervals, prediction, sample);

  Outcome outcome{};
  outcome.time = *sample.time;
  outcome.q_thermal_kw = prediction.q_thermal_kw;
  outcome.regime = prediction.regime;
  outcome.evidence = prediction.evidence;
  outcome.domain = prediction.domain;
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    TargetOutcome& target = outcome.targets[t];
    target.predicted = prediction.targets[t];
    target.tracked = tracked[t];
    target.measured = sample.target(static_cast<TargetTag>(t));
    target.residual = target.measured ? *target.measured - target.predicted.value : kNan;
    if (target.measured && says_something(static_cast<TargetTag>(t), row, inputs)) {
      state.cusum[t].push(target.residual / deviation(target.predicted));
      constexpr double kShare = 0.1;
      state.recent_residual[t] += kShare * (target.residual - state.recent_residual[t]);
    } else {
      state.cusum[t].push(0.0);
    }
    target.cusum = state.cusum[t];
  }

  const TargetOutcome& air_flow = outcome.targets[index(TargetTag::UCAF)];
  outcome.air_flow_is_virtual = !air_flow.measured.has_value();
  outcome.air_flow_m3_h = air_flow.measured.value_or(air_flow.predicted.value);

  const physics::CoolerOutputs physics = physics::steady_state(cooler, inputs);
  outcome.heat_balance = heat_balance(physics, inputs, sample);
  const auto settled = row.at(features::Derived::fan_age_rows) >= 10.0F &&
                       !(row.at(features::Derived::pump_age_rows) < 10.0F) &&
                       !(row.at(features::Derived::heater_age_rows) < 20.0F);
  if (const auto air_outlet = sample.target(TargetTag::UCAOT); air_outlet && settled) {
    if (const auto ratio = conductance_ratio(cooler, inputs, *air_outlet)) {
      state.health.push(outcome.time, *ratio);
    }
  }
  outcome.health = state.health.health();
  outcome.explanation = explain(cooler, inputs, sample, physics);
  find(state, sample, outcome);
  return outcome;
}

void change_model(State& state, const Model& model) {
  State fresh(model);
  fresh.health = state.health;
  fresh.last = state.last;
  fresh.bad_sensors = state.bad_sensors;
  fresh.was_good = state.was_good;
  state = fresh;
}

}  // namespace hvac::twin
