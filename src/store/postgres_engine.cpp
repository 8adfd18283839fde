#include "store/postgres_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <pqxx/pqxx>
#include <utility>

#include "base/guarded.h"
#include "store/schema.h"

namespace hvac::store {
namespace {

using Connection = std::unique_ptr<pqxx::connection>;
using IdleConnections = Guarded<std::vector<Connection>>;

constexpr std::size_t kMaxIdle = 8;
// Entries in one statement or answer: bounds memory on both sides.
constexpr std::size_t kChunk = 2000;
// Held by the one transaction that writes ("hvac-twin" as a number).
constexpr std::int64_t kWriterLock = 0x687661632d747769;

Error error_of(const std::exception& problem) {
  std::string reason = problem.what();
  reason.erase(reason.find_last_not_of(" \n") + 1);
  const auto* sql = dynamic_cast<const pqxx::sql_error*>(&problem);
  // Class XX: what the server found damaged in its own files.
  const bool damaged = sql != nullptr && sql->sqlstate().rfind("XX", 0) == 0;
  return {damaged ? ErrorCode::corrupt : ErrorCode::unavailable, "PostgreSQL: " + reason};
}

// The seam: what libpqxx throws becomes an Error.
template <class Work>
auto guarded(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::exception& problem) {
    return fail(error_of(problem));
  }
}

std::string from_hex(const char* text, std::size_t size) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string bytes;
  bytes.reserve(size / 2);
  for (std::size_t i = 2; i + 1 < size; i += 2) {  // After "\x".
    bytes.push_back(static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1])));
  }
  return bytes;
}

void append_hex(std::string& text, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char byte : bytes) {
    text.push_back(digits[static_cast<unsigned char>(byte) >> 4U]);
    text.push_back(digits[static_cast<unsigned char>(byte) & 0x0FU]);
  }
}

// Keys and values as the texts of two arrays.
struct ArrayTexts {
  std::string keys = "{";
  std::string values = "{";

  explicit ArrayTexts(std::span<const Entry> entries) {
    for (const Entry& entry : entries) {
      const char* comma = keys.size() > 1 ? "," : "";
      keys += comma + std::to_string(entry.key);
      values += comma;
      values += "\"\\\\x";
      append_hex(values, entry.value);
      values += '"';
    }
    keys += '}';
    values += '}';
  }
};

std::string table_of(Table table) { return fmt::format("hvac_twin.{}", name(table)); }

std::string from_arrays(Table table) {
  return fmt::format(
      "INSERT INTO {}(key, value) SELECT * FROM unnest($1::bigint[], $2::bytea[]) ON "
      "CONFLICT(key) ",
      table_of(table));
}

Result<std::optional<std::string>> get_in(pqxx::transaction_base& transaction, Table table,
                                          Key key) {
  return guarded([&]() -> Result<std::optional<std::string>> {
    const auto rows = transaction.exec_params(
        fmt::format("SELECT value FROM {} WHERE key = $1", table_of(table)), key);
    if (rows.empty()) return std::nullopt;
    return from_hex(rows[0][0].c_str(), rows[0][0].size());
  });
}

// One answer of at most `limit` entries. Returns how many it had, 0 once `visit` has had enough;
// `range` becomes what is left.
std::size_t scan_chunk(pqxx::transaction_base& transaction, const std::string& sql, KeyRange& range,
                       Order order, std::size_t limit, const Reader::Visit& visit) {
  const auto rows = transaction.exec_params(sql, range.from, range.to, limit);
  for (const auto& row : rows) {
    const Key key = row[0].as<Key>();
    if (!visit(key, from_hex(row[1].c_str(), row[1].size()))) return 0;
    (order == Order::ascending ? range.from : range.to) = order == Order::ascending ? key + 1 : key;
  }
  return rows.size();
}

Result<void> scan_in(pqxx::transaction_base& transaction, Table table, KeyRange range, Order order,
                     const Reader::Visit& visit) {
  return guarded([&]() -> Result<void> {
    const std::string sql = fmt::format(
        "SELECT key, value FROM {} WHERE key >= $1 AND key < $2 ORDER BY key {} LIMIT $3",
        table_of(table), order == Order::ascending ? "" : "DESC");
    // Many scans want one entry only.
    for (std::size_t limit = 4; scan_chunk(transaction, sql, range, order, limit, visit) == limit;
         limit = kChunk) {
    }
    return {};
  });
}

