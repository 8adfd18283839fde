#include "store/postgres_server.h"

#include <gtest/gtest.h>

#include "store/store.h"

namespace hvac::store {
namespace {

// The server dies without warning under a store that is in use.
TEST(PostgresStore, KeepsWhatItAcknowledgedWhenTheServerDies) {
  PostgresServer* server = PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << "SKIPPED: " << PostgresServer::why_absent();
  auto opened = open_postgres(server->new_database());
  ASSERT_TRUE(opened) << opened.error().message;
  Store& store = **opened;
  const auto layout = layout_with({"A"});
  std::int64_t next = kNewYearMs;
  const auto commit = [&] { return store.commit({.samples = {row_of("a", next, layout, {1.0})}}); };
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i, ++next) ASSERT_TRUE(commit());
    ASSERT_TRUE(server->kill());
    const auto refused = commit();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable) << refused.error().message;
    EXPECT_EQ(store.assets().error().code, ErrorCode::unavailable);
    EXPECT_EQ(open_postgres("host=127.0.0.1 port=1 user=twin").error().code,
              ErrorCode::unavailable);
    ASSERT_TRUE(server->start());
    const auto kept = store.history({AssetId{"a"}, Stream::samples, "A", kAllTime, 1});
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_EQ(kept->points.at(0).n, static_cast<std::uint64_t>(next - kNewYearMs));
  }
}

TEST(PostgresStore, SaysHowItIsBackedUp) {
  PostgresServer* server = PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << "SKIPPED: " << PostgresServer::why_absent();
  const auto opened = open_postgres(server->new_database());
  ASSERT_TRUE(opened) << opened.error().message;
  const auto refused = (*opened)->backup_to("copy.db");
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_NE(refused.error().message.find("pg_dump"), std::string::npos);
}

}  // namespace
}  // namespace hvac::store
