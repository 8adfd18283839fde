#include "telemetry/profile.h"

namespace hvac::telemetry {
namespace {

enum class Holds { yes, no };

/// One line of the built-in tag table.
struct Line {
  const char* name;
  const char* unit;
  const char* meaning;
  Role role;
  double low;
  double high;
  double max_step;
  double resolution;
  Holds holds;  // Whether a constant value over many samples is normal.
};

constexpr Role kInput = Role::input;
constexpr Role kTarget = Role::target;
constexpr Role kAuxiliary = Role::auxiliary;

// Ranges are what such a cooler and its sensors can believably show, wider than what was seen.
// A temperature, humidity or pressure transmitter that reads exactly 0 is dead, so their ranges
// exclude it where the physical range allows (a cooled room, chilled water, humidity in air); zero
// is a valid flow, speed, power or voltage. `max_step` allows for irregular sampling.
constexpr Line kLines[] = {
    {"AMBT", "degC", "ambient (room) air temperature", kInput, 2, 60, 12, 0.01, Holds::no},
    {"UCTSP", "degC", "air temperature set-point", kInput, 0, 50, 50, 0.1, Holds::yes},
    {"UCAOT", "degC", "air outlet (supply) temperature", kTarget, 1, 70, 20, 0.01, Holds::no},
    {"CPMMP", "W", "pump motor power", kAuxiliary, 0, 2000, 2000, 1, Holds::yes},
    {"CPSP", "mbar(g)", "pump suction pressure", kInput, -1000, 3000, 1500, 1, Holds::yes},
    {"UCAIT", "degC", "air inlet temperature", kInput, 2, 60, 12, 0.01, Holds::no},
    {"CPPR", "mbar", "pump pressure rise", kInput, -100, 4000, 4000, 1, Holds::yes},
    {"UCWF", "L/h", "water flow", kInput, -200, 5000, 5000, 1, Holds::yes},
    {"CPMEP", "W", "pump shaft power", kAuxiliary, 0, 2000, 2000, 1, Holds::yes},
    {"UCWOT", "degC", "water outlet temperature", kTarget, 0.5, 70, 16, 0.01, Holds::no},
    {"UCAF", "m3/h", "air flow", kTarget, 0, 3000, 3000, 1, Holds::yes},
    {"CPMC", "A", "pump motor current", kAuxiliary, 0, 10, 10, 0.001, Holds::yes},
    {"MVDP", "mbar", "modulating-valve pressure drop", kInput, -100, 4000, 4000, 1, Holds::yes},
    {"CPHP", "W", "pump hydraulic power", kAuxiliary, -20, 500, 500, 1, Holds::yes},
    {"CPCF", "L/h", "pump circulation flow", kInput, -200, 5000, 5000, 1, Holds::yes},
    {"UCFS", "1", "fan speed signal", kInput, 0, 2500, 2500, 1, Holds::yes},
    {"MVSO", "%", "modulating-valve stem opening", kInput, -5, 105, 105, 1, Holds::yes},
    {"MVCV", "m3/h/bar^0.5", "modulating-valve flow coefficient (Kv)", kInput, -1, 25, 25, 0.01,
     Holds::yes},
    {"CPHE", "%", "pump hydraulic efficiency", kAuxiliary, 0, 100, 100, 1, Holds::yes},
    {"UCHV", "V", "electric heater line voltage", kInput, 0, 500, 500, 0.1, Holds::yes},
    {"CPMV", "V", "pump motor voltage", kAuxiliary, 0, 500, 500, 0.1, Holds::yes},
    {"UCHC", "A", "electric heater current", kInput, 0, 20, 20, 0.001, Holds::yes},
    {"UCWIT", "degC", "water inlet temperature", kInput, 0.5, 70, 16, 0.01, Holds::no},
    {"UCFMS", "rpm", "fan motor speed", kInput, 0, 4000, 4000, 1, Holds::yes},
    {"UCAIH", "%RH", "air inlet relative humidity", kInput, 1, 100, 40, 0.01, Holds::no},
    {"UCSDP", "mbar", "supply-side static pressure difference", kInput, -5, 100, 100, 0.01,
     Holds::yes},
    {"CPDP", "mbar(g)", "pump discharge pressure", kInput, -1000, 5000, 4000, 1, Holds::yes},
    {"UCWDP", "mbar", "water-side pressure drop of the cooler", kInput, -20, 1000, 1000, 1,
     Holds::yes},
    {"MVWF", "L/h", "water flow beside the modulating valve", kAuxiliary, -200, 5000, 5000, 1,
     Holds::yes},
    {"UCFMC", "A", "fan motor current", kInput, 0, 10, 10, 0.01, Holds::yes},
    {"UCFMV", "V", "fan motor voltage", kInput, 0, 500, 500, 1, Holds::yes},
    {"UCOM", "1", "operating mode: cooler running", kAuxiliary, 0, 1, 1, 1, Holds::yes},
};

// Each proved on telemetry of a real cooler; tolerances cover rounding of both sides.
const std::vector<Identity> kIdentities = {
    {"CPPR", "CPDP - CPSP", 2.0, 0.0, ""},
    {"CPCF", "UCWF", 2.0, 0.0, ""},
    {"CPHP", "UCWF * CPPR / 36000", 1.0, 0.02, ""},  // L/h x mbar -> W
    // A Kv from next to no pressure drop is noise, and some loggers then write 0.
    {"UCWF", "1000 * MVCV * sqrt(MVDP / 1000)", 12.0, 0.05, "MVDP - 10"},
    {"CPMEP", "0.910 * CPMMP", 2.0, 0.01, ""},
    {"UCFMS", "1.42 * UCFS", 60.0, 0.05, ""},
};

AssetProfile make() {
  AssetProfile profile;
  profile.name = "unit-cooler";
  for (const Line& line : kLines) {
    Tag tag;
    tag.name = line.name;
    tag.stands_for = line.name;
    tag.unit = line.unit;
    tag.meaning = line.meaning;
    tag.role = line.role;
    tag.low = line.low;
    tag.high = line.high;
    tag.max_step = line.max_step;
    tag.resolution = line.resolution;
    tag.may_hold = line.holds == Holds::yes;
    profile.tags.push_back(std::move(tag));
  }
  profile.identities = kIdentities;
  return profile;
}

}  // namespace

std::optional<std::size_t> AssetProfile::find(std::string_view tag) const {
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (tags[i].name == tag) return i;
  }
  return std::nullopt;
}

std::shared_ptr<const AssetProfile> unit_cooler_profile() {
  static const auto profile = std::make_shared<const AssetProfile>(make());
  return profile;
}

}  // namespace hvac::telemetry
