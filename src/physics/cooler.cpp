#include "physics/cooler.h"

#include <algorithm>

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
    {"fan_flow_slope_m3_h", &P::fan_flow_slope_m3_h, 0.0, 1e3},
    {"fan_flow_offset_m3_h", &P::fan_flow_offset_m3_h, -1e5, 1e5},
    {"fan_off_reading_m3_h", &P::fan_off_reading_m3_h, 0.0, 1e6},
    {"fan_off_air_flow_m3_h", &P::fan_off_air_flow_m3_h, 0.0, 1e6},
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

struct AirFlow {
  double shown_m3_h;
  double real_m3_h;
};

AirFlow air_flow(const CoolerParameters& cooler, FanState fan, double speed) {
  if (fan == FanState::off) return {cooler.fan_off_reading_m3_h, cooler.fan_off_air_flow_m3_h};
  const double flow =
      std::max(cooler.fan_flow_offset_m3_h + cooler.fan_flow_slope_m3_h * speed, 0.0);
  return {flow, flow};
}

}  // namespace

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

CoolerOutputs steady_state(const CoolerParameters& cooler, const CoolerInputs& inputs) {
  int assumed = 0;
  const auto known = [&assumed](const std::optional<double>& value, double usual) {
    if (value) return *value;
    ++assumed;
    return usual;
  };
  const double air_c = known(inputs.air_inlet_c, cooler.usual_air_inlet_c);
  const double humidity =
      std::clamp(known(inputs.relative_humidity, cooler.usual_relative_humidity), 0.0, 1.0);
  const double water_c = known(inputs.water_inlet_c, cooler.usual_water_inlet_c);
  const double water_kg_s =
      std::max(known(inputs.water_flow_kg_s, cooler.usual_water_flow_kg_s), 0.0) +
      cooler.standby_water_flow_kg_s;
  const double speed =
      inputs.fan == FanState::off ? 0.0 : known(inputs.fan_speed, cooler.usual_fan_speed);

  const double vapour_pa = humidity * saturation(air_c).pressure_pa;
  const double humidity_ratio = humidity_ratio_of(vapour_pa, inputs.pressure_pa);
  const AirFlow flow = air_flow(cooler, inputs.fan, speed);
  const double air_kg_s = flow.real_m3_h / kSecondsPerHour /
                          specific_volume_m3_kg(air_c, humidity_ratio, inputs.pressure_pa);

  const CoilSide air_side{WattPerKelvin{cooler.air_conductance_w_k},
                          KgPerSecond{cooler.nominal_air_flow_m3_h}, cooler.air_flow_exponent,
                          KelvinPerWatt{cooler.air_fouling_k_w}};
  const CoilSide water_side{WattPerKelvin{cooler.water_conductance_w_k},
                            KgPerSecond{cooler.nominal_water_flow_kg_s}, cooler.water_flow_exponent,
                            KelvinPerWatt{cooler.water_fouling_k_w}};
  const CoilOutlet out = coil({conductance(air_side, KgPerSecond{flow.real_m3_h}),
                               conductance(water_side, KgPerSecond{water_kg_s})},
                              {.air_temp = Celsius{air_c},
                               .air_humidity_ratio = KgPerKg{humidity_ratio},
                               .air_flow = KgPerSecond{air_kg_s},
                               .water_temp = Celsius{water_c},
                               .water_flow = KgPerSecond{water_kg_s},
                               .pressure = Pascal{inputs.pressure_pa}});

  const double heater_w = cooler.heater_share * std::max(inputs.heater_power_w.value_or(0.0), 0.0);
  const double outlet_ratio = out.air_humidity_ratio.value;
  // A heater in standing air warms itself until convection carries its power off.
  constexpr double kLeastFlow = 0.01;  // kg/s
  const double outlet_c = out.air_temp.value + heater_w / (std::max(air_kg_s, kLeastFlow) *
                                                           heat_capacity_j_kg_k(outlet_ratio));
  const double outlet_pa = vapour_pressure_pa(outlet_ratio, inputs.pressure_pa);
  return {.air_outlet_c = outlet_c + cooler.air_outlet_bias_k,
          .water_outlet_c = out.water_temp.value + cooler.water_outlet_bias_k,
          .air_flow_m3_h = flow.shown_m3_h,
          .air_mass_flow_kg_s = air_kg_s,
          .water_flow_kg_s = water_kg_s,
          .total_heat_w = out.total_heat.value,
          .sensible_heat_w = out.sensible_heat.value,
          .heater_heat_w = heater_w,
          .condensate_kg_s = out.condensate.value,
          .surface_temp_c = out.surface_temp.value,
          .dew_point_c = dew_point_c(vapour_pa),
          .outlet_relative_humidity = std::min(outlet_pa / saturation(outlet_c).pressure_pa, 1.0),
          .wet_fraction = out.wet_fraction.value,
          .ua_w_k = out.ua.value,
          .ntu = out.ntu,
          .effectiveness = out.effectiveness.value,
          .bypass_factor = out.bypass_factor.value,
          .assumed_inputs = assumed};
}

}  // namespace hvac::physics