Result<std::int64_t> count_in(pqxx::transaction_base& transaction, Table table) {
  return guarded([&]() -> Result<std::int64_t> {
    return transaction.exec1(fmt::format("SELECT count(*) FROM {}", table_of(table)))[0]
        .as<std::int64_t>();
  });
}

// A connection for as long as one transaction. Given back afterwards, unless it broke.
template <class Transaction>
class Session {
 public:
  Session(Connection connection, IdleConnections& idle)
      : connection_(std::move(connection)), idle_(idle), transaction_(*connection_) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    transaction_.reset();
    if (!connection_->is_open()) return;
    idle_.with([&](auto& idle) {
      if (idle.size() < kMaxIdle) idle.push_back(std::move(connection_));
    });
  }
  Transaction& operator*() { return *transaction_; }

 private:
  Connection connection_;
  IdleConnections& idle_;
  std::optional<Transaction> transaction_;
};

using ReadSession = Session<pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>>;
using WriteSession = Session<pqxx::transaction<pqxx::read_committed>>;

void wait_for_turn(pqxx::transaction_base& transaction) {
  transaction.exec_params("SELECT pg_advisory_xact_lock($1)", kWriterLock);
}

class PostgresReader final : public Reader {
 public:
  PostgresReader(Connection connection, IdleConnections& idle)
      : session_(std::move(connection), idle) {}

  Result<std::optional<std::string>> get(Table table, Key key) override {
    return get_in(*session_, table, key);
  }
  Result<void> scan(Table table, KeyRange range, Order order, const Visit& visit) override {
    return scan_in(*session_, table, range, order, visit);
  }
  Result<std::int64_t> count(Table table) override { return count_in(*session_, table); }

 private:
  ReadSession session_;
};

class PostgresWriter final : public Writer {
 public:
  PostgresWriter(Connection connection, IdleConnections& idle)
      : session_(std::move(connection), idle) {
    wait_for_turn(*session_);
  }

  Result<std::optional<std::string>> get(Table table, Key key) override {
    return get_in(*session_, table, key);
  }
  Result<void> scan(Table table, KeyRange range, Order order, const Visit& visit) override {
    return scan_in(*session_, table, range, order, visit);
  }
  Result<std::int64_t> count(Table table) override { return count_in(*session_, table); }

  Result<std::vector<bool>> insert_new(Table table, std::span<const Entry> entries) override {
    return guarded([&]() -> Result<std::vector<bool>> {
      const std::string sql = from_arrays(table) + "DO NOTHING RETURNING key";
      std::vector<Key> added;
      in_chunks(entries, [&](const ArrayTexts& texts) {
        for (const auto& row : (*session_).exec_params(sql, texts.keys, texts.values)) {
          added.push_back(row[0].as<Key>());
        }
      });
      std::sort(added.begin(), added.end());
      std::vector<bool> answer;
      answer.reserve(entries.size());
      for (const Entry& entry : entries) {
        answer.push_back(std::binary_search(added.begin(), added.end(), entry.key));
      }
      return answer;
    });
  }

  Result<void> put(Table table, std::span<const Entry> entries) override {
    return guarded([&]() -> Result<void> {
      const std::string sql = from_arrays(table) + "DO UPDATE SET value = EXCLUDED.value";
      in_chunks(entries, [&](const ArrayTexts& texts) {
        (*session_).exec_params(sql, texts.keys, texts.values);
      });
      return {};
    });
  }

  Result<std::int64_t> erase(Table table, KeyRange range, std::int64_t limit) override {
    return guarded([&]() -> Result<std::int64_t> {
      const auto done = (*session_).exec_params(
          fmt::format("DELETE FROM {0} WHERE key IN (SELECT key FROM {0} WHERE key >= $1 AND "
                      "key < $2 ORDER BY key LIMIT $3)",
                      table_of(table)),
          range.from, range.to, limit);
      return static_cast<std::int64_t>(done.affected_rows());
    });
  }

  Result<void> commit() override {
    return guarded([&]() -> Result<void> {
      (*session_).commit();
      return {};
    });
  }

