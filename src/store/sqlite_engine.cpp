#include "store/sqlite_engine.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <utility>

#include "base/files.h"
#include "base/guarded.h"
#include "store/schema.h"
#include "store/sqlite_connection.h"

namespace hvac::store {
namespace {

using Connection = std::unique_ptr<SqliteConnection>;
using IdleConnections = Guarded<std::vector<Connection>>;

constexpr std::int64_t kApplicationId = 0x68767477;  // "hvtw"
// A damaged file of up to this size is found when it is opened; of a larger one, where it is read
// and by `verify`, because checking it would take long at each start.
constexpr std::int64_t kCheckedAtOpening = 256 << 20;
constexpr std::size_t kMaxIdle = 8;

std::string_view value_at(sqlite3_stmt* row, int column) {
  const void* bytes = sqlite3_column_blob(row, column);
  const int size = sqlite3_column_bytes(row, column);
  return bytes == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

Result<std::optional<std::string>> get_from(SqliteConnection& connection, Table table, Key key) {
  std::optional<std::string> found;
  const auto ran =
      connection.run(table, TableAction::get, std::array{key}, {}, [&](sqlite3_stmt* row) {
        found = value_at(row, 0);
        return false;
      });
  if (!ran) return fail(ran.error());
  return found;
}

Result<void> scan_in(SqliteConnection& connection, Table table, KeyRange range, Order order,
                     const Reader::Visit& visit) {
  const auto action = order == Order::ascending ? TableAction::scan_up : TableAction::scan_down;
  const auto ran = connection.run(
      table, action, std::array{range.from, range.to}, {},
      [&](sqlite3_stmt* row) { return visit(sqlite3_column_int64(row, 0), value_at(row, 1)); });
  if (!ran) return fail(ran.error());
  return {};
}

Result<std::int64_t> count_in(SqliteConnection& connection, Table table) {
  return connection.read_number(fmt::format("SELECT count(*) FROM {}", name(table)));
}

class SqliteReader final : public Reader {
 public:
  SqliteReader(Connection connection, IdleConnections& idle)
      : connection_(std::move(connection)), idle_(idle) {}
  ~SqliteReader() override {
    if (!connection_->run("ROLLBACK")) return;
    idle_.with([&](auto& idle) {
      if (idle.size() < kMaxIdle) idle.push_back(std::move(connection_));
    });
  }

  Result<std::optional<std::string>> get(Table table, Key key) override {
    return get_from(*connection_, table, key);
  }
  Result<void> scan(Table table, KeyRange range, Order order, const Visit& visit) override {
    return scan_in(*connection_, table, range, order, visit);
  }
  Result<std::int64_t> count(Table table) override { return count_in(*connection_, table); }

 private:
  Connection connection_;
  IdleConnections& idle_;
};

// The writing connection and whose turn it is. Closed after a failure that it does not survive.
struct WriteSide {
  std::mutex turn;
  Connection connection;
};

class SqliteWriter final : public Writer {
 public:
  SqliteWriter(WriteSide& side, std::unique_lock<std::mutex> turn)
      : turn_(std::move(turn)), side_(side) {}
  ~SqliteWriter() override {
    if (committed_) return;
    broken_ = broken_ || side_.connection->broken();
    // Some failures have rolled back already; then there is nothing to do.
    const bool open = sqlite3_get_autocommit(side_.connection->handle()) == 0;
    if (open && !side_.connection->run("ROLLBACK")) broken_ = true;
    if (broken_) side_.connection.reset();
  }

  Result<std::optional<std::string>> get(Table table, Key key) override {
    return get_from(*side_.connection, table, key);
  }
  Result<void> scan(Table table, KeyRange range, Order order, const Visit& visit) override {
    return scan_in(*side_.connection, table, range, order, visit);
  }
  Result<std::int64_t> count(Table table) override { return count_in(*side_.connection, table); }

  Result<std::vector<bool>> insert_new(Table table, std::span<const Entry> entries) override {
    std::vector<bool> added;
    added.reserve(entries.size());
    for (const Entry& entry : entries) {
      const auto changed = side_.connection->run(table, TableAction::insert_new,
                                                 std::array{entry.key}, entry.value, nullptr);
      if (!changed) return fail(changed.error());
      added.push_back(*changed > 0);
    }
    return added;
  }

  Result<void> put(Table table, std::span<const Entry> entries) override {
    for (const Entry& entry : entries) {
      const auto changed = side_.connection->run(table, TableAction::put, std::array{entry.key},
                                                 entry.value, nullptr);
      if (!changed) return fail(changed.error());
    }
    return {};
  }

  Result<std::int64_t> erase(Table table, KeyRange range, std::int64_t limit) override {
    return side_.connection->run(table, TableAction::erase, std::array{range.from, range.to, limit},
                                 {}, nullptr);
  }

  Result<void> commit() override {
    const auto done = side_.connection->run("COMMIT");
    committed_ = done.has_value();
    return done;
  }

 private:
  std::unique_lock<std::mutex> turn_;
  WriteSide& side_;
  bool committed_ = false;
  bool broken_ = false;
};

Result<void> check_structure(SqliteConnection& connection, const char* check) {
  const auto answer = connection.read(check);
  if (!answer) return fail(answer.error());
  if (answer->size() == 1 && answer->front() == "ok") return {};
  const std::string first = answer->empty() ? "no answer" : answer->front();
  return fail(ErrorCode::corrupt,
              fmt::format("{}: damaged: {}", connection.file().string(), first));
}

Result<void> migrate(SqliteConnection& connection, std::int64_t from) {
  for (int version = static_cast<int>(from) + 1; version <= kSchemaVersion; ++version) {
    for (const std::string& statement : migration_to(version, Dialect::sqlite)) {
      if (auto done = connection.run(statement); !done) return done;
    }
  }
  return connection.run(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                                    kApplicationId, kSchemaVersion));
}

Result<void> bring_up_to_date(SqliteConnection& connection) {
  const std::string file = connection.file().string();
  const auto version = connection.read_number("PRAGMA user_version");
  if (!version) return fail(version.error());
  const auto id = connection.read_number("PRAGMA application_id");
  if (!id) return fail(id.error());
  const auto tables = connection.read_number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return fail(tables.error());
  if (*tables > 0 && *id != kApplicationId) {
    return fail(ErrorCode::corrupt, file + ": an SQLite database, but no store of this program");
  }
  if (*version > kSchemaVersion) {
    return fail(ErrorCode::conflict,
                fmt::format("{}: written by a newer program: its schema is version {}, this "
                            "program knows versions up to {}",
                            file, *version, kSchemaVersion));
  }
  if (*version == kSchemaVersion) return {};
  return migrate(connection, *version);
}

bool is_up_to_date(SqliteConnection& connection) {
  const auto version = connection.read_number("PRAGMA user_version");
  const auto id = connection.read_number("PRAGMA application_id");
  return version && id && *version == kSchemaVersion && *id == kApplicationId;
}

// Two programs that start at the same time must not both make the tables. What has them is not
// locked: who only reads need not wait for one that writes all the time.
Result<void> prepare_database(SqliteConnection& connection) {
  if (is_up_to_date(connection)) return {};
  if (auto begun = connection.run("BEGIN IMMEDIATE"); !begun) return begun;
  auto done = bring_up_to_date(connection);
  if (done) return connection.run("COMMIT");
  const Error error = done.error();
  if (auto undone = connection.run("ROLLBACK"); !undone) return fail(undone.error());
  return fail(error);
}

// Copies the whole database into a file that does not exist.
Result<void> copy_database(SqliteConnection& from, const std::filesystem::path& path) {
  auto to = SqliteConnection::open(path, Access::write, std::chrono::milliseconds{0});
  if (!to) return fail(to.error());
  // Without a log beside it the copy is one file.
  if (auto plain = (*to)->run("PRAGMA journal_mode = OFF"); !plain) return plain;
  sqlite3_backup* backup = sqlite3_backup_init((*to)->handle(), "main", from.handle(), "main");
  if (backup == nullptr) return fail((*to)->failure("cannot copy into it"));
  const int code = sqlite3_backup_step(backup, -1);
  sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) return fail((*to)->failure("cannot copy into it"));
  return {};
}

class SqliteEngine final : public Engine {
 public:
  SqliteEngine(std::filesystem::path file, const SqliteOptions& options)
      : file_(std::move(file)), options_(options) {}

