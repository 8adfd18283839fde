#include "app/equipment_change.h"

#include <gtest/gtest.h>

#include <limits>

#include "app/stored_telemetry.h"
#include "store/testing.h"

namespace hvac::app {
namespace {

using registry::ProposalBook;
using store::at_ms;
using store::kNewYearMs;

constexpr std::int64_t kMinuteMs = 60'000;

/// `n` samples, one a minute, from `first_ms` on.
void fill(store::Store& store, const std::string& asset, std::int64_t first_ms, int n,
          double value = 21.0) {
  const auto layout = store::layout_with({"UCAIT"});
  store::Batch batch;
  for (int i = 0; i < n; ++i) {
    batch.samples.push_back(store::row_of(asset, first_ms + i * kMinuteMs, layout, {value}));
  }
  ASSERT_TRUE(store.commit(batch));
}

TEST(EquipmentChange, OnlyGoodSamplesFromAfterItCount) {
  const auto store = store::open_memory();
  const std::int64_t change = kNewYearMs + 100 * kMinuteMs;
  fill(*store, "a", kNewYearMs, 100);  // Before.
  EXPECT_EQ(samples_since(*store, at_ms(change), 1000).value(), 0);
  fill(*store, "a", change, 30);
  fill(*store, "b", change, 20);
  fill(*store, "b", change + 20 * kMinuteMs, 5, std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(samples_since(*store, at_ms(change), 1000).value(), 50);
  EXPECT_EQ(samples_since(*store, at_ms(change), 40).value(), 40) << "enough";
  EXPECT_EQ(samples_since(*store, TimePoint::min(), 1000).value(), 150);
}

TEST(EquipmentChange, AnOpenProposalSaysWhatItWaitsFor) {
  const store::ScratchFolder folder;
  ProposalBook book(folder.path());
  const auto store = store::open_memory();
  const auto id = mark_equipment_change(book, "new valve", at_ms(kNewYearMs), "anna");
  ASSERT_EQ(id.value(), 1);
  const auto waits = [&] { return waits_for(book.all().value()[0], *store, 50).value(); };
  EXPECT_EQ(waits(), "0 of 50 samples since 2026-01-01T00:00:00.000Z");
  fill(*store, "a", kNewYearMs, 49);
  EXPECT_EQ(waits(), "49 of 50 samples since 2026-01-01T00:00:00.000Z");
  fill(*store, "a", kNewYearMs + 49 * kMinuteMs, 1);
  EXPECT_EQ(waits(), "");
  EXPECT_EQ(waits_for(book.all().value()[0], *store, 60).value().substr(0, 8), "50 of 60");
  ASSERT_TRUE(book.close(1, registry::ProposalState::accepted, "anna", ""));
  EXPECT_EQ(waits_for(book.all().value()[0], *store, 60).value(), "") << "it is closed";
}

TEST(EquipmentChange, LearningBeginsWithItUnlessAskedOtherwise) {
  const store::ScratchFolder folder;
  ProposalBook book(folder.path());
  EXPECT_FALSE(learn_from(book, std::nullopt).value().limited());
  ASSERT_TRUE(mark_equipment_change(book, "new valve", at_ms(kNewYearMs), "anna"));
  const auto from = learn_from(book, std::nullopt).value();
  EXPECT_EQ(from.since, at_ms(kNewYearMs));
  EXPECT_EQ(from.why, "equipment was changed: new valve");
  EXPECT_EQ(learn_from(book, at_ms(7)).value().since, at_ms(7));
  EXPECT_FALSE(learn_from(book, TimePoint::min()).value().limited());
  ASSERT_TRUE(book.close(1, registry::ProposalState::rejected, "anna", "it was another cooler"));
  EXPECT_FALSE(learn_from(book, std::nullopt).value().limited());
}

}  // namespace
}  // namespace hvac::app
