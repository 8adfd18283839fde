#pragma once

#include "base/result.h"
#include "store/dictionary.h"
#include "store/engine.h"
#include "store/store.h"

namespace hvac::store {

/// The answer to `query` from what `reader` sees. Errors: as Store::history, without not_found.
[[nodiscard]] Result<History> read_history(Reader& reader, const Dictionary& dictionary,
                                           const HistoryQuery& query, std::uint32_t asset,
                                           std::uint32_t series);

/// invalid_argument for an empty range or a number of points outside its limits.
[[nodiscard]] Result<void> check(const HistoryQuery& query);

}  // namespace hvac::store
