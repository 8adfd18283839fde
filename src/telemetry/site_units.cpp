#include "telemetry/site_units.h"

namespace hvac::telemetry {
namespace {

struct Line {
  std::string_view unit;  // The program's.
  std::string_view site;
  Conversion conversion;
};

// Exact by definition where there is one: BIPM SI brochure, 9th ed.; NIST SP 811, appendix B.
constexpr double kPsi = 68.94757293168;             // mbar
constexpr double kGallonPerMinute = 227.124707;     // L/h, US gallon
constexpr double kCubicFootPerMinute = 1.69901082;  // m3/h
constexpr double kCvToKv = 0.8649;                  // m3/h/bar^0.5 per US gpm/psi^0.5

constexpr Line kLines[] = {
    {"degC", "degF", {5.0 / 9.0, -160.0 / 9.0}},
    {"degC", "K", {1.0, -273.15}},
    {"L/h", "L/min", {60.0, 0.0}},
    {"L/h", "L/s", {3600.0, 0.0}},
    {"L/h", "m3/h", {1000.0, 0.0}},
    {"L/h", "gpm", {kGallonPerMinute, 0.0}},
    {"m3/h", "m3/s", {3600.0, 0.0}},
    {"m3/h", "L/s", {3.6, 0.0}},
    {"m3/h", "cfm", {kCubicFootPerMinute, 0.0}},
    {"mbar", "Pa", {0.01, 0.0}},
    {"mbar", "hPa", {1.0, 0.0}},
    {"mbar", "kPa", {10.0, 0.0}},
    {"mbar", "bar", {1000.0, 0.0}},
    {"mbar", "psi", {kPsi, 0.0}},
    {"W", "kW", {1000.0, 0.0}},
    {"A", "mA", {0.001, 0.0}},
    {"V", "kV", {1000.0, 0.0}},
    {"%", "1", {100.0, 0.0}},
    {"rpm", "1/s", {60.0, 0.0}},
    {"m3/h/bar^0.5", "Cv", {kCvToKv, 0.0}},
};

/// Units that differ only in what they are counted from or of: mbar(g) is mbar, %RH is %.
std::string_view plain(std::string_view unit) {
  if (unit.ends_with("(g)")) unit.remove_suffix(3);
  return unit == "%RH" ? "%" : unit;
}

}  // namespace

std::optional<Conversion> conversion(std::string_view site_unit, std::string_view unit) {
  const std::string_view from = plain(site_unit);
  const std::string_view to = plain(unit);
  if (from == to) return Conversion{};
  for (const Line& line : kLines) {
    if (line.unit == to && line.site == from) return line.conversion;
  }
  return std::nullopt;
}

std::string convertible_units(std::string_view unit) {
  std::string text(unit);
  for (const Line& line : kLines) {
    if (line.unit == plain(unit)) text += ", " + std::string(line.site);
  }
  return text;
}

}  // namespace hvac::telemetry
