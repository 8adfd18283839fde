#include "app/model_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <thread>

#include "app/equipment_change.h"
#include "base/files.h"
#include "base/json.h"
#include "ops/spawn.h"
#include "store/testing.h"
#include "twin/testing.h"

namespace hvac::app {
namespace {

using namespace std::chrono_literals;
using registry::ProposalState;
using std::chrono::days;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A model of 2026-01-10 and a program that looks after it. Time passes when the test says so.
class ModelKeeperTest : public ::testing::Test {
 protected:
  ModelKeeperTest() {
    settings.retrain.check_interval_s = 60;
    settings.gate.min_samples = 50;
    registry::Registry models(home.path() / "models", [this] { return now; });
    EXPECT_TRUE(models.register_candidate(twin::testing::small_bundle(),
                                          {"anna", "the first model", "", ""}));
  }

  ModelKeeper::Options options() {
    return {.home = home.path(),
            .arguments = {},
            .log = [](const std::string&) {},
            .audit = [this](const store::AuditEntry& e) { audit.push_back(e.action); },
            .changed = {},
            .clock = [this] { return now; },
            .store = store.get(),
            .start =
                [this](const std::vector<std::string>& words) {
                  started.push_back(words.back());  // The reason.
                  return ops::Spawn().run({retraining}, ops::own_environment());
                }};
  }
  /// The next look at the triggers, at that time.
  void look(ModelKeeper& keeper, TimePoint at) {
    now = at;
    const auto ticked = keeper.tick();
    ASSERT_TRUE(ticked) << ticked.error().message;
  }
  std::vector<std::string> open() const {
    std::vector<std::string> triggers;
    const auto proposals = book.all().value();
    for (const registry::Proposal& p : proposals) {
      if (p.state == ProposalState::open) triggers.push_back(p.trigger);
    }
    return triggers;
  }
  void fill(TimePoint from, int n) {
    const auto layout = store::layout_with({"UCAIT"});
    store::Batch batch;
    for (int i = 0; i < n; ++i) {
      batch.samples.push_back({AssetId{"cooler"}, from + i * 1min, layout, {21.0}, {}});
    }
    ASSERT_TRUE(store->commit(batch));
  }
  /// Ticks until what was started has ended.
  void wait_for_end(ModelKeeper& keeper, std::size_t entries) {
    for (int i = 0; i < 500 && audit.size() < entries; ++i) {
      std::this_thread::sleep_for(10ms);
      ASSERT_TRUE(keeper.tick());
    }
    ASSERT_EQ(audit.size(), entries);
  }

  const store::ScratchFolder home;
  const TimePoint begin = std::chrono::sys_days{std::chrono::year{2026} / 1 / 10};
  TimePoint now = begin;
  std::unique_ptr<store::Store> store = store::open_memory();
  config::Config settings;
  registry::ProposalBook book{home.path() / "models", [this] { return now; }};
  std::vector<std::string> audit;
  std::vector<std::string> started;
  std::string retraining = "true";  ///< What is run for it.
};

TEST_F(ModelKeeperTest, AnOldModelIsProposedToBeRetrainedOnceAndQuietAfterANo) {
  settings.retrain.season_starts = {};
  ModelKeeper keeper(options(), settings);
  look(keeper, begin + days(119));
  EXPECT_THAT(open(), IsEmpty());
  settings.retrain.schedule_days = 60;
  keeper.configure(settings);  // As `config set` does.
  look(keeper, begin + days(120));
  EXPECT_THAT(open(), ElementsAre("schedule"));
  EXPECT_EQ(book.all().value()[0].text, "the current model is 120 days old (limit 60)");
  look(keeper, begin + days(121));
  EXPECT_EQ(book.all().value().size(), 1U) << "it is open already";
  EXPECT_THAT(audit, ElementsAre("models.propose"));
  ASSERT_TRUE(book.close(1, ProposalState::rejected, "anna", "in the yard"));
  look(keeper, begin + days(134));
  EXPECT_THAT(open(), IsEmpty());
  look(keeper, begin + days(136));
  EXPECT_THAT(open(), ElementsAre("schedule"));
  EXPECT_THAT(started, IsEmpty()) << "nothing happens by itself unless the settings say so";
}

TEST_F(ModelKeeperTest, ASeasonIsProposedBeforeItBegins) {
  settings.retrain.season_starts = {"05-01"};
  ModelKeeper keeper(options(), settings);
  look(keeper, begin + days(80));  // March 31st
  EXPECT_THAT(open(), IsEmpty());
  look(keeper, begin + days(91));  // April 11th
  EXPECT_THAT(open(), ElementsAre("season"));
  EXPECT_EQ(book.all().value()[0].text, "the season changes on 05-01 (MM-DD)");
}

TEST_F(ModelKeeperTest, AfterAChangeOfTheEquipmentAnyRetrainingWaitsForSamplesOfIt) {
  settings.retrain.automatic = true;
  fill(begin, 500);
  const TimePoint change = begin + days(10);
  now = change;
  ASSERT_TRUE(mark_equipment_change(book, "new valve", change, "anna"));
  ASSERT_TRUE(book.open({registry::ProposalKind::retrain, "drift", "PSI 0.7", {}, "hvac-twin"}));
  ModelKeeper keeper(options(), settings);
  look(keeper, change + 1h);
  EXPECT_THAT(started, IsEmpty()) << "it would learn the old valve";
  fill(change, 49);
  look(keeper, change + 2h);
  EXPECT_THAT(started, IsEmpty());
  fill(change + 49min, 1);
  look(keeper, change + 3h);
  EXPECT_THAT(started, ElementsAre("proposal 1: equipment was changed: new valve; "
                                   "proposal 2: PSI 0.7"));
  wait_for_end(keeper, 2);
  EXPECT_THAT(audit, ElementsAre("models.retrain", "models.retrain"));
}

TEST_F(ModelKeeperTest, AChallengerFromBeforeAChangeOfTheEquipmentGoes) {
  settings.retrain.automatic = true;
  settings.retrain.season_starts = {};
  registry::Registry models(home.path() / "models", [this] { return now; });
  const auto challenger =
      models.register_candidate(twin::testing::small_bundle(), {"anna", "a second model", "", ""});
  ASSERT_TRUE(challenger);
  ASSERT_TRUE(models.start_shadow(*challenger, {"anna", "try it", "", ""}));
  ModelKeeper keeper(options(), settings);
  look(keeper, begin + 1h);
  EXPECT_TRUE(models.challenger().value());
  ASSERT_TRUE(mark_equipment_change(book, "new valve", now, "anna"));
  look(keeper, begin + 2h);
  EXPECT_FALSE(models.challenger().value());
  EXPECT_THAT(audit, ElementsAre("models.shadow_stop"));
  EXPECT_THAT(models.history().value().back().provenance.reason, HasSubstr("new valve"));
}

TEST_F(ModelKeeperTest, ARetrainingThatFailedIsTriedAgainADayLater) {
  settings.retrain.automatic = true;
  retraining = "false";
  ASSERT_TRUE(book.open({registry::ProposalKind::retrain, "drift", "PSI 0.7", {}, "hvac-twin"}));
  ModelKeeper keeper(options(), settings);
  look(keeper, begin);
  EXPECT_EQ(started.size(), 1U);
  wait_for_end(keeper, 2);
  EXPECT_THAT(open(), ElementsAre("drift"));
  look(keeper, begin + 23h);
  EXPECT_EQ(started.size(), 1U);
  look(keeper, begin + 25h);
  EXPECT_EQ(started.size(), 2U);
}

}  // namespace
}  // namespace hvac::app
