#include "registry/registry.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/files.h"

namespace hvac::registry {
namespace {

namespace fs = std::filesystem;

const Provenance kAnna{"anna@bridge", "a test", "rig.csv", "abc123"};

twin::BundleFiles files_saying(const std::string& word) {
  return {{"model.txt", "trees of " + word}, {"card.json", "{\"is\":\"" + word + "\"}\n"}};
}

Clock fixed_clock() {
  return [] { return TimePoint(std::chrono::milliseconds(1'700'000'000'000)); };
}

class RegistryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(::testing::TempDir()) / "hvac_registry" / test->name();
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  Registry registry() const { return Registry(folder_, fixed_clock()); }
  void overwrite(const fs::path& file, const std::string& bytes) const {
    std::ofstream(folder_ / file, std::ios::binary | std::ios::trunc) << bytes;
  }
  std::string bytes_of(const fs::path& file) const { return read_file(folder_ / file).value(); }

  fs::path folder_;
};

TEST_F(RegistryTest, EmptyRegistryHasNothing) {
  EXPECT_EQ(registry().current().value(), std::nullopt);
  EXPECT_TRUE(registry().list().value().empty());
  EXPECT_TRUE(registry().history().value().empty());
  EXPECT_FALSE(fs::exists(folder_)) << "looking must not write";
}

TEST_F(RegistryTest, FirstCandidateBecomesCurrentAndLaterOnesDoNot) {
  EXPECT_EQ(registry().register_candidate(files_saying("one"), kAnna).value(), Version{1});
  EXPECT_EQ(registry().register_candidate(files_saying("two"), kAnna).value(), Version{2});
  EXPECT_EQ(registry().current().value(), Version{1});

  const auto bundle = registry().read(Version{2});
  ASSERT_TRUE(bundle) << bundle.error().message;
  EXPECT_EQ(bundle->files, files_saying("two"));
  EXPECT_EQ(bundle->manifest.provenance.by, "anna@bridge");
  EXPECT_EQ(bundle->manifest.provenance.data_sha256, "abc123");
  EXPECT_EQ(bundle->manifest.created, "2023-11-14T22:13:20.000Z");
}

TEST_F(RegistryTest, HistorySaysWhoWhenWhyAndFromWhat) {
  ASSERT_TRUE(registry().register_candidate(files_saying("one"), kAnna));
  ASSERT_TRUE(registry().register_candidate(files_saying("two"), kAnna));
  ASSERT_TRUE(registry().promote(Version{2}, {"ben@shore", "better", "", ""}));
  const auto events = registry().history().value();
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].change, Change::registered);
  EXPECT_EQ(events[0].provenance.data, "rig.csv");
  EXPECT_EQ(events[1].change, Change::promoted);
  EXPECT_EQ(events[3].change, Change::promoted);
  EXPECT_EQ(events[3].version, Version{2});
  EXPECT_EQ(events[3].previous, Version{1});
  EXPECT_EQ(events[3].provenance.by, "ben@shore");
  EXPECT_EQ(events[3].time, "2023-11-14T22:13:20.000Z");
}

TEST_F(RegistryTest, RollbackGoesBackPromotionByPromotion) {
  for (const char* word : {"one", "two", "three"}) {
    ASSERT_TRUE(registry().register_candidate(files_saying(word), kAnna));
  }
  ASSERT_TRUE(registry().promote(Version{3}, kAnna));
  ASSERT_TRUE(registry().promote(Version{2}, kAnna));
  EXPECT_EQ(registry().rollback(kAnna).value(), Version{3});
  EXPECT_EQ(registry().rollback(kAnna).value(), Version{1});
  EXPECT_EQ(registry().current().value(), Version{1});
  const auto more = registry().rollback(kAnna);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, ErrorCode::conflict);
  EXPECT_NE(more.error().message.find("v1"), std::string::npos);
}

