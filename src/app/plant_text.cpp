#include "app/plant_text.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <iterator>
#include <string_view>

#include "base/iso_time.h"

namespace hvac::app {
namespace {

using plant::PlantReading;
using plant::Truth;

struct TruthColumn {
  std::string_view name;
  double Truth::* member;
};
constexpr std::array kTruthColumns = std::to_array<TruthColumn>({
    {"room_c", &Truth::room_c},
    {"outdoor_c", &Truth::outdoor_c},
    {"set_point_c", &Truth::set_point_c},
    {"air_inlet_c", &Truth::air_inlet_c},
    {"inlet_humidity", &Truth::inlet_humidity},
    {"air_outlet_c", &Truth::air_outlet_c},
    {"air_flow_m3_h", &Truth::air_flow_m3_h},
    {"fan_speed", &Truth::fan_speed},
    {"fan_motor_speed", &Truth::fan_motor_speed},
    {"fan_rise_pa", &Truth::fan_rise_pa},
    {"water_inlet_c", &Truth::water_inlet_c},
    {"water_outlet_c", &Truth::water_outlet_c},
    {"water_flow_m3_h", &Truth::water_flow_m3_h},
    {"valve_opening", &Truth::valve_opening},
    {"pump_rise_pa", &Truth::pump_rise_pa},
    {"valve_drop_pa", &Truth::valve_drop_pa},
    {"total_heat_w", &Truth::total_heat_w},
    {"sensible_heat_w", &Truth::sensible_heat_w},
    {"condensate_kg_s", &Truth::condensate_kg_s},
    {"heater_w", &Truth::heater_w},
    {"ua_w_k", &Truth::ua_w_k},
});

}  // namespace

std::string telemetry_header() {
  std::string line = "timestamp";
  for (const plant::TagInfo& tag : plant::kTags) line.append(";").append(tag.name);
  return line + "\n";
}

std::string telemetry_row(const PlantReading& reading) {
  std::string line = iso_text(reading.time);
  for (std::size_t i = 0; i < plant::kTagCount; ++i) {
    line += ';';
    if (std::isnan(reading.values[i])) continue;
    fmt::format_to(std::back_inserter(line), "{:.{}f}", reading.values[i],
                   plant::decimals(plant::kTags[i].resolution));
  }
  return line + "\n";
}

std::string blank_row() { return std::string(plant::kTagCount, ';') + "\n"; }

std::string truth_header() {
  std::string line = "timestamp;faults";
  for (const TruthColumn& column : kTruthColumns) line.append(";").append(column.name);
  return line + "\n";
}

std::string truth_row(const PlantReading& reading) {
  std::string line = iso_text(reading.time) + ";";
  std::string_view separator;
  for (const plant::ActiveFault& fault : reading.faults) {
    fmt::format_to(std::back_inserter(line), "{}{}:{:.3f}", separator, fault.name, fault.severity);
    separator = "|";
  }
  for (const TruthColumn& column : kTruthColumns) {
    fmt::format_to(std::back_inserter(line), ";{:.6g}", reading.truth.*column.member);
  }
  return line + "\n";
}

std::string telemetry_message(const PlantReading& reading) {
  std::string text = fmt::format(R"({{"timestamp":"{}","data":{{)", iso_text(reading.time));
  std::string_view separator;
  for (std::size_t i = 0; i < plant::kTagCount; ++i) {
    if (std::isnan(reading.values[i])) continue;
    fmt::format_to(std::back_inserter(text), R"({}"{}":{:.{}f})", separator, plant::kTags[i].name,
                   reading.values[i], plant::decimals(plant::kTags[i].resolution));
    separator = ",";
  }
  return text + "}}";
}

}  // namespace hvac::app
