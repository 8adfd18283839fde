#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hvac::telemetry {

/// What is known of one value. Anything but `good` is kept out of features and scores.
enum class Quality : std::uint8_t {
  good,
  missing,       ///< No value, or text that is no number (then counted as malformed too).
  out_of_range,  ///< Outside the tag's range.
  wrapped,       ///< 65531..65535: a wrapped negative or a saturated counter.
  stuck,         ///< Does not move while what it measures must.
  spike,         ///< Jumps away and back further than the tag's greatest step.
  inconsistent,  ///< Breaks an identity of the profile.
  duplicate,     ///< The same instant logged again: belongs to the whole row.
  reboot,        ///< All zero after a controller reboot: belongs to the whole row.
};
inline constexpr std::size_t kQualityCount = 9;

std::string_view name(Quality quality);

}  // namespace hvac::telemetry