TEST_F(RegistryTest, PromotionOfTheUnknownOrTheCurrentIsRejected) {
  ASSERT_TRUE(registry().register_candidate(files_saying("one"), kAnna));
  EXPECT_EQ(registry().promote(Version{1}, kAnna).error().code, ErrorCode::conflict);
  const auto unknown = registry().promote(Version{9}, kAnna);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::not_found);
  EXPECT_NE(unknown.error().message.find("v9"), std::string::npos);
  EXPECT_NE(unknown.error().message.find("v1"), std::string::npos) << "names what there is";
}

// Rejection: every way of damaging a bundle is found and the damaged file named.
TEST_F(RegistryTest, DamageIsFoundAndTheFileNamed) {
  struct Damage {
    std::string file;  ///< Expected in the message.
    std::function<void()> apply;
  };
  const std::vector<Damage> damages = {
      {"model.txt", [&] { overwrite("v1/model.txt", "trees of onE"); }},
      {"model.txt", [&] { overwrite("v1/model.txt", "trees"); }},
      {"model.txt", [&] { overwrite("v1/model.txt", ""); }},
      {"card.json", [&] { fs::remove(folder_ / "v1/card.json"); }},
      {"extra.txt", [&] { overwrite("v1/extra.txt", "x"); }},
      {"card.json",
       [&] {
         fs::rename(folder_ / "v1/card.json", folder_ / "elsewhere.json");
         fs::create_symlink(folder_ / "elsewhere.json", folder_ / "v1/card.json");
       }},
      {"manifest.json", [&] { fs::remove(folder_ / "v1/manifest.json"); }},
      {"manifest.json", [&] { overwrite("v1/manifest.json", "{"); }},
      {"manifest.json", [&] { overwrite("v1/manifest.json", "{\"format\":1,\"files\":[]}"); }},
      {"manifest.json",
       [&] {
         overwrite("v1/manifest.json",
                   R"({"format":1,"created":"","by":"","reason":"","data":"","data_sha256":"",)"
                   R"("files":{"../secret":{"sha256":"","size":0}}})");
       }},
      // An adversary who fixes the manifest up is caught by the history.
      {"manifest.json",
       [&] {
         fs::remove_all(folder_ / "v1");
         ASSERT_TRUE(write_bundle(folder_ / "v1", files_saying("evil"), kAnna, "now"));
       }},
      {"history.jsonl", [&] { overwrite("history.jsonl", "nonsense\n"); }},
  };
  for (std::size_t i = 0; i < damages.size(); ++i) {
    fs::remove_all(folder_);
    ASSERT_TRUE(registry().register_candidate(files_saying("one"), kAnna));
    ASSERT_TRUE(registry().read(Version{1}));
    damages[i].apply();
    const auto bundle = registry().read(Version{1});
    ASSERT_FALSE(bundle) << "damage " << i;
    EXPECT_EQ(bundle.error().code, ErrorCode::corrupt) << "damage " << i;
    EXPECT_NE(bundle.error().message.find(damages[i].file), std::string::npos)
        << "damage " << i << ": " << bundle.error().message;
  }
}

TEST_F(RegistryTest, DamagedBundleIsNotPromotedAndRollbackLeavesADamagedOne) {
  ASSERT_TRUE(registry().register_candidate(files_saying("one"), kAnna));
  ASSERT_TRUE(registry().register_candidate(files_saying("two"), kAnna));
  overwrite("v2/model.txt", "x");
  EXPECT_EQ(registry().promote(Version{2}, kAnna).error().code, ErrorCode::corrupt);
  EXPECT_EQ(registry().current().value(), Version{1});

  ASSERT_TRUE(registry().register_candidate(files_saying("three"), kAnna));
  ASSERT_TRUE(registry().promote(Version{3}, kAnna));
  overwrite("v3/model.txt", "x");
  EXPECT_EQ(registry().rollback(kAnna).value(), Version{1});
}

TEST_F(RegistryTest, ListShowsDamageWithoutFailing) {
  ASSERT_TRUE(registry().register_candidate(files_saying("one"), kAnna));
  ASSERT_TRUE(registry().register_candidate(files_saying("two"), kAnna));
  overwrite("v2/manifest.json", "{");
  const auto entries = registry().list().value();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_TRUE(entries[0].current);
  EXPECT_FALSE(entries[0].fault);
  ASSERT_TRUE(entries[1].fault);
  EXPECT_EQ(entries[1].fault->code, ErrorCode::corrupt);
}

