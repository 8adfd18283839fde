#pragma once

#include <optional>

#include "base/result.h"
#include "store/records.h"
#include "store/store.h"

namespace hvac::store {

/// Follows the whole chain of the audit and returns its last entry, nothing when there is none.
/// `known`: an entry that was in it before and must be there still, which shows a chain that was
/// cut at its end or written anew. Reads every entry. Errors: corrupt, naming the entry; those of
/// `Store::audit`.
[[nodiscard]] Result<std::optional<ChainedAudit>> check_audit(
    const Store& store, const std::optional<ChainedAudit>& known = std::nullopt);

}  // namespace hvac::store
