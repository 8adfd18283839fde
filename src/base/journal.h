#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// A text file that only grows: one record per line.
namespace hvac {

/// Its lines, oldest first; none when there is no file. A last line without its line end is what a
/// crash left behind and is no line. Errors: unavailable.
[[nodiscard]] Result<std::vector<std::string>> read_journal(const std::filesystem::path& file);

/// Adds `line` (which has no line end) and flushes it to disk, removing what a crash left of a last
/// line. One writer at a time. Errors: unavailable.
[[nodiscard]] Result<void> append_journal(const std::filesystem::path& file, std::string_view line);

}  // namespace hvac
