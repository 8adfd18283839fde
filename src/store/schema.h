#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// The tables as SQL, version by version.
namespace hvac::store {

enum class Dialect : std::uint8_t { sqlite, postgres };

/// What this program reads and writes. A database of an older version is brought up to it.
inline constexpr int kSchemaVersion = 3;

/// The statements that make a database of version `version` - 1 one of `version`; version 0 is
/// empty. Requires 1 <= version <= kSchemaVersion.
std::vector<std::string> migration_to(int version, Dialect dialect);

}  // namespace hvac::store
