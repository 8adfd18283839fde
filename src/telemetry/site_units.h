#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hvac::telemetry {

/// How a site's number becomes one in the program's unit: site * scale + offset.
struct Conversion {
  double scale = 1.0;
  double offset = 0.0;
};

/// The conversion from a site's unit to the program's (degC, L/h, m3/h, mbar, W, A, V, %, rpm,
/// ...), or nothing when the two do not measure the same.
std::optional<Conversion> conversion(std::string_view site_unit, std::string_view unit);

/// The units that can be converted to `unit`, for messages: "L/h, L/min, ...".
std::string convertible_units(std::string_view unit);

}  // namespace hvac::telemetry