 private:
  template <class Send>
  static void in_chunks(std::span<const Entry> entries, const Send& send) {
    while (!entries.empty()) {
      const auto part = entries.first(std::min(entries.size(), kChunk));
      send(ArrayTexts(part));
      entries = entries.subspan(part.size());
    }
  }

  WriteSession session_;
};

// A server that does not answer must not hold the caller up for minutes.
std::string with_timeout(const std::string& connection) {
  if (connection.find("connect_timeout") != std::string::npos) return connection;
  const bool is_uri = connection.find("://") != std::string::npos;
  const bool has_options = connection.find('?') != std::string::npos;
  return connection + (!is_uri ? " " : has_options ? "&" : "?") + "connect_timeout=5";
}

class PostgresEngine final : public Engine {
 public:
  explicit PostgresEngine(const std::string& connection) : target_(with_timeout(connection)) {}

  Result<void> open() {
    return guarded([&]() -> Result<void> {
      WriteSession session(connect(), idle_);
      auto& transaction = *session;
      wait_for_turn(transaction);
      transaction.exec("SET LOCAL client_min_messages = warning");
      transaction.exec("CREATE SCHEMA IF NOT EXISTS hvac_twin");
      transaction.exec("SET LOCAL search_path = hvac_twin");
      transaction.exec("CREATE TABLE IF NOT EXISTS schema_version(version INTEGER NOT NULL)");
      const auto rows = transaction.exec("SELECT version FROM schema_version");
      const int version = rows.empty() ? 0 : rows[0][0].as<int>();
      if (version > kSchemaVersion) {
        return fail(ErrorCode::conflict,
                    fmt::format("PostgreSQL: schema hvac_twin was written by a newer program: its "
                                "version is {}, this program knows versions up to {}",
                                version, kSchemaVersion));
      }
      if (version < kSchemaVersion) migrate(transaction, version);
      transaction.commit();
      return {};
    });
  }

  Result<std::unique_ptr<Reader>> read() override { return begin<PostgresReader, Reader>(); }
  Result<std::unique_ptr<Writer>> write() override { return begin<PostgresWriter, Writer>(); }

  // The server checks its pages as it reads them, and a store's own check reads all of them.
  Result<void> verify() override { return {}; }

  Result<void> backup_to(const std::filesystem::path& path) override {
    return fail(ErrorCode::conflict,
                path.string() + ": a PostgreSQL store is backed up by pg_dump, schema hvac_twin");
  }

 private:
  static void migrate(pqxx::transaction_base& transaction, int from) {
    for (int version = from + 1; version <= kSchemaVersion; ++version) {
      for (const std::string& statement : migration_to(version, Dialect::postgres)) {
        transaction.exec(statement);
      }
    }
    transaction.exec("DELETE FROM schema_version");
    transaction.exec_params("INSERT INTO schema_version VALUES($1)", kSchemaVersion);
  }

  Connection connect() const {
    auto connection = std::make_unique<pqxx::connection>(target_);
    // What a site's server may be set to otherwise.
    pqxx::nontransaction session(*connection);
    session.exec("SET synchronous_commit = on");
    session.exec("SET lock_timeout = '5s'");
    session.exec("SET bytea_output = hex");
    return connection;
  }

  template <class Made, class Base>
  Result<std::unique_ptr<Base>> begin() {
    return guarded([&]() -> Result<std::unique_ptr<Base>> {
      // Idle connections do not survive a restart of the server.
      while (Connection connection = take_idle()) {
        try {
          return std::make_unique<Made>(std::move(connection), idle_);
        } catch (const pqxx::broken_connection&) {
          continue;
        }
      }
      return std::make_unique<Made>(connect(), idle_);
    });
  }

  Connection take_idle() {
    return idle_.with([](auto& idle) {
      Connection taken;
      if (!idle.empty()) {
        taken = std::move(idle.back());
        idle.pop_back();
      }
      return taken;
    });
  }

  std::string target_;
  IdleConnections idle_;
};

}  // namespace

Result<std::unique_ptr<Engine>> make_postgres_engine(const std::string& connection) {
  auto engine = std::make_unique<PostgresEngine>(connection);
  if (auto opened = engine->open(); !opened) return fail(opened.error());
  return engine;
}

}  // namespace hvac::store
