#include "store/schema.h"

#include <fmt/format.h>

#include <stdexcept>

#include "store/engine.h"

namespace hvac::store {
namespace {

std::string create_table(Table table, Dialect dialect) {
  // In SQLite an INTEGER PRIMARY KEY is the row's own number: no second tree, no second look-up.
  const char* columns = dialect == Dialect::sqlite ? "key INTEGER PRIMARY KEY, value BLOB NOT NULL"
                                                   : "key BIGINT PRIMARY KEY, value BYTEA NOT NULL";
  return fmt::format("CREATE TABLE {}({})", name(table), columns);
}

std::vector<std::string> first_tables(Dialect dialect) {
  std::vector<std::string> statements;
  for (std::size_t i = 0; i < kTableCount; ++i) {
    const auto table = static_cast<Table>(i);
    const bool later = table == Table::open_alerts || table == Table::changes;
    if (!later) statements.push_back(create_table(table, dialect));
  }
  return statements;
}

// Open alerts are found without reading the closed ones; the audit refuses to be changed.
std::vector<std::string> open_alerts_and_fixed_audit(Dialect dialect) {
  std::vector<std::string> statements = {create_table(Table::open_alerts, dialect)};
  if (dialect == Dialect::sqlite) {
    statements.emplace_back(
        "INSERT INTO open_alerts SELECT key, x'' FROM alerts "
        "WHERE json_extract(CAST(value AS TEXT), '$.state') = 'open'");
    for (const char* change : {"UPDATE", "DELETE"}) {
      statements.push_back(
          fmt::format("CREATE TRIGGER audit_refuses_{0} BEFORE {0} ON audit BEGIN "
                      "SELECT RAISE(ABORT, 'the audit is only ever added to'); END",
                      change));
    }
    return statements;
  }
  statements.emplace_back(
      "INSERT INTO open_alerts SELECT key, '' FROM alerts "
      "WHERE convert_from(value, 'UTF8')::json->>'state' = 'open'");
  statements.emplace_back(
      "CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS "
      "$$BEGIN RAISE EXCEPTION 'the audit is only ever added to'; END$$");
  statements.emplace_back(
      "CREATE TRIGGER audit_refuses BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
      "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()");
  return statements;
}

}  // namespace

std::vector<std::string> migration_to(int version, Dialect dialect) {
  switch (version) {
    case 1:
      return first_tables(dialect);
    case 2:
      return open_alerts_and_fixed_audit(dialect);
    case 3:
      return {create_table(Table::changes, dialect)};
    default:
      throw std::logic_error("no migration to schema version " + std::to_string(version));
  }
}

}  // namespace hvac::store
