#pragma once

#include <filesystem>
#include <memory>

#include "store/engine.h"
#include "store/store.h"

namespace hvac::store {

/// Tables in one SQLite file: write-ahead log, a flush to disk per commit, one connection that
/// writes and one per reader at a time. Errors: as open_sqlite.
[[nodiscard]] Result<std::unique_ptr<Engine>> make_sqlite_engine(const std::filesystem::path& file,
                                                                 const SqliteOptions& options);

}  // namespace hvac::store
