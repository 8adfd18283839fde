#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <random>
#include <thread>

#include "base/files.h"
#include "store/postgres_server.h"
#include "store/store.h"
#include "store/testing.h"

// What every store promises, whatever database is below it.
namespace hvac::store {
namespace {

using telemetry::Quality;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

enum class Kind { memory, sqlite, postgres };

class StoreContract : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::postgres && PostgresServer::shared() == nullptr) {
      GTEST_SKIP() << "SKIPPED: " << PostgresServer::why_absent();
    }
    if (GetParam() == Kind::postgres) connection_ = PostgresServer::shared()->new_database();
    open();
  }

  void open() {
    store_.reset();
    if (GetParam() == Kind::memory) {
      store_ = open_memory();
      return;
    }
    auto opened = GetParam() == Kind::sqlite ? open_sqlite(scratch_.path() / "telemetry.db")
                                             : open_postgres(connection_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  CommitReport commit(const Batch& batch) {
    const auto report = store_->commit(batch);
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(CommitReport{});
  }

  std::vector<Row> rows(Stream stream, const std::string& asset, TimeRange range = kAllTime) {
    std::vector<Row> found;
    const auto visited =
        store_->visit(stream, AssetId{asset}, range, [&](const Row& row) -> Result<void> {
          found.push_back(row);
          return {};
        });
    EXPECT_TRUE(visited) << visited.error().message;
    return found;
  }

  History history(const HistoryQuery& query) {
    const auto answer = store_->history(query);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer.value_or(History{});
  }

  std::unique_ptr<Store> store_;
  std::string connection_;
  ScratchFolder scratch_;
};

// Those that outlive the program.
class LastingStore : public StoreContract {};

// Property: values come back to the last bit, with their quality.
TEST_P(StoreContract, KeepsSamplesExactly) {
  const auto layout = layout_with({"A", "B", "C", "D", "E", "F", "G", "H", "I", "J"});
  Row row = row_of("cooler", kNewYearMs + 123, layout,
                   {23.4, -0.0, 1e300, kNan, std::numeric_limits<double>::infinity(), 65535.0,
                    0.1 + 0.2, -11.25, 123456.7891, std::numeric_limits<double>::denorm_min()});
  row.quality = {Quality::good,         Quality::stuck,       Quality::spike, Quality::missing,
                 Quality::good,         Quality::wrapped,     Quality::good,  Quality::duplicate,
                 Quality::inconsistent, Quality::out_of_range};
  commit({.samples = {row}});
  const auto found = rows(Stream::samples, "cooler");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].asset, row.asset);
  EXPECT_EQ(found[0].time, row.time);
  EXPECT_EQ(*found[0].layout, *layout);
  EXPECT_EQ(found[0].quality, row.quality);
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    if (std::isnan(row.values[i])) {
      EXPECT_TRUE(std::isnan(found[0].values[i]));
    } else {
      EXPECT_EQ(std::bit_cast<std::uint64_t>(found[0].values[i]),
                std::bit_cast<std::uint64_t>(row.values[i]))
          << "value " << i;
    }
  }
}

TEST_P(StoreContract, KeepsOutcomesAsFloats) {
  const auto layout = layout_with({"UCAOT.predicted", "UCAOT.residual"});
  commit({.outcomes = {row_of("cooler", kNewYearMs, layout, {13.123456789, kNan})}});
  const auto found = rows(Stream::outcomes, "cooler");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].values[0], static_cast<double>(13.123456789F));
  EXPECT_TRUE(std::isnan(found[0].values[1]));
  EXPECT_EQ(found[0].quality, (std::vector{Quality::good, Quality::missing}));
}

TEST_P(StoreContract, StoresTheSameInstantOnce) {
  const auto layout = layout_with({"A"});
  const Row first = row_of("cooler", kNewYearMs, layout, {1.0});
  const Row again = row_of("cooler", kNewYearMs, layout, {2.0});
  const Row other = row_of("other", kNewYearMs, layout, {3.0});
  EXPECT_EQ(commit({.samples = {first, again}}).samples, (RowCounts{1, 1, 0}));
  EXPECT_EQ(commit({.samples = {again, other}}).samples, (RowCounts{1, 1, 0}));
  const auto found = rows(Stream::samples, "cooler");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].values[0], 1.0);
  HistoryQuery query{AssetId{"cooler"}, Stream::samples, "A", kAllTime, 1};
  EXPECT_EQ(history(query).points.at(0).n, 1U);
}

