#include "plant/faults.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/number.h"

namespace hvac::plant {
namespace {

constexpr double kMinute = 60.0;
constexpr double kHour = 3600.0;
constexpr double kDay = 86400.0;

struct Kind {
  FaultKind kind;
  std::string_view name;
  std::string_view meaning;
  double ramp_s;  // usual
  bool of_sensor;
};

constexpr std::array kKinds = std::to_array<Kind>({
    {FaultKind::air_fouling, "air-fouling", "dirt on the coil's fins", 12 * kHour, false},
    {FaultKind::filter_clogging, "filter-clogging", "the air filter clogs", 12 * kHour, false},
    {FaultKind::water_fouling, "water-fouling", "scale in the coil's tubes", 12 * kHour, false},
    {FaultKind::valve_stuck, "valve-stuck", "the valve stays where it was", 0.0, false},
    {FaultKind::valve_passing, "valve-passing", "the shut valve lets water through", 0.0, false},
    {FaultKind::pump_degradation, "pump-degradation", "the pump lifts less", 6 * kHour, false},
    {FaultKind::air_in_water, "air-in-water", "bubbles in the water", kHour, false},
    {FaultKind::fan_speed_loss, "fan-speed-loss", "a slipping fan belt", kHour, false},
    {FaultKind::fan_stuck, "fan-stuck", "the fan keeps its speed", 0.0, false},
    {FaultKind::sensor_bias, "bias", "the sensor reads too high", 0.0, true},
    {FaultKind::sensor_drift, "drift", "the sensor's error grows day by day", 0.0, true},
    {FaultKind::sensor_stuck, "stuck", "the sensor's reading stands still", 0.0, true},
    {FaultKind::sensor_noise, "noise", "the sensor's reading jitters", 0.0, true},
    {FaultKind::sensor_missing, "missing", "readings of the sensor are lost", 0.0, true},
    {FaultKind::wrong_columns, "wrong-columns", "new firmware logs other values under the header",
     0.0, false},
});

const Kind& entry(FaultKind kind) {
  return *std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& k) { return k.kind == kind; });
}

tl::unexpected<Error> wrong(std::string_view text, std::string_view why) {
  return fail(ErrorCode::invalid_argument,
              "fault '" + std::string(text) + "': " + std::string(why));
}

std::string known_names() {
  std::string names;
  for (const FaultName& fault : fault_names()) names += (names.empty() ? "" : ", ") + fault.name;
  return names;
}

// "36h" -> seconds; a bare number is hours.
std::optional<double> duration_s(std::string_view text) {
  constexpr std::array<std::pair<char, double>, 4> kUnits = {
      {{'s', 1.0}, {'m', kMinute}, {'h', kHour}, {'d', kDay}}};
  double unit = kHour;
  for (const auto& [letter, seconds] : kUnits) {
    if (!text.ends_with(letter)) continue;
    unit = seconds;
    text.remove_suffix(1);
    break;
  }
  constexpr double kLongest = 1e10;  // s
  const std::optional<double> number = parse_number(text);
  if (!number || !(*number >= 0.0 && *number * unit <= kLongest)) return std::nullopt;
  return *number * unit;
}

// Cuts `text` at the first `mark` and returns what stood before it.
std::string_view cut(std::string_view& text, char mark) {
  const std::size_t at = std::min(text.find(mark), text.size());
  const std::string_view before = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return before;
}

}  // namespace

std::string name(const Fault& fault) {
  std::string text(entry(fault.kind).name);
  if (fault.sensor) text += "-" + std::string(name(*fault.sensor));
  return text;
}

double severity_at(const Fault& fault, double time_s) {
  const double since = time_s - fault.onset_s;
  if (since < 0.0) return 0.0;
  if (fault.kind == FaultKind::sensor_drift) return fault.severity * since / kDay;
  return since >= fault.ramp_s ? fault.severity : fault.severity * since / fault.ramp_s;
}

std::vector<FaultName> fault_names() {
  std::vector<FaultName> names;
  for (const Kind& kind : kKinds) {
    names.push_back(
        {std::string(kind.name) + (kind.of_sensor ? "-TAG" : ""), std::string(kind.meaning)});
  }
  return names;
}

Result<Fault> fault_named(std::string_view name, double onset_s) {
  for (const Kind& kind : kKinds) {
    if (!kind.of_sensor) {
      if (name == kind.name) return Fault{kind.kind, std::nullopt, onset_s, 0.5, kind.ramp_s};
      continue;
    }
    if (!name.starts_with(kind.name) || name.substr(kind.name.size(), 1) != "-") continue;
    const std::string_view sensor = name.substr(kind.name.size() + 1);
    const std::optional<Tag> tag = find_tag(sensor);
    if (!tag) return wrong(name, "'" + std::string(sensor) + "' is no tag of the unit cooler");
    return Fault{kind.kind, tag, onset_s, 0.5, kind.ramp_s};
  }
  return wrong(name, "not known; known are " + known_names());
}

Result<Fault> parse_fault(std::string_view text) {
  std::string_view rest = text;
  const std::string_view fault_name = cut(rest, '@');
  Result<Fault> fault = fault_named(fault_name, 0.0);
  if (!fault) return fault;
  if (text.find('@') == std::string_view::npos) {
    return wrong(text, "its onset is missing: NAME@ONSET[:SEVERITY[:RAMP]], e.g. " +
                           std::string(fault_name) + "@12h:0.5");
  }
  const std::string_view onset = cut(rest, ':');
  const std::optional<double> onset_s = duration_s(onset);
  if (!onset_s) {
    return wrong(text, "onset '" + std::string(onset) +
                           "' is no time (a number >= 0 with s, m, h or d; hours without)");
  }
  fault->onset_s = *onset_s;
  if (!rest.empty()) {
    const std::string_view severity = cut(rest, ':');
    const std::optional<double> value = parse_number(severity);
    if (!value || !(*value > 0.0 && *value <= 1.0)) {
      return wrong(text, "severity '" + std::string(severity) + "' is not above 0 and at most 1");
    }
    fault->severity = *value;
  }
  if (!rest.empty()) {
    const std::optional<double> ramp_s = duration_s(rest);
    if (!ramp_s) return wrong(text, "ramp '" + std::string(rest) + "' is no time");
    fault->ramp_s = *ramp_s;
  }
  return fault;
}

}  // namespace hvac::plant
