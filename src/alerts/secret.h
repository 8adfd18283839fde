#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hvac::alerts {

/// The first line of a file that holds a secret. `key`: the setting that names it, for messages,
/// which never hold the secret. Errors: invalid_argument when there is none in it; unavailable.
[[nodiscard]] Result<std::string> read_secret(const std::filesystem::path& file,
                                              std::string_view key);

}  // namespace hvac::alerts
