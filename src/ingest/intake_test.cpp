#include "ingest/intake.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "ingest/mqtt_source.h"
#include "mqtt/publisher.h"
#include "mqtt/testing.h"

namespace hvac::ingest {
namespace {

using mqtt::testing::eventually;
using mqtt::testing::TemporaryFolder;

constexpr std::int64_t kStartMs = 1714564800000;

class FakeSink final : public Sink {
 public:
  Result<void> commit(std::span<const RawReading> readings) override {
    return state_.with([&](State& s) -> Result<void> {
      if (s.away) return fail(ErrorCode::unavailable, "the store is away");
      for (const RawReading& r : readings) {
        if (r.asset.value == s.poison) return fail(ErrorCode::invalid_argument, "not storable");
      }
      for (const RawReading& r : readings) s.times.push_back(r.time.time_since_epoch().count());
      return {};
    });
  }
  void away(bool yes) {
    state_.with([&](State& s) { s.away = yes; });
  }
  void poison(std::string asset) {
    state_.with([&](State& s) { s.poison = std::move(asset); });
  }
  std::vector<std::int64_t> times() const {
    return state_.with([](const State& s) { return s.times; });
  }

 private:
  struct State {
    bool away = false;
    std::string poison;
    std::vector<std::int64_t> times;
  };
  Guarded<State> state_;
};

std::string payload(std::int64_t ms) {
  return R"({"timestamp":)" + std::to_string(ms) + R"(,"data":{"UCFS":50,"UCAIT":24.5}})";
}

class IntakeTest : public ::testing::Test {
 protected:
  void open(std::uint64_t most_bytes = 1 << 20, std::size_t most_assets = 10) {
    IntakeOptions options;
    options.buffer = {folder_.path / "buffer", most_bytes, 2000};
    options.sink_pause = std::chrono::milliseconds(0);
    options.most_assets = most_assets;
    auto made = Intake::open(options, telemetry::unit_cooler_profile(), sink_,
                             [this] { return TimePoint(std::chrono::milliseconds(now_ms_)); });
    ASSERT_TRUE(made) << made.error().message;
    intake_ = std::move(*made);
  }
  Result<void> take(std::vector<std::pair<std::string, std::string>> messages) {
    std::vector<mqtt::MessageView> views;
    for (const auto& [topic, text] : messages) views.push_back({topic, text, false, false});
    return intake_->take(views);
  }
  Result<void> take_at(std::int64_t second, const std::string& asset = "a") {
    return take({{"hvac/" + asset + "/sensors", payload(kStartMs + 1000 * second)}});
  }

