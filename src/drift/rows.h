#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hvac::drift {

/// The name of the mode of rows whose mode is not known ...
inline constexpr std::string_view kUnknownMode = "unknown";
/// ... and of all rows together.
inline constexpr std::string_view kPooled = "all";

/// Telemetry in memory, column by column.
struct Rows {
  std::vector<std::string> tags;
  std::vector<std::string> modes;            ///< Names, e.g. "fan_on"; at most 255.
  std::vector<std::uint8_t> mode;            ///< Per row: index into `modes`.
  std::vector<std::uint32_t> recording;      ///< Per row, in order; empty: not known.
  std::vector<std::vector<double>> columns;  ///< [tag][row]; NaN means missing.

  std::size_t size() const { return mode.size(); }
};

}  // namespace hvac::drift
