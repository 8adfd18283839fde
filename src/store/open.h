#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "store/store.h"

namespace hvac::store {

/// Opens the store that `where` means: "postgresql://…" or "host=… dbname=…" a PostgreSQL database,
/// else a SQLite file, also as "sqlite:FILE"; nothing means `file`. A PostgreSQL server that is
/// away is tried again with each use: until it is there everything fails with `unavailable`.
/// Errors: as open_sqlite and open_postgres, but not for a PostgreSQL server that is away.
[[nodiscard]] Result<std::unique_ptr<Store>> open_store(const std::string& where,
                                                        const std::filesystem::path& file);

/// How `where` may be shown: without the password.
std::string shown_place(const std::string& where, const std::filesystem::path& file);

}  // namespace hvac::store
