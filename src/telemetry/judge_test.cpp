#include "telemetry/judge.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <random>
#include <utility>

namespace hvac::telemetry {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using Values = std::initializer_list<std::pair<const char*, double>>;

std::size_t column(const char* tag) { return unit_cooler_profile()->find(tag).value(); }

std::vector<double> row_of(Values given) {
  std::vector<double> values(unit_cooler_profile()->tags.size(), kNaN);
  for (const auto& [tag, value] : given) values[column(tag)] = value;
  return values;
}

/// A judge with what it says of the rows pushed so far, amendments applied.
class Stream {
 public:
  RowState push(std::vector<double> values, TimePoint time = kNoTime) {
    std::vector<Quality> quality(values.size());
    const auto verdict = judge_.push(values, quality, time);
    recording_ = verdict.recording;
    if (verdict.state != RowState::instant) return verdict.state;
    instants_.push_back(quality);
    for (const Amendment& a : verdict.amendments) {
      for (std::size_t back = a.first_back; back <= a.last_back; ++back) {
        instants_.at(instants_.size() - 1 - back)[a.tag] = a.quality;
      }
    }
    return verdict.state;
  }
  void end_recording() { judge_.end_recording(); }
  Quality quality(std::size_t instant, const char* tag) const {
    return instants_.at(instant)[column(tag)];
  }
  std::uint32_t recording() const { return recording_.value; }

