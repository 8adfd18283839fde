#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "access/key_file.h"
#include "access/key_ring.h"
#include "base/files.h"

namespace hvac::access {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kNow{std::chrono::sys_days{std::chrono::year{2026} / 1 / 31}};

class Keys : public ::testing::Test {
 protected:
  Keys()
      : home_(std::filesystem::path(::testing::TempDir()) / "hvac_access" /
              ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(home_);
  }
  ~Keys() override { std::filesystem::remove_all(home_); }

  Role role_of(KeyRing& ring, std::string_view key, TimePoint now) {
    const auto record = ring.find(key, fingerprinter_, now);
    return record ? record->role : Role::anyone;
  }

  const std::filesystem::path home_;
  Fingerprinter fingerprinter_;
};

TEST_F(Keys, AreShownOnceAndOnlyTheirHashesStored) {
  const NewKey made = create_key(home_, "ann@bridge", Role::operator_, kNow + 24h, kNow).value();
  EXPECT_EQ(id_of(made.text), made.record.id);
  const std::string file = read_file(key_file(home_)).value();
  EXPECT_EQ(file.find(made.text.substr(13)), std::string::npos) << "the secret";
  struct stat info{};
  ASSERT_EQ(::stat(key_file(home_).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(read_keys(home_).value(), std::vector<KeyRecord>{made.record});
}

TEST_F(Keys, CountUntilTheyExpireOrAreRevoked) {
  KeyRing ring(home_);
  EXPECT_FALSE(ring.has_keys(kNow));
  const NewKey viewer = create_key(home_, "viewer", Role::viewer, kNow + 1h, kNow).value();
  const NewKey admin = create_key(home_, "admin", Role::admin, std::nullopt, kNow).value();
  const TimePoint later = kNow + 1s;  // Within a second the ring knows.
  EXPECT_TRUE(ring.has_keys(later));
  for (int i = 0; i < 2; ++i) {  // Hashed, and then known.
    EXPECT_EQ(role_of(ring, viewer.text, later), Role::viewer);
    EXPECT_EQ(role_of(ring, admin.text, later), Role::admin);
  }
  EXPECT_EQ(role_of(ring, viewer.text, kNow + 1h), Role::anyone) << "expired";
  EXPECT_TRUE(revoke_key(home_, "admin", later));
  EXPECT_EQ(role_of(ring, admin.text, later + 1s), Role::anyone) << "revoked";
  EXPECT_TRUE(ring.has_keys(later + 1s)) << "keys that are worth nothing let nobody in";
}

TEST_F(Keys, WrongTextsAreNobodys) {
  KeyRing ring(home_);
  const std::string key = create_key(home_, "a", Role::admin, std::nullopt, kNow).value().text;
  std::string other_secret = key;
  other_secret.back() = other_secret.back() == '0' ? '1' : '0';
  std::string other_id = key;
  other_id[4] = other_id[4] == '0' ? '1' : '0';
  for (const std::string& wrong : {std::string(), std::string("hvt_"), key + "0", key.substr(1),
                                   other_secret, other_id, std::string(key.size(), 'x')}) {
    EXPECT_EQ(role_of(ring, wrong, kNow), Role::anyone) << wrong;
  }
  EXPECT_EQ(role_of(ring, key, kNow), Role::admin);
}

TEST_F(Keys, RotatingKeepsNameRoleAndTimeToLiveAndTheOldOneForAWhile) {
  KeyRing ring(home_);
  const NewKey old = create_key(home_, "panel", Role::viewer, kNow + 48h, kNow).value();
  const TimePoint day = kNow + 24h;
  const NewKey made = rotate_key(home_, "panel", 1h, day).value();
  EXPECT_EQ(made.record.name, "panel");
  EXPECT_EQ(made.record.role, Role::viewer);
  EXPECT_EQ(made.record.expires, day + 48h);
  EXPECT_EQ(role_of(ring, old.text, day + 59min), Role::viewer);
  EXPECT_EQ(role_of(ring, old.text, day + 61min), Role::anyone);
  EXPECT_EQ(role_of(ring, made.text, day + 61min), Role::viewer);
  EXPECT_TRUE(revoke_key(home_, old.record.id, day + 1min)) << "sooner than its grace";
}

// Rejection: each says what is wrong.
TEST_F(Keys, WhatIsWrongIsRefused) {
  const auto code = [](const auto& result) { return result.error().code; };
  EXPECT_EQ(code(create_key(home_, "", Role::viewer, std::nullopt, kNow)),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code(create_key(home_, "a b", Role::viewer, std::nullopt, kNow)),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code(create_key(home_, "a", Role::viewer, kNow, kNow)), ErrorCode::invalid_argument);
  EXPECT_EQ(code(revoke_key(home_, "nobody", kNow)), ErrorCode::not_found);
  ASSERT_TRUE(create_key(home_, "a", Role::viewer, std::nullopt, kNow));
  EXPECT_EQ(code(create_key(home_, "a", Role::viewer, std::nullopt, kNow)), ErrorCode::conflict);
}

TEST_F(Keys, ADamagedFileLetsNobodyIn) {
  const std::string key = create_key(home_, "a", Role::admin, std::nullopt, kNow).value().text;
  KeyRing ring(home_);
  EXPECT_EQ(role_of(ring, key, kNow), Role::admin);
  const std::string good = read_file(key_file(home_)).value();
  for (const std::string& bad : {good.substr(0, good.size() / 2), std::string("{}"),
                                 std::string(R"({"format":2,"keys":[]})"),
                                 std::string(R"({"format":1,"keys":[{"id":"a"}]})")}) {
    ASSERT_TRUE(write_file_atomically(key_file(home_), bad));
    KeyRing damaged(home_);
    EXPECT_EQ(role_of(damaged, key, kNow), Role::anyone);
    EXPECT_TRUE(damaged.has_keys(kNow));
    EXPECT_FALSE(damaged.fault(kNow).empty());
    EXPECT_EQ(read_keys(home_).error().code, ErrorCode::corrupt);
  }
}

}  // namespace
}  // namespace hvac::access