TEST_P(StoreContract, RefusesTimesItCannotHoldAndCountsThem) {
  const auto layout = layout_with({"A"});
  Batch batch{.samples = {row_of("cooler", -1, layout, {1.0}), row_of("cooler", 5, layout, {1.0}),
                          Row{AssetId{"cooler"}, TimePoint::min(), layout, {1.0}, {}},
                          Row{AssetId{"cooler"}, TimePoint::max(), layout, {1.0}, {}}}};
  EXPECT_EQ(commit(batch).samples, (RowCounts{1, 0, 3}));
}

// Rejection: one bad row keeps its whole batch out, and later batches are not harmed.
TEST_P(StoreContract, StoresAllOfABatchOrNothing) {
  const auto layout = layout_with({"A"});
  Batch batch{.samples = {row_of("cooler", kNewYearMs, layout, {1.0}),
                          row_of("cooler", kNewYearMs + 1, layout, {1.0, 2.0})},
              .audit = {{at_ms(kNewYearMs), "me", "did", "it"}}};
  const auto refused = store_->commit(batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(refused.error().message.find("2 values"), std::string::npos) << refused.error().message;
  EXPECT_TRUE(rows(Stream::samples, "cooler").empty());
  EXPECT_TRUE(store_->audit(1, 10)->empty());
  batch.samples.pop_back();
  EXPECT_EQ(commit(batch).samples.stored, 1);
}

TEST_P(StoreContract, HandsOnARangeInOrderAcrossPages) {
  const auto layout = layout_with({"A"});
  Batch batch;
  for (int i = 0; i < 10'000; ++i) {
    batch.samples.push_back(row_of(i % 2 == 0 ? "even" : "odd", kNewYearMs + i, layout, {1.0 * i}));
  }
  std::shuffle(batch.samples.begin(), batch.samples.end(), std::mt19937{7});
  commit(batch);
  const auto found =
      rows(Stream::samples, "odd", {at_ms(kNewYearMs + 3), at_ms(kNewYearMs + 9999)});
  ASSERT_EQ(found.size(), 4998U);
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].values[0], 3.0 + 2.0 * static_cast<double>(i));
  }
}

TEST_P(StoreContract, StopsAVisitWithTheSinksError) {
  const auto layout = layout_with({"A"});
  commit({.samples = {row_of("cooler", kNewYearMs, layout, {1.0}),
                      row_of("cooler", kNewYearMs + 1, layout, {1.0})}});
  int seen = 0;
  const auto visited =
      store_->visit(Stream::samples, AssetId{"cooler"}, kAllTime, [&](const Row&) -> Result<void> {
        ++seen;
        return fail(ErrorCode::interrupted, "enough");
      });
  ASSERT_FALSE(visited);
  EXPECT_EQ(visited.error().message, "enough");
  EXPECT_EQ(seen, 1);
}

TEST_P(StoreContract, KnowsAssetsAndTheirSeries) {
  const auto old_layout = layout_with({"A", "B"});
  const auto new_layout = layout_with({"B", "C"});
  commit({.samples = {row_of("z", kNewYearMs, old_layout, {1.0, 2.0}),
                      row_of("z", kNewYearMs + kDay, new_layout, {3.0, 4.0}),
                      row_of("a", kNewYearMs, old_layout, {1.0, 2.0})}});
  const auto assets = store_->assets();
  ASSERT_TRUE(assets && assets->size() == 2);
  EXPECT_EQ((*assets)[0].asset.value, "z");
  EXPECT_EQ((*assets)[0].first, at_ms(kNewYearMs));
  EXPECT_EQ((*assets)[0].last, at_ms(kNewYearMs + kDay));
  EXPECT_EQ(store_->series(AssetId{"z"}, Stream::samples).value(),
            (std::vector<std::string>{"B", "C"}));
  EXPECT_TRUE(store_->series(AssetId{"z"}, Stream::outcomes).value().empty());
  EXPECT_EQ(store_->series(AssetId{"no"}, Stream::samples).error().code, ErrorCode::not_found);
  // B is one series, wherever its column was.
  HistoryQuery query{AssetId{"z"}, Stream::samples, "B", kAllTime, 1};
  const History answer = history(query);
  ASSERT_EQ(answer.points.size(), 1U);
  EXPECT_EQ(answer.points[0].n, 2U);
  EXPECT_EQ(answer.points[0].mean, 2.5);
}