 private:
  StreamJudge judge_{unit_cooler_profile()};
  std::vector<std::vector<Quality>> instants_;
  RecordingId recording_;
};

Quality judged(Values given, const char* tag) {
  const InstantJudge judge(unit_cooler_profile());
  std::vector<double> values = row_of(given);
  std::vector<Quality> quality(values.size());
  judge.judge(values, quality);
  return quality[column(tag)];
}

TEST(InstantJudge, JudgesEachValueByItself) {
  EXPECT_EQ(judged({{"UCAIT", 21.0}}, "UCAIT"), Quality::good);
  EXPECT_EQ(judged({{"UCAIT", 21.0}}, "UCWIT"), Quality::missing);
  EXPECT_EQ(judged({{"UCAIT", 2100.0}}, "UCAIT"), Quality::out_of_range);
  EXPECT_EQ(judged({{"UCAIT", std::numeric_limits<double>::infinity()}}, "UCAIT"),
            Quality::out_of_range);
  EXPECT_EQ(judged({{"UCWF", 0.0}}, "UCWF"), Quality::good);
  for (const double wrapped : {65531.0, 65533.0, 65535.0}) {
    EXPECT_EQ(judged({{"UCWF", wrapped}}, "UCWF"), Quality::wrapped);
  }
}

TEST(InstantJudge, BlamesTheValueThatBreaksMostIdentities) {
  const Values good = {{"CPPR", 1500.0}, {"CPDP", 1300.0}, {"CPSP", -200.0},
                       {"UCWF", 360.0},  {"CPCF", 360.0},  {"CPHP", 15.0}};
  for (const auto& [tag, value] : good) EXPECT_EQ(judged(good, tag), Quality::good) << tag;

  std::vector<double> values = row_of(good);
  std::vector<Quality> quality(values.size());
  values[column("UCWF")] = 720.0;  // breaks CPCF and CPHP
  const InstantJudge judge(unit_cooler_profile());
  judge.judge(values, quality);
  EXPECT_EQ(quality[column("UCWF")], Quality::inconsistent);
  for (const char* tag : {"CPPR", "CPDP", "CPSP", "CPCF", "CPHP"}) {
    EXPECT_EQ(quality[column(tag)], Quality::good) << tag;
  }
}

TEST(InstantJudge, ConvertsASitesUnitsAtTheEdge) {
  auto site = std::make_shared<AssetProfile>(*unit_cooler_profile());
  site->tags[column("UCWF")].scale = 60.0;  // L/min
  const InstantJudge judge(site);
  std::vector<double> values = row_of({{"UCWF", 15.0}});
  std::vector<Quality> quality(values.size());
  const Sample sample = judge.sample(values, quality);
  EXPECT_EQ(sample.input(InputTag::UCWF), 900.0);
  EXPECT_EQ(sample.input(InputTag::UCAIT), std::nullopt);
}

TEST(StreamJudge, KnowsADuplicateByItsCommonValues) {
  Stream stream;
  EXPECT_EQ(stream.push(row_of({{"UCAIT", 21.1}, {"UCWIT", 7.2}, {"UCAIH", 50.3}})),
            RowState::instant);
  EXPECT_EQ(stream.push(row_of({{"UCAIT", 21.1}, {"UCWIT", 7.2}, {"UCAIH", 50.3}, {"UCWF", 9}})),
            RowState::duplicate);
  EXPECT_EQ(stream.push(row_of({{"UCAIT", 21.1}, {"UCWIT", 7.2}, {"UCAIH", 50.3}, {"UCWF", 7}})),
            RowState::instant);
}

TEST(StreamJudge, TrustsTimestampsMoreThanEqualValues) {
  const TimePoint start{std::chrono::hours{500'000}};
  const auto row = row_of({{"UCAIT", 21.1}, {"UCWIT", 7.2}, {"UCAIH", 50.3}});
  Stream stream;
  EXPECT_EQ(stream.push(row, start), RowState::instant);
  EXPECT_EQ(stream.push(row, start + std::chrono::seconds{30}), RowState::instant);
  EXPECT_EQ(stream.push(row_of({{"UCAIT", 22.0}}), start + std::chrono::seconds{30}),
            RowState::duplicate);
}

TEST(StreamJudge, EndsARecordingAtASilenceAndWhenTimeGoesBack) {
  const TimePoint start{std::chrono::hours{500'000}};
  Stream stream;
  stream.push(row_of({{"UCAIT", 21.0}}), start);
  stream.push(row_of({{"UCAIT", 22.0}}), start + std::chrono::minutes{1});
  EXPECT_EQ(stream.recording(), 0u);
  stream.push(row_of({{"UCAIT", 21.0}}), start + std::chrono::hours{3});
  EXPECT_EQ(stream.recording(), 1u);
  stream.push(row_of({{"UCAIT", 22.0}}), start);
  EXPECT_EQ(stream.recording(), 2u);
  stream.end_recording();
  stream.push(row_of({{"UCAIT", 23.0}}), start + std::chrono::minutes{1});
  EXPECT_EQ(stream.recording(), 3u);
}

TEST(StreamJudge, CallsZerosARebootOnlyWhereZeroCannotBe) {
  Stream stream;
  EXPECT_EQ(stream.push(row_of({{"UCAIT", 0}, {"UCWF", 0}, {"UCFS", 0}})), RowState::reboot);
  EXPECT_EQ(stream.push(row_of({{"UCWF", 0}, {"UCFS", 0}, {"UCFMV", 0}})), RowState::instant);
}

TEST(StreamJudge, TellsASpikeFromAChange) {
  Stream stream;
  for (const double t : {20.0, 20.1, 55.0, 20.2, 20.3, 40.0, 40.1, 40.2}) {
    stream.push(row_of({{"UCAIT", t}, {"UCAIH", 30.0 + t / 7.0}}));
  }
  EXPECT_EQ(stream.quality(2, "UCAIT"), Quality::spike);
  for (const std::size_t instant : {0u, 1u, 3u, 4u, 5u, 6u, 7u}) {
    EXPECT_EQ(stream.quality(instant, "UCAIT"), Quality::good) << instant;
  }
}

TEST(StreamJudge, CallsASensorStuckOnlyWhileOthersMove) {
  Stream moving;
  Stream still;
  for (int i = 0; i < 100; ++i) {
    const double drift = 0.05 * i;
    moving.push(row_of({{"UCAIT", 21.0}, {"UCWIT", 7.0 + drift}, {"UCAIH", 50.0 - drift}}));
    still.push(row_of({{"UCAIT", 21.0}, {"UCWIT", 7.0}, {"UCAIH", 50.0 + 0.01 * (i % 2)}}));
  }
  for (const std::size_t instant : {0u, 50u, 99u}) {
    EXPECT_EQ(moving.quality(instant, "UCAIT"), Quality::stuck) << instant;
    EXPECT_EQ(moving.quality(instant, "UCWIT"), Quality::good) << instant;
    EXPECT_EQ(still.quality(instant, "UCAIT"), Quality::good) << instant;
  }
}

}  // namespace
}  // namespace hvac::telemetry