  TemporaryFolder folder_;
  FakeSink sink_;
  std::int64_t now_ms_ = kStartMs + 60'000;
  std::unique_ptr<Intake> intake_;
};

TEST_F(IntakeTest, CountsWhatIsNoReadingAndGoesOn) {
  open();
  ASSERT_TRUE(take({{"hvac/a/sensors", payload(kStartMs)},
                    {"hvac/a/sensors", "{"},
                    {"hvac/a/other", payload(kStartMs)},
                    {"hvac/a/sensors", R"({"timestamp":1714564800,"data":{"Z":1}})"},
                    {"hvac/a/sensors", std::string(70'000, ' ')},
                    {"hvac/a/sensors", R"({"timestamp":1714564801,"data":{"UCFS":1,"Z":1}})"}}));
  const IntakeCounts counts = intake_->counts();
  EXPECT_EQ(counts.readings, 2U);
  EXPECT_EQ(counts.malformed, 1U);
  EXPECT_EQ(counts.foreign, 2U);
  EXPECT_EQ(counts.oversized, 1U);
  EXPECT_EQ(counts.unknown_tags, 1U);
  EXPECT_NE(counts.last_refusal.find("hvac/a/sensors: message of 70000 bytes"), std::string::npos);
  EXPECT_EQ(sink_.times().size(), 2U);
}

TEST_F(IntakeTest, CountsHowReadingsFollowOneAnother) {
  open();
  for (const int second : {0, 1, 2, 3, 4, 4, 2, 30, 31}) ASSERT_TRUE(take_at(second));
  ASSERT_TRUE(take_at(-700, "b"));  // a single one, of long ago
  const IntakeCounts counts = intake_->counts();
  EXPECT_EQ(counts.readings, 10U);
  EXPECT_EQ(counts.duplicate, 2U);  // 4 and 2 again
  EXPECT_EQ(counts.out_of_order, 0U);
  EXPECT_EQ(counts.gapped, 1U);
  EXPECT_EQ(counts.late, 1U);
  now_ms_ += 1000;
  ASSERT_TRUE(take({{"hvac/a/sensors", payload(kStartMs + 2500)}}));
  EXPECT_EQ(intake_->counts().out_of_order, 1U);
}

TEST_F(IntakeTest, KeepsOnDiskWhatTheSinkCannotTakeAndCatchesUpInOrder) {
  open();
  ASSERT_TRUE(take_at(0));
  sink_.away(true);
  for (int second = 1; second < 200; ++second) ASSERT_TRUE(take_at(second));
  EXPECT_EQ(sink_.times().size(), 1U);
  EXPECT_EQ(intake_->counts().buffered, 199U);
  EXPECT_GT(intake_->counts().buffer_bytes, 10'000U);
  EXPECT_EQ(intake_->counts().last_failure, "the store is away");
  sink_.away(false);
  ASSERT_TRUE(take_at(200));  // must not overtake
  ASSERT_TRUE(take({}));
  std::vector<std::int64_t> expected;
  for (int second = 0; second <= 200; ++second) expected.push_back(kStartMs + 1000 * second);
  EXPECT_EQ(sink_.times(), expected);
  EXPECT_EQ(intake_->counts().buffer_bytes, 0U);
  EXPECT_EQ(intake_->counts().last_failure, "");
}

TEST_F(IntakeTest, WhatIsOnDiskOutlivesTheProgram) {
  open();
  sink_.away(true);
  for (int second = 0; second < 50; ++second) ASSERT_TRUE(take_at(second));
  intake_.reset();
  sink_.away(false);
  open();
  ASSERT_TRUE(take({}));
  EXPECT_EQ(sink_.times().size(), 50U);
}

TEST_F(IntakeTest, AFullBufferTakesNothingAndCountsNothingTwice) {
  open(3000);
  sink_.away(true);
  int taken = 0;
  while (taken < 1000 && take_at(taken)) ++taken;
  ASSERT_GT(taken, 5);
  ASSERT_LT(taken, 1000);
  const auto refused = take_at(taken);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("the most is 3000"), std::string::npos);
  EXPECT_EQ(intake_->counts().readings, static_cast<std::uint64_t>(taken));
  sink_.away(false);
  ASSERT_TRUE(take_at(taken));
  EXPECT_EQ(sink_.times().size(), static_cast<std::size_t>(taken) + 1);
}

TEST_F(IntakeTest, OneReadingThatCanNeverBeStoredDoesNotStopTheOthers) {
  open();
  sink_.poison("bad");
  ASSERT_TRUE(take({{"hvac/a/sensors", payload(kStartMs)},
                    {"hvac/bad/sensors", payload(kStartMs)},
                    {"hvac/a/sensors", payload(kStartMs + 1000)}}));
  EXPECT_EQ(sink_.times().size(), 2U);
  EXPECT_EQ(intake_->counts().refused, 1U);
  EXPECT_NE(intake_->counts().last_refusal.find("bad: not storable"), std::string::npos);
}

TEST_F(IntakeTest, ManyMadeUpAssetsDoNotFillTheMemory) {
  open(1 << 20, 3);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(take_at(i, "asset-" + std::to_string(i)));
  EXPECT_EQ(intake_->counts().readings, 3U);
  EXPECT_EQ(intake_->counts().foreign, 17U);
}

RawReading reading_at(std::int64_t ms) {
  return {AssetId{"a"}, TimePoint(std::chrono::milliseconds(ms)), {1.0, 2.0}};
}

DiskBuffer open_buffer(const TemporaryFolder& folder) {
  auto buffer = DiskBuffer::open({folder.path, 1 << 28, 5000});
  EXPECT_TRUE(buffer) << buffer.error().message;
  return std::move(*buffer);
}

std::vector<std::int64_t> drain(DiskBuffer& buffer) {
  std::vector<std::int64_t> times;
  std::vector<RawReading> some;
  while (!buffer.empty()) {
    const auto read = buffer.read(7, some);
    EXPECT_TRUE(read) << read.error().message;
    for (const RawReading& r : some) times.push_back(r.time.time_since_epoch().count());
    EXPECT_TRUE(buffer.forget());
  }
  return times;
}

TEST(DiskBuffer, GivesBackWhatItTookWhileItTakesMore) {
  TemporaryFolder folder;
  DiskBuffer buffer = open_buffer(folder);
  std::vector<std::int64_t> expected, times;
  std::vector<RawReading> some;
  for (std::int64_t i = 0; i < 500; ++i) {
    const RawReading reading = reading_at(i);
    ASSERT_TRUE(buffer.append({&reading, 1}));
    expected.push_back(i);
    if (i % 3 != 0) continue;
    ASSERT_TRUE(buffer.read(2, some));
    for (const RawReading& r : some) times.push_back(r.time.time_since_epoch().count());
    ASSERT_TRUE(buffer.forget());
  }
  for (const std::int64_t time : drain(buffer)) times.push_back(time);
  EXPECT_EQ(times, expected);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path));
}

// Property: wherever a file is cut off or damaged, what stands before it is read.
TEST(DiskBuffer, ReadsUpToTheDamage) {
  for (int cut = 0; cut < 200; ++cut) {
    TemporaryFolder folder;
    {
      DiskBuffer buffer = open_buffer(folder);
      for (std::int64_t i = 0; i < 5; ++i) {
        const RawReading reading = reading_at(i);
        ASSERT_TRUE(buffer.append({&reading, 1}));
      }
    }
    const auto file = std::filesystem::directory_iterator(folder.path)->path();
    const auto size = std::filesystem::file_size(file);
    const std::size_t record = size / 5;
    const std::size_t at = static_cast<std::size_t>(cut) * size / 200;
    if (cut % 2 == 0) {
      std::filesystem::resize_file(file, at);
    } else {
      std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
      bytes.seekg(static_cast<std::streamoff>(at));
      const char old = static_cast<char>(bytes.get());
      bytes.seekp(static_cast<std::streamoff>(at));
      bytes.put(static_cast<char>(old ^ 0x55));
    }
    DiskBuffer buffer = open_buffer(folder);
    EXPECT_EQ(drain(buffer).size(), at / record) << "byte " << at;
  }
}

TEST(DiskBuffer, LosesNothingItConfirmedWhenKilled) {
  TemporaryFolder folder;
  std::int64_t confirmed = 0;
  for (int round = 0; round < 10; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      DiskBuffer buffer = open_buffer(folder);
      for (std::int64_t i = confirmed;; ++i) {
        const RawReading reading = reading_at(i);
        if (!buffer.append({&reading, 1}) || ::write(pipe[1], "x", 1) != 1) ::_exit(1);
      }
    }
    ::close(pipe[1]);
    char byte = 0;
    for (int i = 0; i < 20 + 3 * round && ::read(pipe[0], &byte, 1) == 1; ++i) ++confirmed;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(pipe[0], &byte, 1) == 1) ++confirmed;
    ::close(pipe[0]);
  }
  DiskBuffer buffer = open_buffer(folder);
  const auto times = drain(buffer);
  std::int64_t expected = 0;
  for (const std::int64_t time : times) expected += time == expected ? 1 : 0;
  EXPECT_GE(expected, confirmed);
  EXPECT_GT(confirmed, 200);
}

