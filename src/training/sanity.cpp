#include "training/sanity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>

#include "features/cooler_inputs.h"
#include "features/input_view.h"
#include "twin/step.h"

namespace hvac::training {
namespace {

using telemetry::InputTag;
using telemetry::kTargetCount;
using telemetry::Sample;
using telemetry::TargetTag;
using twin::Prediction;

constexpr std::size_t kMostPoints = 300;       ///< That one rule is tried at.
constexpr std::size_t kMostCandidates = 6000;  ///< That they are chosen from.
/// A change of less than this in the wrong direction is a step of a tree, no contradiction.
constexpr twin::PerTarget<double> kNegligible = {0.1, 0.1, 5.0};
constexpr twin::PerTarget<std::string_view> kUnits = {"K", "K", "m3/h"};

/// Adds to a value that is there.
bool shift(Sample& sample, InputTag tag, double by) {
  const auto value = sample.input(tag);
  if (!value) return false;
  sample.set(tag, *value + by);
  return true;
}

bool scale(Sample& sample, InputTag tag, double by) {
  const auto value = sample.input(tag);
  if (!value) return false;
  sample.set(tag, *value * by);
  return true;
}

bool water_flows(const Sample& sample) {
  constexpr double kFlowing = 60.0;  // L/h
  return sample.input(InputTag::UCWF).value_or(0.0) > kFlowing;
}

enum class Heater { off, on, unknown };

Heater heater_of(const Sample& sample) {
  features::FeatureBuilder builder{physics::CoolerParameters{}};
  const float on = builder.push(features::InputView(sample)).at(features::Derived::heater_on);
  if (std::isnan(on)) return Heater::unknown;
  return on == 0.0F ? Heater::off : Heater::on;
}

/// Cooling: water flows, is colder than the air, and nothing says that the heater is on.
bool cools(const Sample& sample) {
  constexpr double kLeastDifference = 5.0;
  const auto air = sample.input(InputTag::UCAIT);
  const auto water = sample.input(InputTag::UCWIT);
  return water_flows(sample) && air && water && *air - *water > kLeastDifference &&
         heater_of(sample) != Heater::on;
}

/// Warmer or colder air at the inlet, and around the cooler: they hardly part.
bool shift_air(Sample& sample, double by) {
  shift(sample, InputTag::AMBT, by);
  return shift(sample, InputTag::UCAIT, by);
}

/// More or less water because the valve opens or closes: its opening, the meter, and what is
/// computed from it. The pump keeps the pressures nearly as they are.
bool scale_water(Sample& sample, double by) {
  if (!water_flows(sample)) return false;
  scale(sample, InputTag::MVSO, by);
  scale(sample, InputTag::MVCV, by);
  scale(sample, InputTag::CPCF, by);
  scale(sample, InputTag::CPHP, by);
  return scale(sample, InputTag::UCWF, by);
}

bool scale_fan(Sample& sample, double by) {
  scale(sample, InputTag::UCFMS, by);
  scale(sample, InputTag::UCFMV, by);
  scale(sample, InputTag::UCSDP, by * by);
  return scale(sample, InputTag::UCFS, by);
}

/// A change of one condition: `sign` -1 downwards, +1 upwards. False: it does not apply here.
using Change = std::function<bool(Sample&, double sign)>;

enum class Effect {
  certain,   ///< A model that does not show it is wrong.
  may_hide,  ///< Small and behind coarse meters: a model may have missed it, not turned it round.
};

struct Rule {
  std::string_view name;
  TargetTag target;
  double direction;  ///< Of the target when the condition grows.
  Effect effect;
  Change change;
};

const std::vector<Rule>& rules() {
  static const std::vector<Rule> kRules = {
      {"the air outlet is warmer when the air inlet is", TargetTag::UCAOT, 1.0, Effect::certain,
       [](Sample& s, double sign) { return shift_air(s, sign); }},
      {"the air outlet is warmer when the water inlet is", TargetTag::UCAOT, 1.0, Effect::certain,
       [](Sample& s, double sign) { return cools(s) && shift(s, InputTag::UCWIT, sign); }},
      {"the water outlet is warmer when the water inlet is", TargetTag::UCWOT, 1.0, Effect::certain,
       [](Sample& s, double sign) { return water_flows(s) && shift(s, InputTag::UCWIT, sign); }},
      {"the water outlet is warmer when the air inlet is", TargetTag::UCWOT, 1.0, Effect::certain,
       [](Sample& s, double sign) { return cools(s) && shift_air(s, sign); }},
      {"the air outlet is colder when more water flows", TargetTag::UCAOT, -1.0, Effect::may_hide,
       [](Sample& s, double sign) { return cools(s) && scale_water(s, 1.0 + 0.3 * sign); }},
      {"the water outlet is colder when more water flows", TargetTag::UCWOT, -1.0, Effect::may_hide,
       [](Sample& s, double sign) { return cools(s) && scale_water(s, 1.0 + 0.3 * sign); }},
      {"more air flows when the fan turns faster", TargetTag::UCAF, 1.0, Effect::certain,
       [](Sample& s, double sign) { return scale_fan(s, 1.0 + 0.1 * sign); }},
  };
  return kRules;
}

/// A requirement of sets of six fields over what unit coolers see.
std::vector<Sample> grid() {
  std::vector<Sample> points;
  for (const double air : {18.0, 22.0, 26.0, 30.0}) {
    for (const double water : {5.0, 8.0, 11.0, 14.0}) {
      for (const double flow : {80.0, 150.0, 250.0}) {
        for (const double humidity : {35.0, 55.0, 75.0}) {
          Sample& sample = points.emplace_back();
          sample.set(InputTag::UCAIT, air);
          sample.set(InputTag::UCWIT, water);
          sample.set(InputTag::UCWF, flow);
          sample.set(InputTag::UCAIH, humidity);
          sample.set(InputTag::AMBT, air);
          sample.set(InputTag::UCTSP, 21.0);
        }
      }
    }
  }
  return points;
}

/// `most` of them at most, spread evenly.
template <class T>
std::vector<T> thinned(const std::vector<T>& all, std::size_t most) {
  if (all.size() <= most) return all;
  std::vector<T> kept;
  for (std::size_t i = 0; i < most; ++i) kept.push_back(all[i * all.size() / most]);
  return kept;
}

/// Conditions that the model knows: of the samples with the fan on, and of the grid.
std::vector<Sample> candidates_of(const twin::Model& model, std::span<const Sample> samples) {
  std::vector<Sample> recorded;
  for (const Sample& sample : samples) {
    const Prediction prediction = model.predict(sample);
    if (prediction.regime == features::Regime::fan_on && prediction.domain.inside()) {
      recorded.push_back(sample);
    }
  }
  std::vector<Sample> candidates = thinned(recorded, kMostCandidates);
  for (const Sample& sample : grid()) {
    if (model.predict(sample).domain.inside()) candidates.push_back(sample);
  }
  return candidates;
}

/// What the rule's target changes by, in the right direction, where the rule applies.
std::optional<double> change_at(const twin::Model& model, const Rule& rule, const Sample& point) {
  Sample less = point;
  Sample more = point;
  if (!rule.change(less, -1.0) || !rule.change(more, 1.0)) return std::nullopt;
  const Prediction low = model.predict(less);
  const Prediction high = model.predict(more);
  if (!low.domain.inside() || !high.domain.inside()) return std::nullopt;
  const std::size_t t = telemetry::index(rule.target);
  return rule.direction * (high.targets[t].value - low.targets[t].value);
}

SanityRule try_rule(const twin::Model& model, const Rule& rule,
                    std::span<const Sample> candidates) {
  const std::size_t t = telemetry::index(rule.target);
  std::vector<double> changes;
  for (const Sample& point : candidates) {
    if (const auto change = change_at(model, rule, point)) changes.push_back(*change);
  }
  const double least = rule.effect == Effect::certain ? 0.0 : -kNegligible[t];
  SanityRule result{rule.name, 0, 0, 0.0, least, kUnits[t]};
  for (const double change : thinned(changes, kMostPoints)) {
    ++result.tried;
    result.mean += change;
    if (!(change >= -kNegligible[t])) ++result.broken;
  }
  if (result.tried > 0) result.mean /= static_cast<double>(result.tried);
  return result;
}

/// What no cooler can do, in words.
std::optional<std::string> impossibility(const Sample& sample, const Prediction& prediction) {
  constexpr double kToleranceK = 3.0;     // Sensor biases and motor heat.
  constexpr double kMostHeatingK = 40.0;  // By an electric heater.
  constexpr double kMostAirM3H = 3000.0;
  const double air = prediction.targets[telemetry::index(TargetTag::UCAOT)].value;
  const double water = prediction.targets[telemetry::index(TargetTag::UCWOT)].value;
  const double flow = prediction.targets[telemetry::index(TargetTag::UCAF)].value;
  if (!std::isfinite(air) || !std::isfinite(water) || !std::isfinite(flow)) {
    return "a prediction is not finite";
  }
  if (!(flow > 0.0 && flow < kMostAirM3H)) return fmt::format("UCAF {:.0f} m3/h", flow);
  const auto inlet_air = sample.input(InputTag::UCAIT);
  const auto inlet_water = sample.input(InputTag::UCWIT);
  if (!inlet_air || !inlet_water) return std::nullopt;
  const auto [low, high] = std::minmax(*inlet_air, *inlet_water);
  const auto conditions = [&] {
    return fmt::format("at UCAIT {:.1f} and UCWIT {:.1f} degC", *inlet_air, *inlet_water);
  };
  if (water < low - kToleranceK || (water_flows(sample) && water > high + kToleranceK)) {
    return fmt::format("UCWOT {:.1f} degC {}", water, conditions());
  }
  const bool only_cools = cools(sample) && heater_of(sample) == Heater::off;
  if (air < low - kToleranceK || air > high + (only_cools ? kToleranceK : kMostHeatingK)) {
    return fmt::format("UCAOT {:.1f} degC {}", air, conditions());
  }
  return std::nullopt;
}

/// Shares of settled rows whose heat balance closes: by predictions and by measured values.
class Balance {
 public:
  explicit Balance(const twin::Model& model)
      : model_(model), predicted_(model), measured_(model), builder_(model.builder()) {}