  Result<void> open() {
    if (auto made = make_folder(file_.has_parent_path() ? file_.parent_path() : "."); !made) {
      return made;
    }
    if (auto opened = open_writer(); !opened) return opened;
    SqliteConnection& connection = *writing_.connection;
    if (auto prepared = prepare_database(connection); !prepared) return prepared;
    std::error_code unknown;
    const auto size = std::filesystem::file_size(file_, unknown);
    if (unknown || static_cast<std::int64_t>(size) > kCheckedAtOpening) return {};
    return check_structure(connection, "PRAGMA quick_check(1)");
  }

  Result<std::unique_ptr<Reader>> read() override {
    auto connection = reading_connection();
    if (!connection) return fail(connection.error());
    if (auto begun = (*connection)->run("BEGIN"); !begun) return fail(begun.error());
    return std::make_unique<SqliteReader>(std::move(*connection), idle_);
  }

  Result<std::unique_ptr<Writer>> write() override {
    std::unique_lock turn(writing_.turn);
    if (!writing_.connection) {
      if (auto opened = open_writer(); !opened) return fail(opened.error());
    }
    if (auto begun = writing_.connection->run("BEGIN IMMEDIATE"); !begun) {
      if (writing_.connection->broken()) writing_.connection.reset();
      return fail(begun.error());
    }
    return std::make_unique<SqliteWriter>(writing_, std::move(turn));
  }

