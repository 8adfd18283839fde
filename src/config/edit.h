#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/keys.h"

namespace hvac::config {

/// `text` (a settings file) with one setting changed and everything else as it was, comments too.
/// `value` is what a person types: a number, true or false, a text with or without quotes, a list
/// as TOML or with commas. Errors: invalid_argument, naming the key, the value and the limit;
/// conflict when the key stands where it cannot be changed by itself.
[[nodiscard]] Result<std::string> with_setting(std::string_view text, std::string_view file,
                                               const Key& key, std::string_view value);

/// All settings with their meanings and defaults, as a file to begin with.
std::string commented_file(const Config& config);

}  // namespace hvac::config