  void add(Sample sample) {
    sample.time = TimePoint(std::chrono::seconds(30 * ++rows_));
    const auto as_measured = twin::step(measured_, model_, sample);
    const features::FeatureRow row = builder_.push(features::InputView(sample));
    const Prediction prediction = model_.predict(row);
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      sample.set(static_cast<TargetTag>(t), prediction.targets[t].value);
    }
    const auto as_predicted = twin::step(predicted_, model_, sample);
    const bool settled = row.at(features::Derived::fan_age_rows) >= 10.0F &&
                         !(row.at(features::Derived::pump_age_rows) < 10.0F) &&
                         !(row.at(features::Derived::heater_age_rows) < 20.0F);
    if (!settled || !prediction.domain.inside() || !as_measured || !as_predicted ||
        !as_measured->heat_balance || !as_predicted->heat_balance) {
      return;
    }
    ++settled_;
    closes_measured_ += as_measured->heat_balance->closes ? 1 : 0;
    closes_predicted_ += as_predicted->heat_balance->closes ? 1 : 0;
  }

  void finish(SanityReport& report) const {
    report.balance_points = settled_;
    if (settled_ == 0) return;
    report.predicted_balance =
        static_cast<double>(closes_predicted_) / static_cast<double>(settled_);
    report.measured_balance = static_cast<double>(closes_measured_) / static_cast<double>(settled_);
  }

 private:
  const twin::Model& model_;
  twin::State predicted_;
  twin::State measured_;
  features::FeatureBuilder builder_;
  std::int64_t rows_ = 0;
  std::size_t settled_ = 0;
  std::size_t closes_predicted_ = 0;
  std::size_t closes_measured_ = 0;
};

}  // namespace

SanityReport try_physics(const twin::Model& model, std::span<const Sample> samples) {
  SanityReport report;
  const std::vector<Sample> candidates = candidates_of(model, samples);
  for (const Rule& rule : rules()) report.monotone.push_back(try_rule(model, rule, candidates));
  for (const Sample& point : candidates) {
    ++report.points;
    const auto impossible = impossibility(point, model.predict(point));
    if (!impossible) continue;
    if (report.impossible++ == 0) report.worst = *impossible;
  }
  Balance balance(model);
  for (const Sample& sample : samples) balance.add(sample);
  balance.finish(report);
  return report;
}

}  // namespace hvac::training
