#include "alerts/delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "alerts/outbox.h"
#include "alerts/rate.h"
#include "base/guarded.h"
#include "mqtt/testing.h"

namespace hvac::alerts {
namespace {

using namespace std::chrono_literals;
using mqtt::testing::eventually;
using mqtt::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr TimePoint kStart{1'764'000'000'000ms};

Message message(const std::string& key, Severity severity = Severity::warning) {
  return {key, severity, kStart, "[x] " + key, "text of " + key, "{}"};
}

std::vector<Message> messages(int count) {
  std::vector<Message> all;
  for (int i = 0; i < count; ++i) all.push_back(message("m" + std::to_string(i)));
  return all;
}

/// What the other side got, and what it answers next.
struct Far {
  std::vector<Message> got;
  std::deque<ErrorCode> errors;
  int attempts = 0;
  bool away = false;  ///< Every attempt fails.
};

class FakeChannel : public Channel {
 public:
  explicit FakeChannel(Guarded<Far>& far) : far_(far) {}
  Result<std::string> send(const Message& what, const std::stop_token&) override {
    return far_.with([&](Far& far) -> Result<std::string> {
      ++far.attempts;
      if (far.away) return fail(ErrorCode::unavailable, "away");
      if (!far.errors.empty()) {
        const ErrorCode code = far.errors.front();
        far.errors.pop_front();
        return fail(code, "no");
      }
      far.got.push_back(what);
      return "taken";
    });
  }

 private:
  Guarded<Far>& far_;
};

class DeliveryTest : public ::testing::Test {
 protected:
  void start() {
    retry.first = 1ms;
    retry.most = 5ms;
    Delivery::Parts parts{"email",
                          folder.path / "outbox.json",
                          "site",
                          [this] { return time.with([](TimePoint t) { return t; }); },
                          [this](Severity, const std::string& line) {
                            log.with([&](auto& lines) { lines.push_back(line); });
                          },
                          [this](const std::string& reason) {
                            health.with([&](auto& all) { all.push_back(reason); });
                          }};
    auto made = Delivery::start(std::move(parts), std::make_unique<FakeChannel>(far), rate, retry);
    ASSERT_TRUE(made) << made.error().message;
    delivery = std::move(*made);
  }
  void away(bool yes) {
    far.with([&](Far& f) { f.away = yes; });
  }
  std::vector<Message> got() {
    return far.with([](Far& f) { return f.got; });
  }
  bool emptied() {
    return eventually([&] { return delivery->status().waiting == 0; });
  }

  TemporaryFolder folder;
  Guarded<TimePoint> time{kStart};
  Guarded<Far> far;
  Guarded<std::vector<std::string>> log;
  Guarded<std::vector<std::string>> health;
  RateOptions rate;
  RetryOptions retry;
  std::unique_ptr<Delivery> delivery;
};

TEST_F(DeliveryTest, TenThousandFindingsAreFewMessages) {
  start();
  delivery->add(messages(10'000));
  ASSERT_TRUE(emptied());
  const auto all = got();
  ASSERT_THAT(all, SizeIs(10));  // Nine alone, and one for the rest.
  EXPECT_EQ(all[0].key, "m0");
  EXPECT_THAT(all.back().subject, HasSubstr("9991 more alerts"));
  EXPECT_EQ(delivery->status().digests, 1u);

  delivery->add({{message("later"), message("and later")}});
  EXPECT_EQ(delivery->status().waiting, 2u);
  time.with([](TimePoint& t) { t += 60s; });
  ASSERT_TRUE(emptied());
  EXPECT_THAT(got().back().subject, HasSubstr("2 more alerts"));
}

TEST_F(DeliveryTest, TriesAgainUntilItWorks) {
  far.with([](Far& f) { f.errors.assign(5, ErrorCode::unavailable); });
  start();
  delivery->add({{message("a")}});
  ASSERT_TRUE(emptied());
  EXPECT_THAT(got(), SizeIs(1));
  EXPECT_EQ(delivery->status().failures, 5u);
  EXPECT_TRUE(eventually([&] { return health.with([](auto& h) { return h.size() == 2; }); }));
  EXPECT_THAT(health.with([](auto& h) { return h; }), ElementsAre("no", ""));
}

TEST_F(DeliveryTest, WhatIsRefusedDoesNotBlockTheRest) {
  far.with([](Far& f) { f.errors.assign(5, ErrorCode::rejected); });
  start();
  delivery->add({{message("bad"), message("good")}});
  ASSERT_TRUE(emptied());
  ASSERT_THAT(got(), SizeIs(1));
  EXPECT_EQ(got()[0].key, "good");
  EXPECT_EQ(delivery->status().dropped, 1u);
}

TEST_F(DeliveryTest, GivesUpWhatIsTooOld) {
  away(true);
  start();
  delivery->add({{message("a")}});
  EXPECT_TRUE(eventually([&] { return delivery->status().failures > 3; }));
  EXPECT_EQ(delivery->status().waiting, 1u);
  time.with([](TimePoint& t) { t += 73h; });
  ASSERT_TRUE(emptied());
  EXPECT_EQ(delivery->status().dropped, 1u);
}

TEST_F(DeliveryTest, RestartSendsWhatWaitsAndNothingTwice) {
  start();
  delivery->add({{message("seen")}});
  ASSERT_TRUE(emptied());
  away(true);
  delivery->add({{message("waiting")}});
  delivery.reset();
  away(false);
  start();
  delivery->add({{message("seen"), message("waiting")}});
  ASSERT_TRUE(emptied());
  ASSERT_THAT(got(), SizeIs(2));
  EXPECT_EQ(got()[1].key, "waiting");
}

TEST_F(DeliveryTest, WithoutAChannelItWaits) {
  start();
  delivery->use(nullptr, rate, retry);
  delivery->add({{message("a")}});
  EXPECT_EQ(delivery->status().waiting, 1u);
  EXPECT_FALSE(delivery->status().enabled);
  delivery->use(std::make_unique<FakeChannel>(far), rate, retry);
  EXPECT_TRUE(emptied());
}

TEST_F(DeliveryTest, ADamagedFileIsPutAside) {
  std::ofstream(folder.path / "outbox.json") << "{\"waiting\": [{\"key\"";
  start();
  EXPECT_TRUE(std::filesystem::exists(folder.path / "outbox.json.damaged"));
  delivery->add({{message("a")}});
  EXPECT_TRUE(emptied());
}

TEST_F(DeliveryTest, AFullDiskLosesNothingWhileItRuns) {
  start();
  away(true);
  std::filesystem::remove_all(folder.path);
  std::ofstream(folder.path) << "no folder";  // Nothing can be written below it.
  delivery->add({{message("a")}});
  away(false);
  EXPECT_TRUE(emptied());
  EXPECT_THAT(got(), SizeIs(1));
  std::filesystem::remove(folder.path);
}

TEST(RateLimit, FillsUpWithTimeAndNotBeyondItsSize) {
  RateLimit limit;
  const RateOptions options{3, 60s};
  for (int i = 3; i > 0; --i) {
    EXPECT_EQ(limit.tokens(kStart, options), i);
    limit.take();
  }
  EXPECT_EQ(limit.tokens(kStart + 59s, options), 0);
  EXPECT_EQ(limit.tokens(kStart + 60s, options), 1);
  EXPECT_EQ(limit.tokens(kStart - 1h, options), 1);  // The clock was set back.
  EXPECT_EQ(limit.tokens(kStart + 48h, options), 3);
}

}  // namespace
}  // namespace hvac::alerts
