#include "ops/keeper.h"

#include <gtest/gtest.h>

#include "ops/command.h"
#include "ops/testing.h"

namespace hvac::ops {
namespace {

using testing::at_ms;
using testing::kNewYearMs;
using testing::SmallInstance;
namespace fs = std::filesystem;

class Keeper : public ::testing::Test {
 protected:
  void keep(std::int64_t second, const KeeperOptions& options = {}) {
    const auto done = keep_backed_up(instance_.catalog(), instance_.source(), options,
                                     [second] { return at_ms(kNewYearMs + second * 1000); });
    EXPECT_TRUE(done) << done.error().message;
  }
  // "daily increment ...", oldest first.
  std::string kinds() const {
    std::string text;
    const auto backups = instance_.catalog().list();
    for (const Backup& backup : *backups) {
      text += (text.empty() ? "" : " ") + std::string(name(backup.card.kind));
      if (backup.fault) text += "!";
    }
    return text;
  }
  store::ScratchFolder scratch_;
  SmallInstance instance_{scratch_.path() / "home"};
};

TEST_F(Keeper, MakesIncrementsBetweenDailyAndWeeklyOnes) {
  constexpr std::int64_t kDay = 86'400;
  keep(0);
  instance_.add_rows(200, 201);
  keep(30);
  keep(60);  // Nothing has changed.
  EXPECT_EQ(kinds(), "daily increment");
  EXPECT_EQ(covered_until(instance_.catalog(), *instance_.catalog().list()),
            at_ms(kNewYearMs + 60'000));
  keep(kDay);
  EXPECT_EQ(kinds(), "daily increment daily");
  keep(7 * kDay);
  EXPECT_EQ(kinds(), "daily increment daily weekly");
}

TEST_F(Keeper, BeginsAnewAfterARestoreAndAfterDamage) {
  keep(0);
  instance_.add_rows(200, 201);
  keep(30);
  ASSERT_TRUE(instance_.restore({}));
  keep(60);
  EXPECT_EQ(kinds(), "daily increment daily");
  const auto backups = instance_.catalog().list();
  std::string bytes = read_file(backups->back().archive).value();
  bytes[bytes.size() / 2] ^= 1;
  ASSERT_TRUE(write_file_atomically(backups->back().archive, bytes));
  instance_.add_rows(300, 301);
  keep(90);
  EXPECT_EQ(kinds(), "daily increment daily daily");
}

TEST_F(Keeper, CopiesElsewhereAndFetchesBack) {
  if (!has_program("rclone")) GTEST_SKIP() << "SKIPPED: rclone is not installed";
  const fs::path remote = scratch_.path() / "remote";
  keep(0, {.key_file = {}, .retention = {}, .remote = remote.string()});
  const Catalog fetched(scratch_.path() / "new" / "backups");
  ASSERT_TRUE(fetch_offsite(fetched, remote.string()));
  const auto backups = fetched.list();
  ASSERT_EQ(backups->size(), 1U);
  EXPECT_TRUE(check_backup(backups->front(), std::nullopt));
  EXPECT_FALSE(copy_offsite(instance_.catalog(), "no-such-remote:x"));
}

}  // namespace
}  // namespace hvac::ops
