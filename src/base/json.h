#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hvac {

/// The document that `text` spells. Depth is limited to 32; of a repeated key the last value
/// counts. Errors: invalid_argument, naming the position and what is wrong.
[[nodiscard]] Result<boost::json::value> parse_json(std::string_view text);

enum class JsonLayout { compact, pretty };

/// `value` as text: keys in their order, doubles in their shortest exact form, NaN and infinities
/// as null.
[[nodiscard]] std::string json_text(const boost::json::value& value,
                                    JsonLayout layout = JsonLayout::compact);

}  // namespace hvac
