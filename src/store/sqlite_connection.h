#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/engine.h"

struct sqlite3;
struct sqlite3_stmt;

namespace hvac::store {

/// What one prepared statement per table can do.
enum class TableAction : std::uint8_t { get, scan_up, scan_down, insert_new, put, erase };
inline constexpr std::size_t kTableActionCount = 6;

enum class Access : std::uint8_t { read, write };

/// One connection to one SQLite file. One thread at a time.
class SqliteConnection {
 public:
  /// Makes the file when it is missing and `access` is write. Errors: as `failure`.
  [[nodiscard]] static Result<std::unique_ptr<SqliteConnection>> open(
      const std::filesystem::path& file, Access access, std::chrono::milliseconds lock_wait);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  [[nodiscard]] Result<void> run(const std::string& sql);
  /// The first column of each row.
  [[nodiscard]] Result<std::vector<std::string>> read(const std::string& sql);
  /// The first column of the first row as a number; 0 when it is none.
  [[nodiscard]] Result<std::int64_t> read_number(const std::string& sql);

  /// Runs the statement with these parameters, calls `row` with it for each row of the answer
  /// until that returns false. Returns the number of rows it changed.
  using RowVisit = std::function<bool(sqlite3_stmt* row)>;
  [[nodiscard]] Result<std::int64_t> run(Table table, TableAction action,
                                         std::span<const std::int64_t> numbers,
                                         std::string_view value, const RowVisit& row);

  /// The error that the last call ended with: corrupt for a damaged file, else unavailable.
  Error failure(std::string_view what) const;
  /// Whether the last failure leaves the connection in a state that only opening it again mends.
  bool broken() const;

  sqlite3* handle() const { return db_; }
  const std::filesystem::path& file() const { return file_; }

 private:
  SqliteConnection(std::filesystem::path file, sqlite3* db) : file_(std::move(file)), db_(db) {}
  Result<sqlite3_stmt*> prepared(Table table, TableAction action);

  std::filesystem::path file_;
  sqlite3* db_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
};

}  // namespace hvac::store
