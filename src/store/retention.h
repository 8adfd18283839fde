#pragma once

#include <cstdint>

#include "base/result.h"
#include "store/dictionary.h"
#include "store/engine.h"
#include "store/folding.h"
#include "store/store.h"

namespace hvac::store {

/// Removes what is too old, some of it with each step, one asset after the other. Belongs to the
/// writer.
class Retention {
 public:
  /// One step within a transaction, without committing it.
  [[nodiscard]] Result<RetentionReport> step(Writer& writer, const Dictionary& dictionary,
                                             Folding& folding, TimePoint now,
                                             const RetentionPolicy& policy);

 private:
  Result<std::int64_t> remove_rows(Writer& writer, std::uint32_t asset, std::int64_t budget);

  std::int64_t keep_ms_[kStreamCount] = {};  ///< Rows before it go.
  std::int64_t keep_rollups_ms_ = 0;
  std::uint32_t next_asset_ = 0;  ///< All assets before it are done in this round.
};

}  // namespace hvac::store
