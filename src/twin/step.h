#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/result.h"
#include "physics/residual.h"
#include "telemetry/sample.h"
#include "twin/cusum.h"
#include "twin/findings.h"
#include "twin/health.h"
#include "twin/model.h"
#include "twin/tracking.h"

/// The pure core: one sample in, everything it means out.
namespace hvac::twin {

/// One target of one instant: what it should be and what it is.
struct TargetOutcome {
  TargetPrediction predicted;      ///< By the model alone.
  Tracked tracked;                 ///< Corrected by the slow bias of earlier measurements.
  std::optional<double> measured;  ///< When its quality is good.
  double residual;                 ///< measured - predicted; NaN when not measured.
  Cusum cusum;
};

/// What the air loses against what the water takes up.
struct HeatBalance {
  double air_kw;
  double water_kw;
  double uncertainty_kw;  ///< Of the difference, one standard deviation.
  bool closes;            ///< The difference is within two standard deviations.
};

/// Everything one sample caused. The caller decides where it is stored or sent.
struct Outcome {
  TimePoint time;
  PerTarget<TargetOutcome> targets;  ///< Indexed by TargetTag.
  double q_thermal_kw;               ///< As in Prediction.
  features::Regime regime;
  features::Evidence evidence;
  Domain domain;
  std::optional<HeatBalance> heat_balance;  ///< When everything it needs is measured.
  std::optional<Health> health;
  /// Which part of the cooler the departure from first principles comes from: coil, water, fan or
  /// a sensor. Only with the fan on and both inlet temperatures known.
  std::optional<physics::ResidualSplit> explanation;
  double air_flow_m3_h;      ///< Measured, or predicted where the sensor is not to be believed.
  bool air_flow_is_virtual;  ///< Whether it is predicted.
  std::vector<Finding> findings;
};

/// What is remembered of one cooler from sample to sample. A value: copying it and stepping the
/// copy gives the same outcomes.
struct State {
  explicit State(const Model& model) : builder(model.builder()) {}

  features::FeatureBuilder builder;
  Tracker tracker;
  PerTarget<Cusum> cusum{};
  PerTarget<double> recent_residual{};  ///< Mean of about the last ten.
  HealthTracker health;
  std::optional<TimePoint> last;
  /// Inputs first, then targets. Only a sensor that was once good can go bad.
  std::array<SensorLatch, telemetry::kInputCount + telemetry::kTargetCount> bad_sensors{};
  std::array<bool, telemetry::kInputCount + telemetry::kTargetCount> was_good{};
  PerTarget<FindingLatch> above{};
  PerTarget<FindingLatch> below{};
  FindingLatch outside{};
  FindingLatch open_balance{};
  FindingLatch fouled{};

  /// All of it; goes on bit for bit with the same model.
  template <class Self, class Archive>
  static void archive(Self& self, Archive& archive) {
    archive(self.builder, self.tracker, self.cusum, self.recent_residual, self.health, self.last,
            self.bad_sensors, self.was_good, self.above, self.below, self.outside,
            self.open_balance, self.fouled);
  }
};

/// Advances `state` by one sample. Reads no clock, disk or network, so replaying the same samples
/// gives the same outcomes, bit for bit.
/// Errors: invalid_argument when the sample has no time or is not younger than the last one; then
/// `state` is unchanged.
[[nodiscard]] Result<Outcome> step(State& state, const Model& model,
                                   const telemetry::Sample& sample);

/// Goes on with another model: what was learned of the cooler's health stays, what was learned of
/// the old model's errors does not.
void change_model(State& state, const Model& model);

}  // namespace hvac::twin
