#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/files.h"
#include "registry/proposals.h"
#include "registry/registry.h"
#include "twin/model.h"
#include "twin/testing.h"

namespace hvac::registry {
namespace {

namespace fs = std::filesystem;

const Provenance kAnna{"anna@bridge", "a test", "", ""};

class KeepingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(::testing::TempDir()) / "hvac_keeping" / test->name();
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  Registry registry() const { return Registry(folder_); }
  Version add() const {
    return registry().register_candidate({{"card.json", "{}"}}, kAnna).value();
  }
  ErrorCode code(const Result<void>& result) const {
    return result ? ErrorCode::timed_out : result.error().code;
  }

  fs::path folder_;
};

TEST_F(KeepingTest, PruningLeavesWhatIsInUseAndTheNewest) {
  for (int i = 0; i < 9; ++i) add();
  ASSERT_TRUE(registry().promote(Version{2}, kAnna));
  ASSERT_TRUE(registry().promote(Version{4}, kAnna));  // Previous: v2.
  ASSERT_TRUE(registry().pin(Version{3}, kAnna));
  ASSERT_TRUE(registry().start_shadow(Version{5}, kAnna));
  ASSERT_TRUE(registry().archive(Version{6}, kAnna));
  const std::vector<Version> expected = {{1}, {6}, {7}};
  EXPECT_EQ(registry().prunable(2).value(), expected);
  EXPECT_EQ(registry().prune(2, kAnna).value(), expected);
  EXPECT_TRUE(registry().prune(2, kAnna).value().empty());
  std::vector<Version> left;
  const auto entries = registry().list().value();
  for (const Entry& entry : entries) left.push_back(entry.version);
  EXPECT_EQ(left, (std::vector<Version>{{2}, {3}, {4}, {5}, {8}, {9}}));
  EXPECT_EQ(registry().rollback(kAnna).value(), Version{2});
  EXPECT_EQ(add(), Version{10}) << "numbers are not used again";
}

TEST_F(KeepingTest, WhatIsInUseCannotBePutAside) {
  for (int i = 0; i < 4; ++i) add();
  ASSERT_TRUE(registry().promote(Version{2}, kAnna));
  ASSERT_TRUE(registry().pin(Version{3}, kAnna));
  ASSERT_TRUE(registry().start_shadow(Version{4}, kAnna));
  for (const std::uint32_t number : {1u, 2u, 3u, 4u}) {
    const auto archived = registry().archive(Version{number}, kAnna);
    EXPECT_EQ(code(archived), ErrorCode::conflict) << number;
  }
  EXPECT_EQ(code(registry().pin(Version{3}, kAnna)), ErrorCode::conflict);
  EXPECT_EQ(code(registry().unpin(Version{2}, kAnna)), ErrorCode::conflict);
  ASSERT_TRUE(registry().unpin(Version{3}, kAnna));
  ASSERT_TRUE(registry().archive(Version{3}, kAnna));
  const auto promoted = registry().promote(Version{3}, kAnna);
  ASSERT_FALSE(promoted);
  EXPECT_NE(promoted.error().message.find("archived"), std::string::npos);
  ASSERT_TRUE(registry().restore(Version{3}, kAnna));
  EXPECT_TRUE(registry().promote(Version{3}, kAnna));
}

TEST_F(KeepingTest, AChallengerIsOneUntilItIsStoppedOrPromoted) {
  for (int i = 0; i < 3; ++i) add();
  EXPECT_EQ(registry().challenger().value(), std::nullopt);
  EXPECT_EQ(code(registry().start_shadow(Version{1}, kAnna)), ErrorCode::conflict) << "current";
  ASSERT_TRUE(registry().start_shadow(Version{2}, kAnna));
  ASSERT_TRUE(registry().start_shadow(Version{3}, kAnna));
  EXPECT_EQ(registry().challenger().value(), Version{3}) << "the last one";
  EXPECT_EQ(registry().stop_shadow(kAnna).value(), Version{3});
  EXPECT_EQ(registry().challenger().value(), std::nullopt);
  ASSERT_TRUE(registry().start_shadow(Version{2}, kAnna));
  ASSERT_TRUE(registry().promote(Version{2}, kAnna));
  EXPECT_EQ(registry().challenger().value(), std::nullopt);
}

TEST_F(KeepingTest, LineageGoesBackToTheFirstModel) {
  add();
  add();
  ASSERT_TRUE(registry().promote(Version{2}, kAnna));
  add();
  EXPECT_EQ(registry().lineage(Version{3}).value(), (std::vector<Version>{{3}, {2}, {1}}));
  EXPECT_EQ(registry().read(Version{3}).value().manifest.provenance.parent, "v2");
}

// A crash after a folder was moved, before the history knew: the next change completes it.
TEST_F(KeepingTest, InterruptedMovesAreCompleted) {
  for (int i = 0; i < 4; ++i) add();
  fs::create_directories(folder_ / "archive");
  fs::rename(folder_ / "v2", folder_ / "archive" / "v2");
  fs::create_directories(folder_ / ".removing");
  fs::rename(folder_ / "v3", folder_ / ".removing" / "v3");
  ASSERT_TRUE(registry().promote(Version{4}, kAnna));
  EXPECT_FALSE(fs::exists(folder_ / ".removing"));
  std::vector<std::string> changes;
  const auto events = registry().history().value();
  for (const Event& event : events) {
    if (event.version == Version{2} || event.version == Version{3}) {
      changes.push_back(text(event.version) + " " + std::string(name(event.change)));
    }
  }
  EXPECT_EQ(changes, (std::vector<std::string>{"v2 registered", "v3 registered", "v3 removed",
                                               "v2 archived"}));
  EXPECT_EQ(registry().rollback(kAnna).value(), Version{1});
}

TEST_F(KeepingTest, ProposalsAreOpenOnceAndClosedOnce) {
  ProposalBook book(folder_);
  const ProposalDraft drift{ProposalKind::retrain, "drift", "PSI 0.6", std::nullopt, "hvac-twin"};
  EXPECT_EQ(book.open(drift).value(), 1);
  EXPECT_EQ(book.open(drift).value(), 1) << "it is open already";
  EXPECT_EQ(book.open({ProposalKind::retrain, "season", "", std::nullopt, ""}).value(), 2);
  EXPECT_EQ(book.close(1, ProposalState::rejected, "anna", "no").value().state,
            ProposalState::rejected);
  EXPECT_EQ(book.close(1, ProposalState::accepted, "anna", "").error().code, ErrorCode::conflict);
  EXPECT_EQ(book.close(7, ProposalState::accepted, "anna", "").error().code, ErrorCode::not_found);
  EXPECT_EQ(book.open(drift).value(), 3);
  const auto all = ProposalBook(folder_).all().value();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].closed_by, "anna");
  EXPECT_EQ(all[0].note, "no");
  EXPECT_EQ(all[2].text, "PSI 0.6");
}

