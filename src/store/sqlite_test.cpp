#include <fcntl.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "store/schema.h"
#include "store/store.h"
#include "store/testing.h"

// What is particular to the store in an SQLite file: its failures, its versions, its copies.
namespace hvac::store {
namespace {

namespace fs = std::filesystem;

const std::shared_ptr<const Layout> kLayout = layout_with({"A", "B"});

// Runs SQL behind the store's back.
void run_sql(const fs::path& file, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(db);
  sqlite3_close(db);
}

Batch rows_from(std::int64_t first, std::int64_t count) {
  Batch batch;
  for (std::int64_t i = first; i < first + count; ++i) {
    const double value = 1.0 / static_cast<double>(3 + i);  // No short decimal: takes space.
    batch.samples.push_back(row_of("a", kNewYearMs + i * 1000, kLayout, {value, -value}));
  }
  return batch;
}

std::int64_t count_rows(const Store& store, const std::string& asset) {
  std::int64_t rows = 0;
  const auto visited =
      store.visit(Stream::samples, AssetId{asset}, kAllTime, [&](const Row&) -> Result<void> {
        ++rows;
        return {};
      });
  EXPECT_TRUE(visited) << visited.error().message;
  return rows;
}

class SqliteStore : public testing::Test {
 protected:
  void open(const SqliteOptions& options = {}) {
    store_.reset();
    auto opened = open_sqlite(file_, options);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }
  ErrorCode code_of_opening() { return open_sqlite(file_).error().code; }
  std::string message_of_opening() { return open_sqlite(file_).error().message; }

  ScratchFolder scratch_;
  fs::path file_ = scratch_.path() / "data" / "telemetry.db";
  std::unique_ptr<Store> store_;
};

// Golden: a database that the first version of the schema wrote.
TEST_F(SqliteStore, BringsTheFirstVersionUpToDate) {
  fs::create_directories(file_.parent_path());
  fs::copy_file(fs::path(HVAC_SOURCE_DIR) / "src/store/testdata/version_1.db", file_);
  open();
  EXPECT_EQ(count_rows(*store_, "cooler"), 90);
  const auto history = store_->history({AssetId{"cooler"}, Stream::samples, "A", kAllTime, 1});
  EXPECT_EQ(history->points.at(0).high, 1.5 * 89);
  EXPECT_EQ(store_->findings(kAllTime, 9)->at(0).kind, "coil_fouled");
  EXPECT_EQ(store_->alerts(kAllTime, 9)->size(), 3U);
  ASSERT_EQ(store_->open_alerts()->size(), 1U);
  EXPECT_EQ(store_->open_alerts()->at(0).id, "alert-1");
  EXPECT_EQ(store_->audit(1, 9)->size(), 3U);
  EXPECT_EQ(store_->state("twin/cooler").value(), "state");
  EXPECT_TRUE(store_->verify());
  ASSERT_TRUE(store_->commit({.audit = {{at_ms(kNewYearMs), "me", "did", "it"}}}));
  EXPECT_EQ(store_->audit(1, 9)->size(), 4U);
  open();
  EXPECT_TRUE(store_->verify());
}

TEST_F(SqliteStore, LeavesAnOldDatabaseAloneWhenItCannotBringItUpToDate) {
  fs::create_directories(file_.parent_path());
  fs::copy_file(fs::path(HVAC_SOURCE_DIR) / "src/store/testdata/version_1.db", file_);
  run_sql(file_, "CREATE TRIGGER audit_refuses_DELETE AFTER DELETE ON states BEGIN SELECT 1; END");
  EXPECT_EQ(code_of_opening(), ErrorCode::unavailable);
  run_sql(file_, "DROP TRIGGER audit_refuses_DELETE");
  open();  // Would fail had half of it been done.
  EXPECT_EQ(store_->open_alerts()->size(), 1U);
}

TEST_F(SqliteStore, RefusesANewerDatabase) {
  open();
  store_.reset();
  run_sql(file_, "PRAGMA user_version = 99");
  EXPECT_EQ(code_of_opening(), ErrorCode::conflict);
  EXPECT_NE(message_of_opening().find("version 99"), std::string::npos) << message_of_opening();
  EXPECT_NE(message_of_opening().find("up to " + std::to_string(kSchemaVersion)),
            std::string::npos);
}

TEST_F(SqliteStore, RefusesWhatIsNoStore) {
  fs::create_directories(file_.parent_path());
  run_sql(file_, "CREATE TABLE other(x)");
  EXPECT_EQ(code_of_opening(), ErrorCode::corrupt);
  std::ofstream(file_, std::ios::trunc) << std::string(10'000, 'x');
  EXPECT_EQ(code_of_opening(), ErrorCode::corrupt);
  EXPECT_NE(message_of_opening().find(file_.string()), std::string::npos);
}

TEST_F(SqliteStore, FindsADamagedFileWhenOpened) {
  open();
  ASSERT_TRUE(store_->commit(rows_from(0, 5000)));
  store_.reset();
  const auto size = static_cast<std::int64_t>(fs::file_size(file_));
  {
    std::fstream bytes(file_, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(size / 2 / 4096 * 4096);
    bytes << std::string(4096, '\x55');
  }
  EXPECT_EQ(code_of_opening(), ErrorCode::corrupt);
  EXPECT_NE(message_of_opening().find(file_.string()), std::string::npos) << message_of_opening();
}

TEST_F(SqliteStore, FindsATruncatedFileWhenOpened) {
  open();
  ASSERT_TRUE(store_->commit(rows_from(0, 5000)));
  store_.reset();
  fs::resize_file(file_, fs::file_size(file_) / 2);
  EXPECT_EQ(code_of_opening(), ErrorCode::corrupt);
}

TEST_F(SqliteStore, FindsRowsThatMakeNoSense) {
  open();
  ASSERT_TRUE(store_->commit(rows_from(0, 10)));
  run_sql(file_, "UPDATE samples SET value = x'0001' WHERE key = (SELECT min(key) FROM samples)");
  const auto verified = store_->verify();
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, ErrorCode::corrupt);
  EXPECT_NE(verified.error().message.find("samples"), std::string::npos);
}

TEST_F(SqliteStore, FindsAChangedAudit) {
  open();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(store_->commit({.audit = {{at_ms(i), "me", "promote", "v" + std::to_string(i)}}}));
  }
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &db), SQLITE_OK);
  for (const char* change : {"UPDATE audit SET value = value", "DELETE FROM audit"}) {
    EXPECT_NE(sqlite3_exec(db, change, nullptr, nullptr, nullptr), SQLITE_OK) << change;
  }
  sqlite3_close(db);
  run_sql(file_,
          "DROP TRIGGER audit_refuses_UPDATE; UPDATE audit SET value = "
          "CAST(replace(CAST(value AS TEXT), 'v1', 'v7') AS BLOB) WHERE key = 2");
  const auto verified = store_->verify();
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, ErrorCode::corrupt);
  EXPECT_NE(verified.error().message.find("audit entry 2"), std::string::npos)
      << verified.error().message;
}

