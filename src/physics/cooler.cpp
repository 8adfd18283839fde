#include "physics/cooler.h"

#include <algorithm>
#include <cmath>

#include "base/number.h"
#include "physics/coil.h"
#include "physics/moist_air.h"

namespace hvac::physics {
namespace {

constexpr double kSecondsPerHour = 3600.0;

struct Parameter {
  std::string_view name;
  double CoolerParameters::* member;
  double low;
  double high;
};

using P = CoolerParameters;

// Limits keep every formula finite; they are far wider than any real cooler.
constexpr std::array kParameters = std::to_array<Parameter>({
    {"nominal_air_flow_m3_h", &P::nominal_air_flow_m3_h, 1.0, 1e6},
    {"nominal_water_flow_kg_s", &P::nominal_water_flow_kg_s, 1e-4, 1e3},
    {"air_conductance_w_k", &P::air_conductance_w_k, 0.0, 1e7},
    {"air_flow_exponent", &P::air_flow_exponent, 0.0, 2.0},
    {"water_conductance_w_k", &P::water_conductance_w_k, 0.0, 1e7},
    {"water_flow_exponent", &P::water_flow_exponent, 0.0, 2.0},
    {"air_fouling_k_w", &P::air_fouling_k_w, 0.0, 1e3},
    {"water_fouling_k_w", &P::water_fouling_k_w, 0.0, 1e3},
    {"standby_water_flow_kg_s", &P::standby_water_flow_kg_s, 0.0, 1.0},
    {"loop_flow_kg_s", &P::loop_flow_kg_s, 0.0, 1e3},
    {"loop_flow_exponent", &P::loop_flow_exponent, 0.3, 2.0},
    {"loop_rest_drop_pa", &P::loop_rest_drop_pa, -1e6, 1e6},
    {"loop_flow_share", &P::loop_flow_share, 0.0, 1.0},
    {"fan_flow_slope_m3_h", &P::fan_flow_slope_m3_h, 0.0, 1e3},
    {"fan_flow_offset_m3_h", &P::fan_flow_offset_m3_h, -1e5, 1e5},
    {"fan_off_reading_m3_h", &P::fan_off_reading_m3_h, 0.0, 1e6},
    {"fan_off_air_flow_m3_h", &P::fan_off_air_flow_m3_h, 0.0, 1e6},
    {"wet_flow_loss", &P::wet_flow_loss, 0.0, 0.95},
    {"half_wetting_g_kg", &P::half_wetting_g_kg, 1e-3, 1e3},
    {"half_wetting_water_flow_kg_s", &P::half_wetting_water_flow_kg_s, 1e-6, 1e3},
    {"wetting_memory_samples", &P::wetting_memory_samples, 1.0, 1e6},
    {"fan_off_powered_reading_m3_h", &P::fan_off_powered_reading_m3_h, 0.0, 1e6},
    {"fan_off_warmth_k", &P::fan_off_warmth_k, -50.0, 100.0},
    {"fan_off_powered_warmth_k", &P::fan_off_powered_warmth_k, -50.0, 100.0},
    {"heater_share", &P::heater_share, 0.0, 2.0},
    {"air_outlet_bias_k", &P::air_outlet_bias_k, -50.0, 50.0},
    {"water_outlet_bias_k", &P::water_outlet_bias_k, -50.0, 50.0},
    {"usual_air_inlet_c", &P::usual_air_inlet_c, -40.0, 80.0},
    {"usual_relative_humidity", &P::usual_relative_humidity, 0.0, 1.0},
    {"usual_water_inlet_c", &P::usual_water_inlet_c, -40.0, 120.0},
    {"usual_water_flow_kg_s", &P::usual_water_flow_kg_s, 0.0, 1e3},
    {"usual_fan_speed", &P::usual_fan_speed, 0.0, 1e5},
});
static_assert(sizeof(CoolerParameters) == kParameters.size() * sizeof(double),
              "every parameter stands in the table");

double water_flow(const CoolerParameters& cooler, double metered_kg_s,
                  const std::optional<double>& loop_drop_pa) {
  double flow = metered_kg_s;
  if (loop_drop_pa && cooler.loop_flow_share > 0.0) {
    constexpr double kExcessPa = 10000.0;
    const double excess = std::max((*loop_drop_pa - cooler.loop_rest_drop_pa) / kExcessPa, 0.0);
    const double loop = cooler.loop_flow_kg_s * std::pow(excess, cooler.loop_flow_exponent);
    flow += cooler.loop_flow_share * (loop - metered_kg_s);
  }
  return flow + cooler.standby_water_flow_kg_s;
}

// The inputs with what is missing taken as usual.
struct Known {
  double air_c;
  double humidity_ratio;
  double vapour_pa;
  double water_c;
  double water_kg_s;
  double speed;
  int assumed = 0;
};

Known known(const CoolerParameters& cooler, const CoolerInputs& inputs) {
  Known k{};
  const auto value = [&k](const std::optional<double>& input, double usual) {
    if (input) return *input;
    ++k.assumed;
    return usual;
  };
  k.air_c = value(inputs.air_inlet_c, cooler.usual_air_inlet_c);
  const double humidity = value(inputs.relative_humidity, cooler.usual_relative_humidity);
  k.vapour_pa = std::clamp(humidity, 0.0, 1.0) * saturation(k.air_c).pressure_pa;
  k.humidity_ratio = humidity_ratio_of(k.vapour_pa, inputs.pressure_pa);
  k.water_c = value(inputs.water_inlet_c, cooler.usual_water_inlet_c);
  k.water_kg_s =
      water_flow(cooler, std::max(value(inputs.water_flow_kg_s, cooler.usual_water_flow_kg_s), 0.0),
                 inputs.loop_drop_pa);
  k.speed = inputs.fan == FanState::off ? 0.0 : value(inputs.fan_speed, cooler.usual_fan_speed);
  return k;
}

double wetting(const CoolerParameters& cooler, const Known& k, double pressure_pa) {
  constexpr double kGramsPerKg = 1000.0;
  const double excess = k.humidity_ratio - saturated_air(k.water_c, pressure_pa).humidity_ratio;
  return kGramsPerKg * std::max(excess, 0.0) * k.water_kg_s /
         (k.water_kg_s + cooler.half_wetting_water_flow_kg_s);
}

double standing_warmth_k(const CoolerParameters& cooler, const CoolerInputs& inputs) {
  return is_powered(inputs) ? cooler.fan_off_powered_warmth_k : cooler.fan_off_warmth_k;
}

struct AirFlow {
  double shown_m3_h;
  double real_m3_h;
};

AirFlow air_flow(const CoolerParameters& cooler, const CoolerInputs& inputs, double speed,
                 double wetting) {
  if (inputs.fan == FanState::off) {
    return {is_powered(inputs) ? cooler.fan_off_powered_reading_m3_h : cooler.fan_off_reading_m3_h,
            cooler.fan_off_air_flow_m3_h};
  }
  const double loss = cooler.wet_flow_loss * wetting / (wetting + cooler.half_wetting_g_kg);
  const double flow =
      (cooler.fan_flow_offset_m3_h + cooler.fan_flow_slope_m3_h * speed) * (1.0 - loss);
  return {std::max(flow, 0.0), std::max(flow, 0.0)};
}

}  // namespace

bool is_powered(const CoolerInputs& inputs) {
  constexpr double kLeastVolts = 20.0;
  return inputs.fan_voltage_v.value_or(0.0) > kLeastVolts;
}

std::vector<std::pair<std::string_view, double>> list_parameters(const CoolerParameters& cooler) {
  std::vector<std::pair<std::string_view, double>> list;
  for (const Parameter& p : kParameters) list.emplace_back(p.name, cooler.*p.member);
  return list;
}

Result<CoolerParameters> cooler_from(std::span<const std::pair<std::string, double>> named_values) {
  CoolerParameters cooler;
  std::array<bool, kParameters.size()> given{};
  for (const auto& [name, value] : named_values) {
    const auto found = std::find_if(kParameters.begin(), kParameters.end(),
                                    [&](const Parameter& p) { return p.name == name; });
    if (found == kParameters.end()) {
      return fail(ErrorCode::invalid_argument, "cooler parameter '" + name + "' is not known");
    }
    bool& seen = given[static_cast<std::size_t>(found - kParameters.begin())];
    if (seen) {
      return fail(ErrorCode::invalid_argument, "cooler parameter '" + name + "' is given twice");
    }
    seen = true;
    if (!(found->low <= value && value <= found->high)) {
      return fail(ErrorCode::invalid_argument,
                  "cooler parameter '" + name + "' is " + number_text(value) + ", outside " +
                      number_text(found->low) + ".." + number_text(found->high));
    }
    cooler.*found->member = value;
  }
  return cooler;
}

double wetting_g_kg(const CoolerParameters& cooler, const CoolerInputs& inputs) {
  return wetting(cooler, known(cooler, inputs), inputs.pressure_pa);
}

CoolerInputs CoolerMemory::recall(CoolerInputs now) {
  const double wetting = physics::wetting_g_kg(cooler_, now);
  const double before = wetting_g_kg_.value_or(wetting);
  wetting_g_kg_ = before + (wetting - before) / std::max(cooler_.wetting_memory_samples, 1.0);
  now.retained_wetting_g_kg = wetting_g_kg_;
  return now;
}

void CoolerMemory::forget() { wetting_g_kg_.reset(); }

CoolerOutputs steady_state(const CoolerParameters& cooler, const CoolerInputs& inputs) {
  const Known k = known(cooler, inputs);
  const double wet = std::max(inputs.retained_wetting_g_kg ? *inputs.retained_wetting_g_kg
                                                           : wetting(cooler, k, inputs.pressure_pa),
                              0.0);
  const AirFlow flow = air_flow(cooler, inputs, k.speed, wet);
  const double air_kg_s = flow.real_m3_h / kSecondsPerHour /
                          specific_volume_m3_kg(k.air_c, k.humidity_ratio, inputs.pressure_pa);
  const CoilSide air_side{WattPerKelvin{cooler.air_conductance_w_k},
                          KgPerSecond{cooler.nominal_air_flow_m3_h}, cooler.air_flow_exponent,
                          KelvinPerWatt{cooler.air_fouling_k_w}};
  const CoilSide water_side{WattPerKelvin{cooler.water_conductance_w_k},
                            KgPerSecond{cooler.nominal_water_flow_kg_s}, cooler.water_flow_exponent,
                            KelvinPerWatt{cooler.water_fouling_k_w}};
  const CoilOutlet out = coil({conductance(air_side, KgPerSecond{flow.real_m3_h}),
                               conductance(water_side, KgPerSecond{k.water_kg_s})},
                              {.air_temp = Celsius{k.air_c},
                               .air_humidity_ratio = KgPerKg{k.humidity_ratio},
                               .air_flow = KgPerSecond{air_kg_s},
                               .water_temp = Celsius{k.water_c},
                               .water_flow = KgPerSecond{k.water_kg_s},
                               .pressure = Pascal{inputs.pressure_pa}});

  const double heater_w = cooler.heater_share * std::max(inputs.heater_power_w.value_or(0.0), 0.0);
  const double outlet_ratio = out.air_humidity_ratio.value;
  // A heater in standing air warms itself until convection carries its power off.
  constexpr double kLeastFlow = 0.01;  // kg/s
  const double outlet_c = out.air_temp.value + heater_w / (std::max(air_kg_s, kLeastFlow) *
                                                           heat_capacity_j_kg_k(outlet_ratio));
  const double outlet_pa = vapour_pressure_pa(outlet_ratio, inputs.pressure_pa);
  return {.air_outlet_c = inputs.fan == FanState::off ? k.air_c + standing_warmth_k(cooler, inputs)
                                                      : outlet_c + cooler.air_outlet_bias_k,
          .water_outlet_c = out.water_temp.value + cooler.water_outlet_bias_k,
          .air_flow_m3_h = flow.shown_m3_h,
          .air_mass_flow_kg_s = air_kg_s,
          .water_flow_kg_s = k.water_kg_s,
          .total_heat_w = out.total_heat.value,
          .sensible_heat_w = out.sensible_heat.value,
          .heater_heat_w = heater_w,
          .condensate_kg_s = out.condensate.value,
          .surface_temp_c = out.surface_temp.value,
          .dew_point_c = dew_point_c(k.vapour_pa),
          .outlet_relative_humidity = std::min(outlet_pa / saturation(outlet_c).pressure_pa, 1.0),
          .wet_fraction = out.wet_fraction.value,
          .ua_w_k = out.ua.value,
          .ntu = out.ntu,
          .effectiveness = out.effectiveness.value,
          .bypass_factor = out.bypass_factor.value,
          .assumed_inputs = k.assumed};
}

}  // namespace hvac::physics