  Result<void> verify() override {
    auto connection = reading_connection();
    if (!connection) return fail(connection.error());
    return check_structure(**connection, "PRAGMA quick_check");
  }

  Result<void> backup_to(const std::filesystem::path& path) override {
    auto connection = reading_connection();
    if (!connection) return fail(connection.error());
    std::filesystem::path temporary = path;
    temporary += fmt::format(".tmp{}", ::getpid());
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    if (auto made = make_folder(folder); !made) return made;
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    if (auto copied = copy_database(**connection, temporary); !copied) {
      std::filesystem::remove(temporary, ignored);
      return copied;
    }
    std::error_code failed;
    std::filesystem::rename(temporary, path, failed);
    if (failed) {
      std::filesystem::remove(temporary, ignored);
      return fail(ErrorCode::unavailable,
                  path.string() + ": cannot rename into place: " + failed.message());
    }
    return sync_folder(folder);
  }

 private:
  Result<void> open_writer() {
    auto connection = SqliteConnection::open(file_, Access::write, options_.lock_wait);
    if (!connection) return fail(connection.error());
    if (options_.max_bytes > 0) {
      const auto page = (*connection)->read_number("PRAGMA page_size");
      if (!page) return fail(page.error());
      const auto limited =
          (*connection)->run(fmt::format("PRAGMA max_page_count = {}", options_.max_bytes / *page));
      if (!limited) return limited;
    }
    writing_.connection = std::move(*connection);
    return {};
  }

  Result<Connection> reading_connection() {
    Connection connection = idle_.with([](auto& idle) {
      Connection taken;
      if (!idle.empty()) {
        taken = std::move(idle.back());
        idle.pop_back();
      }
      return taken;
    });
    if (connection) return connection;
    return SqliteConnection::open(file_, Access::read, options_.lock_wait);
  }

  std::filesystem::path file_;
  SqliteOptions options_;
  IdleConnections idle_;
  WriteSide writing_;
};

}  // namespace

Result<std::unique_ptr<Engine>> make_sqlite_engine(const std::filesystem::path& file,
                                                   const SqliteOptions& options) {
  auto engine = std::make_unique<SqliteEngine>(file, options);
  if (auto opened = engine->open(); !opened) return fail(opened.error());
  return engine;
}

}  // namespace hvac::store