TEST_P(StoreContract, GivesSingleValuesOfAShortRange) {
  const auto layout = layout_with({"A"});
  Row bad = row_of("cooler", kNewYearMs + 2 * kSecond, layout, {99.0});
  bad.quality = {Quality::spike};
  commit({.samples = {row_of("cooler", kNewYearMs, layout, {1.0}), bad,
                      row_of("cooler", kNewYearMs + 4 * kSecond, layout, {3.0})}});
  HistoryQuery query{
      AssetId{"cooler"}, Stream::samples, "A", {at_ms(kNewYearMs), at_ms(kNewYearMs + kMinute)}};
  const History answer = history(query);
  EXPECT_EQ(answer.level, Level::raw);
  EXPECT_EQ(answer.width.count(), 0);
  ASSERT_EQ(answer.points.size(), 2U);
  EXPECT_EQ(answer.points[1].time, at_ms(kNewYearMs + 4 * kSecond));
  EXPECT_EQ(answer.points[1].mean, 3.0);
  query.max_points = 1;
  const History gathered = history(query);
  ASSERT_EQ(gathered.points.size(), 1U);
  EXPECT_EQ(gathered.points[0].n, 2U);
  EXPECT_EQ(gathered.points[0].low, 1.0);
  EXPECT_EQ(gathered.points[0].high, 3.0);
}

TEST_P(StoreContract, NamesWhatAHistoryLacks) {
  commit({.samples = {row_of("cooler", kNewYearMs, layout_with({"A"}), {1.0})}});
  const auto code = [&](HistoryQuery query) { return store_->history(query).error().code; };
  EXPECT_EQ(code({AssetId{"no"}, Stream::samples, "A", kAllTime}), ErrorCode::not_found);
  EXPECT_EQ(code({AssetId{"cooler"}, Stream::samples, "B", kAllTime}), ErrorCode::not_found);
  EXPECT_EQ(code({AssetId{"cooler"}, Stream::samples, "A", {at_ms(5), at_ms(5)}}),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code({AssetId{"cooler"}, Stream::samples, "A", kAllTime, 0}),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code({AssetId{"cooler"}, Stream::samples, "A", kAllTime, 1'000'000}),
            ErrorCode::invalid_argument);
}