ProposalDraft changed(const std::string& what, const std::string& since) {
  return {ProposalKind::retrain, "equipment", what, std::nullopt, "anna", since};
}

TEST_F(KeepingTest, EachChangeOfTheEquipmentIsAProposalAndTheLatestCounts) {
  ProposalBook book(folder_);
  EXPECT_FALSE(last_equipment_change(book.all().value()));
  EXPECT_EQ(book.open(changed("valve", "2026-02-01T00:00:00.000Z")).value(), 1);
  EXPECT_EQ(book.open(changed("fan", "2026-03-01T00:00:00.000Z")).value(), 2);
  EXPECT_EQ(book.open(changed("sensor", "2026-01-01T00:00:00.000Z")).value(), 3);
  const auto last = [&] { return last_equipment_change(book.all().value())->text; };
  EXPECT_EQ(last(), "fan");
  ASSERT_TRUE(book.close(2, ProposalState::rejected, "anna", "it was the other cooler's"));
  EXPECT_EQ(last(), "valve") << "what was rejected is taken back";
  ASSERT_TRUE(book.close(1, ProposalState::accepted, "anna", "retrained"));
  EXPECT_EQ(last(), "valve") << "what was answered stays a change";
}

TEST_F(KeepingTest, AcceptingPromotesAndLeavesABrokenBundleProposed) {
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(registry().register_candidate(twin::testing::small_bundle(), kAnna));
  ProposalBook book(folder_);
  const auto propose = [&](std::uint32_t v) {
    return book.open({ProposalKind::promote, "retrained", "better", Version{v}, "x"}).value();
  };
  const auto two = propose(2);
  const auto three = propose(3);
  std::ofstream(folder_ / "v3" / "card.json", std::ios::app) << "x";
  Registry models = registry();
  ASSERT_TRUE(accept_proposal(models, book, two, kAnna));
  EXPECT_EQ(registry().current().value(), Version{2});
  EXPECT_EQ(accept_proposal(models, book, three, kAnna).error().code, ErrorCode::corrupt);
  EXPECT_EQ(registry().current().value(), Version{2});
  EXPECT_EQ(book.all().value()[1].state, ProposalState::open);
}

TEST_F(KeepingTest, AModelThatPredictsOtherwiseIsRefused) {
  auto files = twin::testing::small_bundle();
  ASSERT_TRUE(twin::Model::from_files(files, "v1"));
  std::string& check = files["check.json"];
  const std::size_t first = check.find("[[") + 2;
  check.insert(check[first] == '-' ? first + 1 : first, "1");
  const auto model = twin::Model::from_files(files, "v1");
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::corrupt);
  EXPECT_NE(model.error().message.find("check.json"), std::string::npos);
  EXPECT_NE(model.error().message.find("UCAOT"), std::string::npos) << model.error().message;
}

}  // namespace
}  // namespace hvac::registry
