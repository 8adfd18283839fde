#include "store/sqlite_connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

namespace hvac::store {
namespace {

// Lets go of a statement's rows and its lock whatever happens.
struct ResetAtEnd {
  sqlite3_stmt* statement;
  ~ResetAtEnd() {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }
};

struct FinalizeAtEnd {
  sqlite3_stmt* statement;
  ~FinalizeAtEnd() { sqlite3_finalize(statement); }
};

std::string sql_of(Table table, TableAction action) {
  switch (action) {
    case TableAction::get:
      return fmt::format("SELECT value FROM {} WHERE key = ?", name(table));
    case TableAction::scan_up:
      return fmt::format("SELECT key, value FROM {} WHERE key >= ? AND key < ? ORDER BY key",
                         name(table));
    case TableAction::scan_down:
      return fmt::format("SELECT key, value FROM {} WHERE key >= ? AND key < ? ORDER BY key DESC",
                         name(table));
    case TableAction::insert_new:
      return fmt::format("INSERT OR IGNORE INTO {}(key, value) VALUES(?, ?)", name(table));
    case TableAction::put:
      return fmt::format("INSERT OR REPLACE INTO {}(key, value) VALUES(?, ?)", name(table));
    case TableAction::erase:
      return fmt::format(
          "DELETE FROM {0} WHERE key IN (SELECT key FROM {0} WHERE key >= ? AND key < ? ORDER BY "
          "key LIMIT ?)",
          name(table));
  }
  return {};
}

const char* hint(int primary) {
  switch (primary) {
    case SQLITE_FULL:
      return " (the disk or the database's size limit is full)";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return " (another process holds its lock)";
    case SQLITE_READONLY:
      return " (the file or its folder may not be written)";
    default:
      return "";
  }
}

// The disk keeps at most this much of the log after a checkpoint, and the log is moved into the
// file whenever it has grown so far: 64 MB in pages of 4 KB.
constexpr const char* kWritePragmas =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16384;"
    "PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY";
constexpr const char* kReadPragmas = "PRAGMA query_only = 1; PRAGMA cache_size = -16384";

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(
    const std::filesystem::path& file, Access access, std::chrono::milliseconds lock_wait) {
  const int create = access == Access::write ? SQLITE_OPEN_CREATE : 0;
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &db,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | create, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(file, db));
  if (code != SQLITE_OK) return fail(connection->failure("cannot open"));
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, static_cast<int>(lock_wait.count()));
  const auto set = connection->run(access == Access::write ? kWritePragmas : kReadPragmas);
  if (!set) return fail(set.error());
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

Result<void> SqliteConnection::run(const std::string& sql) {
  if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return fail(failure("cannot run \"" + sql.substr(0, sql.find(';')) + "\""));
}

Result<std::vector<std::string>> SqliteConnection::read(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    return fail(failure("cannot read"));
  }
  const FinalizeAtEnd end{statement};
  std::vector<std::string> rows;
  int code = sqlite3_step(statement);
  for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
    const unsigned char* text = sqlite3_column_text(statement, 0);
    rows.emplace_back(text == nullptr ? "" : reinterpret_cast<const char*>(text));
  }
  if (code != SQLITE_DONE) return fail(failure("cannot read"));
  return rows;
}

Result<std::int64_t> SqliteConnection::read_number(const std::string& sql) {
  const auto rows = read(sql);
  if (!rows) return fail(rows.error());
  return rows->empty() ? 0 : std::strtoll(rows->front().c_str(), nullptr, 10);
}

Result<sqlite3_stmt*> SqliteConnection::prepared(Table table, TableAction action) {
  statements_.resize(kTableCount * kTableActionCount);
  sqlite3_stmt*& statement = statements_[static_cast<std::size_t>(table) * kTableActionCount +
                                         static_cast<std::size_t>(action)];
  if (statement != nullptr) return statement;
  const std::string sql = sql_of(table, action);
  if (sqlite3_prepare_v3(db_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
      SQLITE_OK) {
    return fail(failure("cannot prepare"));
  }
  return statement;
}

Result<std::int64_t> SqliteConnection::run(Table table, TableAction action,
                                           std::span<const std::int64_t> numbers,
                                           std::string_view value, const RowVisit& row) {
  const auto statement = prepared(table, action);
  if (!statement) return fail(statement.error());
  const ResetAtEnd end{*statement};
  int place = 0;
  for (const std::int64_t number : numbers) sqlite3_bind_int64(*statement, ++place, number);
  if (place < sqlite3_bind_parameter_count(*statement)) {
    // An empty value is a value, not NULL: it needs an address.
    const char* bytes = value.empty() ? "" : value.data();
    sqlite3_bind_blob64(*statement, ++place, bytes, value.size(), SQLITE_STATIC);
  }
  int code = sqlite3_step(*statement);
  while (code == SQLITE_ROW && row && row(*statement)) code = sqlite3_step(*statement);
  if (code == SQLITE_ROW || code == SQLITE_DONE) return sqlite3_changes(db_);
  const bool writing = action >= TableAction::insert_new;
  return fail(failure((writing ? "cannot write to " : "cannot read ") + std::string(name(table))));
}

Error SqliteConnection::failure(std::string_view what) const {
  const int primary = db_ == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(db_) & 0xFF;
  const bool damaged = primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
  const char* reason = db_ == nullptr ? "out of memory" : sqlite3_errmsg(db_);
  return {damaged ? ErrorCode::corrupt : ErrorCode::unavailable,
          fmt::format("{}: {}: {}{}", file_.string(), what, reason, hint(primary))};
}

bool SqliteConnection::broken() const {
  const int primary = sqlite3_extended_errcode(db_) & 0xFF;
  return primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_CORRUPT ||
         primary == SQLITE_NOTADB || primary == SQLITE_READONLY;
}

}  // namespace hvac::store
