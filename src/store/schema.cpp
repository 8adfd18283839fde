#include "store/schema.h"

#include <fmt/format.h>

#include <stdexcept>

#include "store/engine.h"

namespace hvac::store {
namespace {

std::vector<std::string> tables(Dialect dialect) {
  // In SQLite an INTEGER PRIMARY KEY is the row's own number: no second tree, no second look-up.
  const char* columns = dialect == Dialect::sqlite ? "key INTEGER PRIMARY KEY, value BLOB NOT NULL"
                                                   : "key BIGINT PRIMARY KEY, value BYTEA NOT NULL";
  std::vector<std::string> statements;
  for (std::size_t i = 0; i < kTableCount; ++i) {
    statements.push_back(fmt::format("CREATE TABLE {}({})", name(static_cast<Table>(i)), columns));
  }
  return statements;
}

}  // namespace

std::vector<std::string> migration_to(int version, Dialect dialect) {
  if (version == 1) return tables(dialect);
  throw std::logic_error("no migration to schema version " + std::to_string(version));
}

}  // namespace hvac::store
