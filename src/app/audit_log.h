#pragma once

#include <string>
#include <string_view>

#include "app/context.h"
#include "base/result.h"

namespace hvac::app {

/// Writes one entry of the instance's audit: who runs the program did `action`, now.
/// Errors: those of opening and writing the store.
[[nodiscard]] Result<void> write_audit(const Context& context, std::string_view action,
                                       std::string detail);

/// The same for a command that has done its work: it says on `err` that the entry is missing.
void note_audit(const Context& context, std::string_view action, std::string detail);

/// Whether the audit has an entry of `action` whose detail begins with `begin`. Reads all of it.
/// Errors: those of opening and reading the store.
[[nodiscard]] Result<bool> in_audit(const Context& context, std::string_view action,
                                    std::string_view begin);

}  // namespace hvac::app
