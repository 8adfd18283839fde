#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hvac {

/// The number that the whole of `text` spells (no blanks, no locale; `inf` and `nan` are read),
/// or nothing when it spells none.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// The shortest text that reads back as exactly `value` ("23.5", "1e-07", "nan", "inf").
[[nodiscard]] std::string number_text(double value);

/// `value` rounded to `digits` decimals, for people ("23.50").
[[nodiscard]] std::string fixed_text(double value, int digits);

}  // namespace hvac
