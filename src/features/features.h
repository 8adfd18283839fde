#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "features/input_view.h"
#include "physics/cooler.h"
#include "telemetry/tags.h"

/// From samples to what the model sees of them: one row of numbers per instant.
namespace hvac::features {

/// Name and version of the schema below. Any change of a name, an order or a meaning is a new one.
inline constexpr std::string_view kSchema = "unit-cooler-1";

/// What is derived from the inputs of one instant and of the instants before it, in order.
/// Row layout: kInputCount raw inputs by their tag names, then these.
enum class Derived : std::uint8_t {
  fan_speed,               ///< Consensus of the fan's signals, on the scale of UCFS.
  fan_on,                  ///< 1, 0.
  pump_on,                 ///< 1, 0.
  heater_on,               ///< 1, 0.
  inlet_difference_k,      ///< UCAIT - UCWIT.
  dew_point_c,             ///< Of the inlet air.
  dew_point_excess_k,      ///< Dew point - UCWIT: above 0 the coil may be wet.
  ambient_difference_k,    ///< AMBT - UCAIT.
  valve_kv,                ///< UCWF / 1000 / sqrt(MVDP / 1000) [m3/h/bar^0.5].
  pump_hydraulic,          ///< UCWF x CPPR [L mbar/h].
  cooling_potential,       ///< UCWF x (UCAIT - UCWIT) [L K/h].
  water_holdup,            ///< 1 / (UCWF + 15): grows with how long water stays in the coil [h/L].
  heater_rise_k,           ///< What the heater adds to the air at this fan speed.
  fan_age_rows,            ///< Rows since the fan changed state, at most kSettledRows.
  pump_age_rows,           ///< The same of the pump ...
  heater_age_rows,         ///< ... and the heater.
  physics_air_outlet_c,    ///< First principles: air outlet temperature ...
  physics_water_outlet_c,  ///< ... water outlet temperature ...
  physics_air_flow_m3_h,   ///< ... and air flow.
};
inline constexpr std::size_t kDerivedCount = 19;

/// The quantities whose mean over the last rows of the recording is a feature.
inline constexpr std::size_t kMeanCount = 9;
inline constexpr std::array<int, 2> kMeanRows = {4, 12};

inline constexpr std::size_t kFeatureCount =
    telemetry::kInputCount + kDerivedCount + kMeanCount * kMeanRows.size();

/// A state older than this counts as settled; so does one whose beginning is not known.
inline constexpr int kSettledRows = 60;

/// Place of a raw input or a derived feature in a row.
constexpr std::size_t column(telemetry::InputTag tag) { return telemetry::index(tag); }
constexpr std::size_t column(Derived feature) {
  return telemetry::kInputCount + static_cast<std::size_t>(feature);
}

/// Name of each feature in row order: a tag's name for raw inputs, else the quantity and its unit
/// ("dew_point_c", "UCWIT_mean12").
std::span<const std::string_view> feature_names();

/// What the cooler is doing, as far as the non-target signals tell.
enum class Regime : std::uint8_t { fan_on, fan_off, unknown };
inline constexpr std::size_t kRegimeCount = 3;
std::string_view name(Regime regime);

/// How much a row knows. Intervals are calibrated for each.
enum class Evidence : std::uint8_t {
  complete,  ///< Every sensor that matters, and a history.
  partial,   ///< Some missing.
  sparse,    ///< Little more than the six fields that a request must have.
};
inline constexpr std::size_t kEvidenceCount = 3;
std::string_view name(Evidence evidence);

/// What the model sees of one instant. NaN means missing, here and nowhere else.
struct FeatureRow {
  std::array<float, kFeatureCount> values;
  Regime regime;
  Evidence evidence;

  float at(telemetry::InputTag tag) const { return values[column(tag)]; }
  float at(Derived feature) const { return values[column(feature)]; }
};

/// Makes feature rows sample by sample, the same way in training and serving: causal, and
/// forgetting everything when the recording changes. A value; one thread; never allocates.
class FeatureBuilder {
 public:
  explicit FeatureBuilder(const physics::CoolerParameters& cooler)
      : cooler_(cooler), memory_(cooler) {}

  FeatureRow push(const InputView& inputs);

  /// What the physics was told of the last row.
  const physics::CoolerInputs& cooler_inputs() const { return inputs_; }

  /// What is remembered for the next rows; not which cooler it is, nor the last row.
  template <class Self, class Archive>
  static void archive(Self& self, Archive& archive) {
    archive(self.memory_, self.past_, self.rows_, self.started_, self.recording_, self.fan_,
            self.pump_, self.heater_);
  }

 private:
  static constexpr std::size_t kHistory = 12;

  /// How long an on/off state has lasted.
  struct Age {
    int rows = kSettledRows;
    float state = -1.0F;  ///< Last known one; negative when none.
    float push(float now);

    template <class Self, class Archive>
    static void archive(Self& self, Archive& archive) {
      archive(self.rows, self.state);
    }
  };

  void forget();
  void add_means(std::array<float, kFeatureCount>& values);

  physics::CoolerParameters cooler_;
  physics::CoolerMemory memory_;
  physics::CoolerInputs inputs_;
  std::array<std::array<float, kHistory>, kMeanCount> past_{};
  std::size_t rows_ = 0;  ///< Seen of this recording.
  bool started_ = false;
  telemetry::RecordingId recording_{};
  Age fan_;
  Age pump_;
  Age heater_;
};

}  // namespace hvac::features
