#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hvac {

/// SHA-256 as 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256(std::string_view bytes);

/// The same of a file, read in bounded memory. Errors: not_found, unavailable.
[[nodiscard]] Result<std::string> sha256_file(const std::filesystem::path& path);

/// A fast 64-bit fingerprint (FNV-1a with a final mix): for finding equal rows, not for integrity.
[[nodiscard]] std::uint64_t fingerprint(std::string_view bytes);

}  // namespace hvac