// Property: whatever the order in which rows came, at every level a history is what gathering the
// good rows themselves gives.
TEST_P(StoreContract, RollsUpLateAndDisorderedRowsExactly) {
  const auto layout = layout_with({"A", "B"});
  std::mt19937_64 random{20260101};
  std::uniform_real_distribution<double> value{-50.0, 50.0};
  std::vector<Row> all;
  for (std::int64_t ms = 0; ms < 30 * kHour; ms += 37 * kSecond) {
    Row row = row_of("cooler", kNewYearMs + ms, layout, {std::round(value(random) * 10) / 10, 1.0});
    row.quality = {random() % 7 == 0 ? Quality::stuck : Quality::good, Quality::good};
    all.push_back(row);
  }
  std::vector<Row> arriving = all;
  std::shuffle(arriving.begin() + 800, arriving.end(), random);
  arriving.insert(arriving.end(), all.begin(), all.begin() + 500);  // Delivered twice.
  for (std::size_t i = 0; i < arriving.size(); i += 173) {
    Batch batch;
    const auto end = std::min(i + 173, arriving.size());
    batch.samples.assign(arriving.begin() + static_cast<std::ptrdiff_t>(i),
                         arriving.begin() + static_cast<std::ptrdiff_t>(end));
    commit(batch);
  }
  for (const std::size_t points : {1UL, 7UL, 100UL, 500UL, 6000UL, 20'000UL}) {
    const HistoryQuery query{AssetId{"cooler"},
                             Stream::samples,
                             "A",
                             {at_ms(kNewYearMs), at_ms(kNewYearMs + 30 * kHour)},
                             points};
    const History answer = history(query);
    ASSERT_LE(answer.points.size(), points);
    std::map<std::int64_t, std::vector<double>> expected;
    for (const Row& row : all) {
      if (row.quality[0] != Quality::good) continue;
      const std::int64_t ms = row.time.time_since_epoch().count() - kNewYearMs;
      const std::int64_t width = std::max<std::int64_t>(answer.width.count(), 1);
      expected[ms / width * width + kNewYearMs].push_back(row.values[0]);
    }
    ASSERT_EQ(answer.points.size(), expected.size()) << points << " points";
    auto bucket = expected.begin();
    for (const HistoryPoint& point : answer.points) {
      const auto& [ms, values] = *bucket++;
      ASSERT_EQ(point.time, at_ms(ms));
      ASSERT_EQ(point.n, values.size());
      ASSERT_EQ(point.low, *std::min_element(values.begin(), values.end()));
      ASSERT_EQ(point.high, *std::max_element(values.begin(), values.end()));
      double sum = 0.0;
      for (const double one : values) sum += one;
      ASSERT_NEAR(point.mean, sum / static_cast<double>(values.size()), 1e-9);
    }
  }
}

TEST_P(StoreContract, PicksTheLevelByWhatIsAsked) {
  const auto layout = layout_with({"A"});
  Batch batch;
  for (std::int64_t ms = 0; ms < 3 * kDay; ms += 5 * kMinute) {
    batch.samples.push_back(row_of("cooler", kNewYearMs + ms, layout, {1.0}));
  }
  commit(batch);
  HistoryQuery query{AssetId{"cooler"},
                     Stream::samples,
                     "A",
                     {at_ms(kNewYearMs), at_ms(kNewYearMs + 3 * kDay)},
                     200};
  EXPECT_EQ(history(query).level, Level::hour);
  EXPECT_EQ(history(query).points.size(), 72U);
  query.max_points = 2000;
  EXPECT_EQ(history(query).level, Level::minute);
  query.range.to = at_ms(kNewYearMs + kHour);
  EXPECT_EQ(history(query).level, Level::raw);
}

TEST_P(StoreContract, KeepsAFindingOnce) {
  const Finding finding{AssetId{"cooler"}, at_ms(kNewYearMs), "coil_fouled", "", "clean it", "{}"};
  Finding other = finding;
  other.subject = "UCAOT";
  commit({.findings = {finding, finding}});
  commit({.findings = {finding, other}});
  EXPECT_EQ(store_->findings(kAllTime, 10).value(), (std::vector{other, finding}));
  EXPECT_EQ(store_->findings(kAllTime, 1).value(), (std::vector{other}));
  EXPECT_TRUE(store_->findings({TimePoint{}, at_ms(kNewYearMs)}, 10).value().empty());
}

TEST_P(StoreContract, KeepsTheLatestOfAnAlert) {
  Alert alert{"a-1", AssetId{"cooler"}, at_ms(kNewYearMs), AlertState::open, "high", "hot", "{}"};
  Alert second = alert;
  second.id = "a-2";
  commit({.alerts = {alert, second}});
  EXPECT_EQ(store_->open_alerts().value(), (std::vector{second, alert}));
  alert.state = AlertState::closed;
  alert.text = "no longer hot";
  commit({.alerts = {alert}});
  EXPECT_EQ(store_->open_alerts().value(), (std::vector{second}));
  EXPECT_EQ(store_->alerts(kAllTime, 10).value(), (std::vector{second, alert}));
}

TEST_P(StoreContract, KeepsDriftReportsAndStates) {
  const DriftReport report{at_ms(kNewYearMs), "drift_report_20260101_000000.json", "stable", "{}"};
  commit({.drift_reports = {report}, .states = {{"twin/cooler", std::string("a\0b", 3)}}});
  commit({.states = {{"twin/cooler", std::string("\xFF\0", 2)}, {"empty", ""}}});
  EXPECT_EQ(store_->drift_reports(kAllTime, 10).value(), (std::vector{report}));
  EXPECT_EQ(store_->state("twin/cooler").value(), std::string("\xFF\0", 2));
  EXPECT_EQ(store_->state("empty").value(), std::string());
  EXPECT_EQ(store_->state("unknown").value(), std::nullopt);
}

TEST_P(StoreContract, ChainsTheAudit) {
  const AuditEntry entry{at_ms(kNewYearMs), "operator", "promote", "v3"};
  commit({.audit = {entry, entry}});
  commit({.audit = {entry}});
  const auto entries = store_->audit(1, 10);
  ASSERT_TRUE(entries && entries->size() == 3);
  EXPECT_EQ((*entries)[2].number, 3);
  EXPECT_EQ((*entries)[2].entry, entry);
  EXPECT_NE((*entries)[1].hash, (*entries)[2].hash);
  EXPECT_EQ(store_->audit(2, 1).value().at(0).hash, (*entries)[1].hash);
  EXPECT_TRUE(store_->verify());
}

// Retention takes what is too old of each kind, in steps, and nothing else.
// A copy of an earlier state and the changes since are the later state: late rows, closed alerts
// and replaced states too. Applying them twice changes nothing.
TEST_P(StoreContract, ChangesSinceACopyBringTheCopyUpToDate) {
  const auto layout = layout_with({"A", "B"});
  const Alert open{"1", AssetId{"a"}, at_ms(kNewYearMs), AlertState::open, "low", "x", ""};
  const Batch early{.samples = {row_of("a", kNewYearMs, layout, {1.5, kNan})},
                    .alerts = {open},
                    .audit = {{at_ms(kNewYearMs), "me", "did", "it"}},
                    .states = {{"twin/a", "old"}}};
  Alert closed = open;
  closed.state = AlertState::closed;
  const Batch late{.samples = {row_of("a", kNewYearMs - kDay, layout, {0.1, 2.0}),
                               row_of("b", kNewYearMs + kHour, layout, {3.0, 4.0}),
                               row_of("a", kNewYearMs + 1, layout, {5.0, 6.0})},
                   .outcomes = {row_of("b", kNewYearMs, layout, {0.1, 0.2})},
                   .findings = {{AssetId{"a"}, at_ms(kNewYearMs), "k", "", "t", ""}},
                   .alerts = {closed},
                   .audit = {{at_ms(kNewYearMs + 1), "you", "did", "that"}},
                   .drift_reports = {{at_ms(kNewYearMs), "f", "stable", ""}},
                   .states = {{"twin/a", "new"}}};
  commit(early);
  const auto mark = store_->last_commit();
  ASSERT_EQ(mark.value_or(-1), 1);
  commit(late);
  const auto file = scratch_.path() / "changes";
  ASSERT_EQ(store_->write_changes(*mark, file).value_or(-1), 2);

  const auto copy = open_memory();
  ASSERT_TRUE(copy->commit(early));
  const auto added = copy->apply_changes(file);
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_EQ(added->samples.stored, 3);
  EXPECT_EQ(copy->counts().value(), store_->counts().value());
  EXPECT_EQ(copy->counts()->audit, 2);
  EXPECT_TRUE(copy->open_alerts()->empty());
  EXPECT_EQ(copy->state("twin/a").value(), "new");
  EXPECT_EQ(copy->audit(1, 9)->back().hash, store_->audit(1, 9)->back().hash);
  ASSERT_TRUE(copy->apply_changes(file));
  EXPECT_EQ(copy->counts().value(), store_->counts().value());
  EXPECT_TRUE(copy->verify());
}

// Rejection: changes that are forgotten, that do not follow, or whose file is damaged.
TEST_P(StoreContract, RefusesChangesThatAreIncomplete) {
  const auto audit = [](std::int64_t i) {
    return Batch{.audit = {{at_ms(kNewYearMs + i), "me", "did", std::to_string(i)}}};
  };
  for (std::int64_t i = 0; i < 3; ++i) commit(audit(i));
  const auto file = scratch_.path() / "changes";
  EXPECT_EQ(store_->write_changes(4, file).error().code, ErrorCode::conflict);
  ASSERT_TRUE(store_->write_changes(1, file));
  const auto copy = open_memory();
  EXPECT_EQ(copy->apply_changes(file).error().code, ErrorCode::corrupt);  // Entry 1 is missing.
  ASSERT_TRUE(store_->write_changes(0, file));
  const auto bytes = read_file(file).value();
  for (std::size_t cut = 0; cut < bytes.size(); cut += 7) {
    ASSERT_TRUE(write_file_atomically(file, bytes.substr(0, cut)));
    EXPECT_EQ(open_memory()->apply_changes(file).error().code, ErrorCode::corrupt) << cut;
  }
}

// A demo at 2,000 times the speed of life commits 6,000 times between two increments.
TEST(Changes, OfAFastTwinAreRememberedUntilTheNextBackup) {
  const auto store = open_memory();
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_TRUE(store->commit({.states = {{"twin/a", std::to_string(i)}}}));
  }
  const ScratchFolder scratch;
  const auto written = store->write_changes(1, scratch.path() / "changes");
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(*written, 20'000);
}

TEST_P(StoreContract, RemovesWhatIsTooOld) {
  const auto layout = layout_with({"A"});
  Batch batch;
  for (std::int64_t day = 0; day < 100; ++day) {
    for (std::int64_t i = 0; i < 250; ++i) {
      const std::int64_t ms = kNewYearMs + day * kDay + i * kSecond;
      batch.samples.push_back(row_of("a", ms, layout, {1.0}));
      batch.outcomes.push_back(row_of("b", ms, layout, {1.0}));
    }
    const TimePoint time = at_ms(kNewYearMs + day * kDay);
    const std::string id = std::to_string(day);
    batch.findings.push_back({AssetId{"a"}, time, id, "", "", ""});
    const AlertState state = day == 3 ? AlertState::open : AlertState::closed;
    batch.alerts.push_back({id, AssetId{"a"}, time, state, "low", "", ""});
    batch.drift_reports.push_back({time, id, "stable", ""});
    batch.audit.push_back({time, "me", "did", id});
  }
  commit(batch);
  const TimePoint now = at_ms(kNewYearMs + 100 * kDay + kMinute);
  const RetentionPolicy policy{.findings = std::chrono::days{20}};
  int steps = 1;
  for (auto step = store_->enforce_retention(now, policy);; ++steps) {
    ASSERT_TRUE(step) << step.error().message;
    if (step->finished) break;
    step = store_->enforce_retention(now, policy);
  }
  EXPECT_GT(steps, 1);
  EXPECT_EQ(rows(Stream::samples, "a").size(), 22'500U);
  EXPECT_EQ(rows(Stream::outcomes, "b").size(), 22'500U);
  EXPECT_EQ(store_->findings(kAllTime, 1000)->size(), 19U);
  EXPECT_EQ(store_->alerts(kAllTime, 1000)->size(), 90U);
  EXPECT_EQ(store_->open_alerts()->size(), 1U);
  EXPECT_EQ(store_->drift_reports(kAllTime, 1000)->size(), 89U);
  EXPECT_EQ(store_->audit(1, 1000)->size(), 100U);
  const History answer = history({AssetId{"a"}, Stream::samples, "A", kAllTime, 1});
  EXPECT_EQ(answer.points.at(0).n, 22'500U);
  // What comes too late is refused: its rollup could not tell it from what was removed.
  const Row late = row_of("a", kNewYearMs, layout, {1.0});
  EXPECT_EQ(commit({.samples = {late}}).samples, (RowCounts{0, 0, 1}));
  EXPECT_TRUE(store_->enforce_retention(now, policy)->finished);
  EXPECT_EQ(store_->enforce_retention(now, policy)->removed, 0);
}

TEST_P(StoreContract, TakesRowsAgainWhenAClockThatWasAheadIsPutRight) {
  const Row row = row_of("a", kNewYearMs, layout_with({"A"}), {1.0});
  ASSERT_TRUE(store_->enforce_retention(at_ms(kNewYearMs + 1000 * kDay)));
  EXPECT_EQ(commit({.samples = {row}}).samples, (RowCounts{0, 0, 1}));
  ASSERT_TRUE(store_->enforce_retention(at_ms(kNewYearMs)));
  EXPECT_EQ(commit({.samples = {row}}).samples, (RowCounts{1, 0, 0}));
}

// Rollups that live longer than their rows keep counting what the rows said.
TEST_P(StoreContract, KeepsRollupsOfRemovedRows) {
  const auto layout = layout_with({"A"});
  Batch batch;
  for (int i = 0; i < 200; ++i) {
    batch.samples.push_back(row_of("a", kNewYearMs + i * kHour / 4, layout, {1.0 * i}));
  }
  commit(batch);
  const RetentionPolicy policy{.samples = std::chrono::days{1}, .rollups = std::chrono::days{900}};
  const TimePoint now = at_ms(kNewYearMs + 30 * kDay);
  while (!store_->enforce_retention(now, policy)->finished) {
  }
  EXPECT_TRUE(rows(Stream::samples, "a").empty());
  const History answer = history({AssetId{"a"}, Stream::samples, "A", kAllTime, 1});
  ASSERT_EQ(answer.points.size(), 1U);
  EXPECT_EQ(answer.points[0].n, 200U);
  EXPECT_EQ(answer.points[0].high, 199.0);
}

// Readers in other threads see whole batches only, while the writer goes on.
TEST_P(StoreContract, ShowsReadersWholeBatches) {
  const auto layout = layout_with({"A"});
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  std::atomic<int> looked{0};
  std::vector<std::thread> readers;
  commit({.samples = {row_of("a", 0, layout, {0.0}), row_of("b", 0, layout, {0.0})}});
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const auto assets = store_->assets();
        if (!assets || assets->size() != 2 || (*assets)[0].last != (*assets)[1].last) ++torn;
        ++looked;
      }
    });
  }
  for (int i = 1; i <= 100 || looked < 20; ++i) {
    commit({.samples = {row_of("a", i, layout, {1.0}), row_of("b", i, layout, {1.0})}});
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(torn, 0);
}

TEST_P(LastingStore, RemembersAfterOpeningAgain) {
  const auto layout = layout_with({"A"});
  Batch batch;
  for (int i = 0; i < 200; ++i) {
    batch.samples.push_back(row_of("a", kNewYearMs + i * kMinute / 4, layout, {1.0}));
  }
  commit(batch);
  open();
  EXPECT_EQ(commit(batch).samples, (RowCounts{0, 200, 0}));
  EXPECT_EQ(commit({.samples = {row_of("b", kNewYearMs, layout, {1.0})}}).samples.stored, 1);
  EXPECT_EQ(rows(Stream::samples, "a").size(), 200U);
  EXPECT_EQ(history({AssetId{"a"}, Stream::samples, "A", kAllTime, 1}).points.at(0).n, 200U);
  EXPECT_TRUE(store_->verify());
}

// Two programs on one database: what one adds, the other knows.
TEST_P(LastingStore, SharesADatabase) {
  auto second = GetParam() == Kind::sqlite ? open_sqlite(scratch_.path() / "telemetry.db")
                                           : open_postgres(connection_);
  ASSERT_TRUE(second) << second.error().message;
  for (int i = 0; i < 20; ++i) {
    const auto layout = layout_with({"S" + std::to_string(i)});
    Store& writer = i % 2 == 0 ? *store_ : **second;
    Store& reader = i % 2 == 0 ? **second : *store_;
    const std::string asset = "asset-" + std::to_string(i);
    ASSERT_TRUE(writer.commit({.samples = {row_of(asset, kNewYearMs, layout, {1.0 * i}),
                                           row_of("both", kNewYearMs + i, layout, {1.0})},
                               .audit = {{at_ms(i), "me", "did", asset}}}));
    const auto seen =
        reader.history({AssetId{asset}, Stream::samples, layout->series[0], kAllTime});
    ASSERT_TRUE(seen) << seen.error().message;
    EXPECT_EQ(seen->points.at(0).mean, 1.0 * i);
  }
  EXPECT_EQ(rows(Stream::samples, "both").size(), 20U);
  EXPECT_TRUE(store_->verify());
}

std::string name_of(const testing::TestParamInfo<Kind>& info) {
  const char* const names[] = {"Memory", "Sqlite", "Postgres"};
  return names[static_cast<std::size_t>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract,
                         testing::Values(Kind::memory, Kind::sqlite, Kind::postgres), name_of);
INSTANTIATE_TEST_SUITE_P(Stores, LastingStore, testing::Values(Kind::sqlite, Kind::postgres),
                         name_of);

}  // namespace
}  // namespace hvac::store
