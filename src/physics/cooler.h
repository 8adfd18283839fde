#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

/// A whole unit cooler - fan, chilled-water coil, electric heater, sensors - as one pure function.
/// Everything here is a plain double whose name says its unit: these are the numbers that bundles
/// store, calibration fits and features read, by the same names.
namespace hvac::physics {

/// Which cooler it is. The defaults are a small ship's unit cooler of about 900 m3/h.
struct CoolerParameters {
  // Coil: conductance of each side at nominal flow, its growth with flow, and fouling.
  double nominal_air_flow_m3_h = 900.0;
  double nominal_water_flow_kg_s = 0.05;
  double air_conductance_w_k = 300.0;
  double air_flow_exponent = 0.8;
  double water_conductance_w_k = 300.0;
  double water_flow_exponent = 0.85;
  double air_fouling_k_w = 0.0;
  double water_fouling_k_w = 0.0;
  /// Water that moves although the flow meter shows less: leakage, the meter's dead band.
  double standby_water_flow_kg_s = 0.003;

  // Water flow from the loop's pressures, beside the meter: what the pump gives and the valve does
  // not take drives the water through coil and pipes. Flow = loop_flow_kg_s * (excess / 10 kPa) ^
  // loop_flow_exponent, where excess is the loop drop above loop_rest_drop_pa.
  double loop_flow_kg_s = 0.05;
  double loop_flow_exponent = 0.7;
  double loop_rest_drop_pa = 80000.0;
  /// Trust in that flow against the meter's, 0..1: flow = (1 - share) meter + share loop.
  double loop_flow_share = 0.5;

  // Fan: flow is offset + slope x speed signal; the speed signal is UCFS.
  double fan_flow_slope_m3_h = 1.18;
  double fan_flow_offset_m3_h = 0.0;
  /// While the fan stands: what really moves by convection, what the air flow meter shows, and how
  /// much warmer than the inlet the still air at the outlet's sensor is; the latter two without and
  /// with voltage on the standing motor.
  double fan_off_air_flow_m3_h = 10.0;
  double fan_off_reading_m3_h = 390.0;
  double fan_off_powered_reading_m3_h = 455.0;
  double fan_off_warmth_k = 2.0;
  double fan_off_powered_warmth_k = 17.0;

  /// Share of the air flow lost when condensate hangs between the fins, and the wetting (see
  /// CoolerInputs) at which half of it is lost.
  double wet_flow_loss = 0.1;
  double half_wetting_g_kg = 2.0;
  /// Water flow at which half of the possible wetting comes about.
  double half_wetting_water_flow_kg_s = 0.008;
  /// How many samples the coil takes to become wet or dry (time constant).
  double wetting_memory_samples = 300.0;

  // Electric heater behind the coil: share of its power that reaches the outlet air.
  double heater_share = 1.0;

  // Sensor biases: reading minus truth.
  double air_outlet_bias_k = 0.0;
  double water_outlet_bias_k = 0.0;

  // What is assumed where an input is missing.
  double usual_air_inlet_c = 24.0;
  double usual_relative_humidity = 0.5;
  double usual_water_inlet_c = 10.0;
  double usual_water_flow_kg_s = 0.05;
  double usual_fan_speed = 760.0;

  friend bool operator==(const CoolerParameters&, const CoolerParameters&) = default;
};

/// Every parameter by the name of its member, in the order of the struct.
std::vector<std::pair<std::string_view, double>> list_parameters(const CoolerParameters& cooler);

/// The cooler that such a list describes; parameters that it does not name keep their default.
/// Errors: invalid_argument for a name that is none, a name given twice, and a value that is not
/// finite or outside what the parameter can be, naming it, the value and the limits.
[[nodiscard]] Result<CoolerParameters> cooler_from(
    std::span<const std::pair<std::string, double>> named_values);

enum class FanState { off, on, unknown };

struct CoolerInputs;

/// Whether the fan's motor is under voltage, turning or not.
bool is_powered(const CoolerInputs& inputs);

/// What is known of one instant. A missing value is taken from the parameters' `usual_...`.
struct CoolerInputs {
  std::optional<double> air_inlet_c = std::nullopt;
  std::optional<double> relative_humidity = std::nullopt;  ///< Of the inlet air, 0..1.
  std::optional<double> water_inlet_c = std::nullopt;
  std::optional<double> water_flow_kg_s = std::nullopt;
  /// Pump pressure rise less the drop over the valve. Missing: the meter alone says the flow.
  std::optional<double> loop_drop_pa = std::nullopt;
  std::optional<double> fan_speed = std::nullopt;  ///< Signal on the scale of UCFS.
  std::optional<double> fan_voltage_v =
      std::nullopt;                  ///< Of its motor; missing: none at standstill.
  FanState fan = FanState::unknown;  ///< Unknown is taken as on.
  std::optional<double> heater_power_w = std::nullopt;  ///< Missing is taken as none.
  /// How wet the coil has become, as the mean of wetting_g_kg() over its recent past (see
  /// CoolerParameters::wetting_memory_samples). Missing: as wet as this instant would make it.
  std::optional<double> retained_wetting_g_kg = std::nullopt;
  double pressure_pa = 101325.0;
};

/// How hard the coil is being wetted [g/kg]: water that each kg of inlet air could leave on a
/// surface as cold as the water inlet, less where little water flows. 0 for a dry coil.
double wetting_g_kg(const CoolerParameters& cooler, const CoolerInputs& inputs);

/// What a cooler remembers from sample to sample within a recording: how wet its coil has become.
/// A value; does not allocate.
class CoolerMemory {
 public:
  explicit CoolerMemory(const CoolerParameters& cooler) : cooler_(cooler) {}

  /// The inputs of the next sample with `retained_wetting_g_kg` put in. The first sample after
  /// `forget` is taken as the settled state.
  CoolerInputs recall(CoolerInputs now);

  /// A new recording begins.
  void forget();

  /// What is remembered; not which cooler it is.
  template <class Self, class Archive>
  static void archive(Self& self, Archive& archive) {
    archive(self.wetting_g_kg_);
  }

 private:
  CoolerParameters cooler_;
  std::optional<double> wetting_g_kg_;
};

/// What a clean cooler does in steady state at these inputs.
struct CoolerOutputs {
  // As its sensors show it (biases included).
  double air_outlet_c;
  double water_outlet_c;
  double air_flow_m3_h;

  // As it is.
  double air_mass_flow_kg_s;  ///< Of dry air.
  double water_flow_kg_s;     ///< With what moves unseen.
  double total_heat_w;        ///< From the air into the water; negative when heating.
  double sensible_heat_w;
  double heater_heat_w;  ///< Into the air behind the coil.
  double condensate_kg_s;
  double surface_temp_c;
  double dew_point_c;  ///< Of the inlet air.
  double outlet_relative_humidity;
  double wet_fraction;
  double ua_w_k;
  double ntu;
  double effectiveness;
  double bypass_factor;
  int assumed_inputs;  ///< How many inputs were missing and taken as usual.
};

/// Pure, no allocation, no NaN from finite inputs and valid parameters, well under a microsecond.
CoolerOutputs steady_state(const CoolerParameters& cooler, const CoolerInputs& inputs);

}  // namespace hvac::physics