// Fills until it fails. Returns how many rows are in.
std::int64_t fill(Store& store) {
  for (std::int64_t rows = 0;; rows += 1000) {
    const auto stored = store.commit(rows_from(rows, 1000));
    if (stored) continue;
    EXPECT_EQ(stored.error().code, ErrorCode::unavailable) << stored.error().message;
    EXPECT_EQ(count_rows(store, "a"), rows);
    return rows;
  }
}

TEST_F(SqliteStore, GoesOnWhenAFullDatabaseHasRoomAgain) {
  open({.lock_wait = std::chrono::milliseconds{2000}, .max_bytes = 1 << 20});
  const std::int64_t rows = fill(*store_);
  EXPECT_LE(fs::file_size(file_), 1U << 20);
  const TimePoint later = at_ms(kNewYearMs) + std::chrono::days{100};
  bool finished = false;
  while (!finished) {
    const auto step = store_->enforce_retention(later);
    ASSERT_TRUE(step) << step.error().message;
    finished = step->finished;
  }
  EXPECT_EQ(count_rows(*store_, "a"), 0);
  Batch batch = rows_from(rows, 1000);
  for (Row& row : batch.samples) row.time = row.time + std::chrono::days{100};
  EXPECT_TRUE(store_->commit(batch));
}

TEST_F(SqliteStore, GoesOnWhenAFullDiskHasRoomAgain) {
  const fs::path disk = scratch_.path() / "disk";
  fs::create_directories(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=2m") != 0) {
    GTEST_SKIP() << "SKIPPED: a small file system cannot be mounted by this user";
  }
  file_ = disk / "telemetry.db";
  std::ofstream(disk / "ballast") << std::string(512 * 1024, 'x');
  open();
  const std::int64_t rows = fill(*store_);
  fs::remove(disk / "ballast");
  EXPECT_TRUE(store_->commit(rows_from(rows, 1000)));
  EXPECT_EQ(count_rows(*store_, "a"), rows + 1000);
  EXPECT_TRUE(store_->verify());
  store_.reset();
  EXPECT_EQ(::umount(disk.c_str()), 0);
}