TEST(MqttSource, FromARealBrokerToTheSink) {
  if (!mqtt::testing::broker_installed()) GTEST_SKIP() << "the broker mosquitto is not installed";
  mqtt::testing::Broker broker;
  TemporaryFolder folder;
  FakeSink sink;
  MqttSourceOptions options;
  options.client = broker.client("twin");
  options.intake.buffer = {folder.path / "buffer", 1 << 20, 1 << 16};
  options.intake.sink_pause = std::chrono::milliseconds(10);
  auto source = MqttSource::start(options, telemetry::unit_cooler_profile(), sink, system_clock());
  ASSERT_TRUE(source) << source.error().message;
  ASSERT_TRUE((*source)->wait_subscribed(std::chrono::seconds(20)));
  mqtt::PublisherOptions publishing;
  publishing.client = broker.client("out");
  publishing.when_full = mqtt::WhenFull::wait;
  const auto out = std::move(*mqtt::Publisher::start(publishing));
  std::vector<std::int64_t> expected;
  for (std::int64_t i = 0; i < 300; ++i) {
    if (i == 100) sink.away(true);
    if (i == 200) {
      ASSERT_TRUE(out->flush());
      ASSERT_TRUE(eventually([&] { return (*source)->counts().readings == 200U; }));
      sink.away(false);
    }
    expected.push_back(kStartMs + i * 1000);
    ASSERT_TRUE(out->publish(
        {i % 2 == 0 ? "hvac/sensors/data" : "hvac/b/sensors", payload(expected.back())}));
  }
  ASSERT_TRUE(eventually([&] { return sink.times().size() >= 300U; }));
  EXPECT_EQ(sink.times(), expected);
  EXPECT_TRUE(eventually([&] { return (*source)->status().acknowledged == 300U; }));
}

}  // namespace
}  // namespace hvac::ingest
