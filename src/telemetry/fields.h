#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

/// The texts of single CSV fields.
namespace hvac::telemetry {

/// The instant that an ISO 8601 text spells: date and time with 'T' or a blank between, seconds and
/// their fraction optional, zone `Z` or +hh[:mm]; without a zone it is UTC. A date alone is none.
std::optional<TimePoint> parse_iso_time(std::string_view text);

/// The same, or an epoch in s, or in ms when it is 1e11 or more; epochs from 1980 to 2200.
std::optional<TimePoint> parse_time(std::string_view text);

/// Whether `text` says that there is no value: nothing, blanks, nan, na, n/a, null, none, "-".
bool spells_missing(std::string_view text);

/// Without blanks around it.
std::string_view trimmed(std::string_view text);

/// The fields of one line, quotes taken off; a doubled quote within quotes is one.
std::vector<std::string> split_fields(std::string_view line, char delimiter);

}  // namespace hvac::telemetry
