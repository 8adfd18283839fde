#include <gtest/gtest.h>

#include "ops/command.h"
#include "ops/postgres_tools.h"
#include "ops/testing.h"
#include "store/postgres_server.h"

// Backups of an instance whose store is a PostgreSQL server, against a real one on the loopback.
namespace hvac::ops {
namespace {

using store::PostgresServer;
using testing::at_ms;
using testing::kNewYearMs;
namespace fs = std::filesystem;

class PostgresBackups : public ::testing::Test {
 protected:
  void SetUp() override {
    if (PostgresServer::shared() == nullptr) {
      GTEST_SKIP() << "SKIPPED: " << PostgresServer::why_absent();
    }
    if (!has_program("pg_dump") || !has_program("psql")) {
      GTEST_SKIP() << "SKIPPED: pg_dump and psql are not installed";
    }
    connection_ = PostgresServer::shared()->new_database();
    auto opened = store::open_postgres(connection_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
    ASSERT_TRUE(write_file_atomically(home_ / "config.toml", "[server]\nport = 1\n"));
    add_rows(0, 50);
  }

  void add_rows(std::int64_t from, std::int64_t to) {
    const auto layout = store::layout_with({"A"});
    store::Batch batch;
    for (std::int64_t i = from; i < to; ++i) {
      batch.samples.push_back(store::row_of("a", kNewYearMs + i * 1000, layout, {0.5}));
    }
    batch.audit.push_back({at_ms(kNewYearMs + to), "test", "rows", std::to_string(to)});
    ASSERT_TRUE(store_->commit(batch));
  }
  Result<BackupReport> backup(BackupKind kind, std::int64_t second) {
    return create_backup(
        catalog_, {home_, store_.get(), connection_, "1"}, {kind, {}},
        [second] { return at_ms(kNewYearMs + second * 1000); }, no_progress());
  }
  Result<RestoreReport> restore() {
    store_.reset();
    return restore_backup(
        catalog_, home_, {.connection = connection_, .by = "test"},
        [] { return at_ms(kNewYearMs + 5'000'000); }, no_progress());
  }

  store::ScratchFolder scratch_;
  fs::path home_ = scratch_.path() / "home";
  Catalog catalog_{home_ / "backups"};
  std::string connection_;
  std::unique_ptr<store::Store> store_;
};

TEST_F(PostgresBackups, BringBackTheSchemaAndKeepTheOldOne) {
  const auto made = backup(BackupKind::daily, 1000);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->card.store, "postgresql");
  add_rows(50, 60);
  add_rows(-10, 0);
  const auto increment = backup(BackupKind::increment, 1030);
  ASSERT_TRUE(increment) << increment.error().message;
  add_rows(60, 90);
  ASSERT_TRUE(write_file_atomically(home_ / "config.toml", "[server]\nport = 2\n"));

  const auto restored = restore();
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(read_file(home_ / "config.toml").value(), "[server]\nport = 1\n");
  auto opened = store::open_postgres(connection_);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ((*opened)->counts()->samples, 70);
  EXPECT_EQ((*opened)->counts()->audit, 3);
  EXPECT_TRUE((*opened)->verify());
  // Done a second time it changes nothing more than once.
  store_ = std::move(*opened);
  add_rows(100, 101);
  EXPECT_EQ(backup(BackupKind::increment, 2000).error().code, ErrorCode::conflict);
  ASSERT_TRUE(backup(BackupKind::daily, 2030));
}

TEST_F(PostgresBackups, AreRestoredToADatabaseBesideForADrill) {
  ASSERT_TRUE(backup(BackupKind::daily, 1000));
  std::string beside;
  for (int round = 0; round < 2; ++round) {  // The second finds nothing left of the first.
    auto database = ScratchDatabase::make(connection_, "a_drill");
    ASSERT_TRUE(database) << database.error().message;
    beside = database->connection();
    const auto restored = restore_backup(
        catalog_, home_ / "beside", {.connection = beside, .by = "test"},
        [] { return at_ms(kNewYearMs + 5'000'000); }, no_progress());
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(restored->counts.samples, 50);
    auto opened = store::open_postgres(beside);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ((*opened)->counts()->samples, 50);
    fs::remove_all(home_ / "beside");
  }
  EXPECT_FALSE(dump_postgres(beside, home_ / "gone.sql"));
  EXPECT_EQ(store_->counts()->samples, 50);
}

TEST_F(PostgresBackups, LeaveEverythingWhenTheServerRefuses) {
  ASSERT_TRUE(backup(BackupKind::daily, 1000));
  ASSERT_TRUE(write_file_atomically(home_ / "config.toml", "mine"));
  store_.reset();
  const auto refused = restore_backup(
      catalog_, home_, {.connection = "host=127.0.0.1 port=1 dbname=none", .by = "test"},
      [] { return at_ms(kNewYearMs); }, no_progress());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_EQ(read_file(home_ / "config.toml").value(), "mine");
  EXPECT_FALSE(fs::exists(home_ / ".restore"));
}

TEST(PostgresTools, NeverShowAPassword) {
  EXPECT_EQ(without_password("postgresql://twin:s3cret@db/hvac").find("s3cret"), std::string::npos);
  EXPECT_NE(without_password("postgresql://twin:s3cret@db/hvac").find("host='db'"),
            std::string::npos);
}

}  // namespace
}  // namespace hvac::ops
