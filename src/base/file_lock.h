#pragma once

#include <filesystem>

#include "base/descriptor.h"
#include "base/result.h"

namespace hvac {

/// Waits until no other process or thread holds the lock `file`, and holds it until the descriptor
/// is closed, also by the end of the process. Makes the file when missing. Errors: unavailable.
[[nodiscard]] Result<Descriptor> lock_file(const std::filesystem::path& file);

/// The same without waiting. Errors: conflict when another one holds it; unavailable.
[[nodiscard]] Result<Descriptor> try_lock_file(const std::filesystem::path& file);

/// The same for a lock that any number may hold together, as long as nobody holds it alone.
[[nodiscard]] Result<Descriptor> try_share_file(const std::filesystem::path& file);

}  // namespace hvac