TEST_F(RegistryTest, NamesThatLeaveTheFolderAreRejectedAndNothingIsLeft) {
  for (const char* name : {"../x", "a/b", "", ".hidden", "manifest.json", "x y"}) {
    const auto made = registry().register_candidate({{name, "x"}}, kAnna);
    ASSERT_FALSE(made) << name;
    EXPECT_EQ(made.error().code, ErrorCode::invalid_argument) << name;
  }
  EXPECT_FALSE(registry().register_candidate({}, kAnna));
  EXPECT_TRUE(registry().list().value().empty());
}

// A crash at each step of a change: the next change finds whole versions only and completes the
// history.
TEST_F(RegistryTest, LeftoversOfACrashAreCleanedUp) {
  ASSERT_TRUE(registry().register_candidate(files_saying("one"), kAnna));
  const std::string history = bytes_of("history.jsonl");

  // ... while staging the files.
  ASSERT_TRUE(write_bundle(folder_ / ".staging", files_saying("half"), kAnna, "now"));
  fs::remove(folder_ / ".staging/manifest.json");
  EXPECT_EQ(registry().list().value().size(), 1u);
  EXPECT_EQ(registry().register_candidate(files_saying("two"), kAnna).value(), Version{2});
  EXPECT_EQ(registry().read(Version{2}).value().files, files_saying("two"));
  EXPECT_FALSE(fs::exists(folder_ / ".staging"));

  // ... after the folder was put in place, before the history knew of it, inside a line.
  overwrite("history.jsonl", history + "{\"time\":\"2023-11-14T2");
  EXPECT_TRUE(registry().read(Version{2}));
  ASSERT_TRUE(registry().promote(Version{2}, kAnna));
  const auto events = registry().history().value();
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[2].change, Change::registered);
  EXPECT_EQ(events[2].version, Version{2});
  EXPECT_EQ(events[3].change, Change::promoted);

  // ... after `current` was switched, before the history knew of it.
  overwrite("history.jsonl", history);
  EXPECT_EQ(registry().rollback(kAnna).value(), Version{1});
  EXPECT_EQ(registry().current().value(), Version{1});
}

TEST_F(RegistryTest, NumberOfARemovedVersionIsNotUsedAgain) {
  ASSERT_TRUE(registry().register_candidate(files_saying("one"), kAnna));
  ASSERT_TRUE(registry().register_candidate(files_saying("two"), kAnna));
  fs::remove_all(folder_ / "v2");
  EXPECT_EQ(registry().register_candidate(files_saying("three"), kAnna).value(), Version{3});
}

TEST_F(RegistryTest, DamagedCurrentIsNamedAndMendedByPromotion) {
  ASSERT_TRUE(registry().register_candidate(files_saying("one"), kAnna));
  overwrite("current", "v0\n");
  EXPECT_EQ(registry().current().error().code, ErrorCode::corrupt);
  EXPECT_TRUE(registry().register_candidate(files_saying("two"), kAnna));
  ASSERT_TRUE(registry().promote(Version{2}, kAnna));
  EXPECT_EQ(registry().current().value(), Version{2});
}

TEST_F(RegistryTest, ChangesFromSeveralThreadsAllArrive) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 5; ++j) {
        EXPECT_TRUE(registry().register_candidate(files_saying("many"), kAnna));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto entries = registry().list().value();
  ASSERT_EQ(entries.size(), 20u);
  for (const Entry& entry : entries) EXPECT_TRUE(registry().read(entry.version));
  EXPECT_EQ(registry().history().value().size(), 21u);
}

TEST(Version, ReadsOnlyItsOwnText) {
  EXPECT_EQ(parse_version("v12"), Version{12});
  for (const char* wrong : {"", "v", "v0", "v01", "12", "v1x", "v-1", "v99999999999", " v1"}) {
    EXPECT_FALSE(parse_version(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace hvac::registry
