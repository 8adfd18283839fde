#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// What a store needs of a database: ordered tables of bytes under 64-bit keys, and transactions.
namespace hvac::store {

using Key = std::int64_t;

enum class Table : std::uint8_t {
  names,    ///< Numbers of assets, series and states.
  layouts,  ///< Numbers of layouts.
  limits,   ///< How far retention has come.
  samples,
  outcomes,
  sample_minutes,
  outcome_minutes,
  sample_hours,
  outcome_hours,
  sample_minute_marks,
  outcome_minute_marks,
  sample_hour_marks,
  outcome_hour_marks,
  findings,
  alerts,
  open_alerts,  ///< Keys in `alerts`.
  drift_reports,
  audit,
  states,
  changes,  ///< What each commit wrote, for backups of what came since.
};
inline constexpr std::size_t kTableCount = 20;

/// Name of the table in a database.
std::string_view name(Table table);

struct Entry {
  Key key;
  std::string value;
};

/// [from, to)
struct KeyRange {
  Key from = 0;
  Key to = std::numeric_limits<Key>::max();
};

enum class Order : std::uint8_t { ascending, descending };

/// The tables at one moment. One thread; short-lived.
class Reader {
 public:
  Reader() = default;
  virtual ~Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  [[nodiscard]] virtual Result<std::optional<std::string>> get(Table table, Key key) = 0;

  /// Calls `visit` with the entries of the range in order until it returns false. It must not use
  /// this reader.
  using Visit = std::function<bool(Key key, std::string_view value)>;
  [[nodiscard]] virtual Result<void> scan(Table table, KeyRange range, Order order,
                                          const Visit& visit) = 0;

  /// Entries in the table.
  [[nodiscard]] virtual Result<std::int64_t> count(Table table) = 0;
};

/// A transaction: what it wrote is visible to it at once and to others after `commit`. Without
/// `commit` nothing remains. One at a time, over all processes.
class Writer : public Reader {
 public:
  /// Adds those entries whose key is not there yet; true for each that was added. Keys in `entries`
  /// are sorted and different.
  [[nodiscard]] virtual Result<std::vector<bool>> insert_new(Table table,
                                                             std::span<const Entry> entries) = 0;
  /// Adds or replaces. Keys are different.
  [[nodiscard]] virtual Result<void> put(Table table, std::span<const Entry> entries) = 0;
  /// Removes at most `limit` entries of the range, lowest keys first. Returns how many.
  [[nodiscard]] virtual Result<std::int64_t> erase(Table table, KeyRange range,
                                                   std::int64_t limit) = 0;
  /// Returns when everything is on disk. The transaction is over, also when it fails.
  [[nodiscard]] virtual Result<void> commit() = 0;
};

/// A database. Any thread. Errors of all functions: unavailable, corrupt.
class Engine {
 public:
  Engine() = default;
  virtual ~Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  [[nodiscard]] virtual Result<std::unique_ptr<Reader>> read() = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<Writer>> write() = 0;
  /// Checks the database's own structure.
  [[nodiscard]] virtual Result<void> verify() = 0;
  [[nodiscard]] virtual Result<void> backup_to(const std::filesystem::path& path) = 0;
};

}  // namespace hvac::store