// Runs `work` in a process of its own. True when it returned true.
bool in_child(const std::function<bool()>& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work() ? 0 : 1);
  int status = 1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(SqliteStore, GoesOnWhenFilesMayGrowAgain) {
  EXPECT_TRUE(in_child([this] {
    auto store = open_sqlite(file_);
    if (!store) return false;
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{1 << 20, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const std::int64_t rows = fill(**store);
    limit.rlim_cur = RLIM_INFINITY;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    return !testing::Test::HasFailure() && (*store)->commit(rows_from(rows, 1000)).has_value() &&
           count_rows(**store, "a") == rows + 1000 && (*store)->verify().has_value();
  }));
}

TEST_F(SqliteStore, SaysThatAFileMayNotBeWrittenUntilItMay) {
  open();
  store_.reset();
  fs::permissions(scratch_.path(), fs::perms::all);
  const passwd* nobody = ::getpwnam("nobody");
  ASSERT_NE(nobody, nullptr);
  const bool root = ::geteuid() == 0;
  const auto may_open = [&](ErrorCode* code) {
    return in_child([&] {
      if (root && ::setuid(nobody->pw_uid) != 0) return false;
      auto store = open_sqlite(file_);
      return code == nullptr ? store.has_value() && (*store)->commit(rows_from(0, 10)).has_value()
                             : !store && store.error().code == *code;
    });
  };
  const auto readable = fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;
  fs::permissions(file_, readable);
  ErrorCode unavailable = ErrorCode::unavailable;
  EXPECT_TRUE(may_open(&unavailable));
  fs::permissions(file_, fs::perms::all);
  fs::permissions(file_.parent_path(), fs::perms::all);
  EXPECT_TRUE(may_open(nullptr));
}

// Another process that holds the database's lock until it is destroyed.
class Holder {
 public:
  explicit Holder(const fs::path& file) {
    int ready[2];
    if (::pipe(ready) != 0) return;
    child_ = ::fork();
    if (child_ == 0) {
      sqlite3* db = nullptr;
      sqlite3_open(file.c_str(), &db);
      sqlite3_exec(db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
      if (::write(ready[1], "x", 1) != 1) ::_exit(1);
      ::pause();
      ::_exit(0);
    }
    char byte = 0;
    held_ = ::read(ready[0], &byte, 1) == 1;
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~Holder() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  bool held() const { return held_; }

 private:
  pid_t child_ = -1;
  bool held_ = false;
};

TEST_F(SqliteStore, ReadsWhileItIsLockedAndWritesAfterwards) {
  open({.lock_wait = std::chrono::milliseconds{50}});
  ASSERT_TRUE(store_->commit(rows_from(0, 10)));
  {
    const Holder holder(file_);
    ASSERT_TRUE(holder.held());
    const auto refused = store_->commit(rows_from(10, 10));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
    EXPECT_NE(refused.error().message.find("lock"), std::string::npos) << refused.error().message;
    EXPECT_EQ(count_rows(*store_, "a"), 10);
    const auto second = open_sqlite(file_, {.lock_wait = std::chrono::milliseconds{50}});
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(count_rows(**second, "a"), 10);
  }
  EXPECT_TRUE(store_->commit(rows_from(10, 10)));
  EXPECT_EQ(count_rows(*store_, "a"), 20);
}

// A copy made in the middle of writing is whole: both assets of each batch, or none.
TEST_F(SqliteStore, CopiesWhileInUse) {
  open();
  std::atomic<bool> done{false};
  ASSERT_TRUE(store_->commit(rows_from(0, 1000)));
  std::thread writer([&] {
    for (std::int64_t i = 0; !done; ++i) {
      const auto stored =
          store_->commit({.samples = {row_of("b", kNewYearMs + i, kLayout, {1.0, 2.0}),
                                      row_of("c", kNewYearMs + i, kLayout, {1.0, 2.0})}});
      EXPECT_TRUE(stored) << stored.error().message;
    }
  });
  const fs::path copy = scratch_.path() / "backups" / "copy.db";
  for (int i = 0; i < 5; ++i) {
    const auto made = store_->backup_to(copy);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(std::distance(fs::directory_iterator(copy.parent_path()), fs::directory_iterator()),
              1);
    auto opened = open_sqlite(copy);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_TRUE((*opened)->verify());
    EXPECT_EQ(count_rows(**opened, "a"), 1000);
    EXPECT_EQ(count_rows(**opened, "b"), count_rows(**opened, "c"));
  }
  done = true;
  writer.join();
}

TEST_F(SqliteStore, KeepsTheOldCopyWhenANewOneFails) {
  open();
  const fs::path copy = scratch_.path() / "copy.db";
  fs::create_directories(copy / "occupied");
  EXPECT_EQ(store_->backup_to(copy).error().code, ErrorCode::unavailable);
  EXPECT_TRUE(fs::exists(copy / "occupied"));
  const fs::path below_a_file = file_ / "copy.db";
  EXPECT_EQ(store_->backup_to(below_a_file).error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace hvac::store
