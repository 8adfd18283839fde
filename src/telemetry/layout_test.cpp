#include "telemetry/layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <numeric>
#include <random>

#include "telemetry/csv_reader.h"

namespace hvac::telemetry {
namespace {

using Rows = std::vector<std::vector<double>>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::size_t column(const char* tag) { return unit_cooler_profile()->find(tag).value(); }

std::vector<Block> blocks_of(const Rows& rows) {
  LayoutLearner learner(unit_cooler_profile());
  for (const auto& row : rows) learner.add(row);
  LayoutDetector detector(learner.finish());
  for (const auto& row : rows) detector.add(row);
  return detector.finish();
}

/// Telemetry of a cooler as far as its columns go: states of fan, pump and heater, temperatures
/// that wander, the identities, and the steps of the sensors.
Rows cooler(int count, std::uint64_t seed, double season = 0.0) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise;
  const auto step = [](double value, double size) { return std::round(value / size) * size; };
  double room = 22.0 + season;
  double humidity = 50.0;
  double valve = 20.0;
  Rows rows;
  bool pump = false;
  int fan = 2;
  for (int i = 0; i < count; ++i) {
    if (random() % 60 == 0) pump = !pump;
    if (random() % 90 == 0) fan = static_cast<int>(random() % 4);
    room += 0.03 * noise(random) + 0.002 * (22.0 + season - room);
    humidity = std::clamp(humidity + 0.3 * noise(random), 20.0, 80.0);
    valve = std::clamp(valve + 2.0 * noise(random), 3.0, 90.0);
    const bool heater = room < 21.0 + season;
    std::vector<double> row(unit_cooler_profile()->tags.size(), kNaN);
    const auto set = [&](const char* tag, double value) { row[column(tag)] = value; };
    const double fan_speed = fan == 0 ? 0.0 : 300.0 + 230.0 * fan + step(4.0 * noise(random), 1.0);
    const double suction = pump ? -265.0 + step(4.0 * noise(random), 1.0) : 74.0;
    const double discharge = pump ? 1280.0 + step(4.0 * noise(random), 1.0) : 97.0;
    const double kv = pump ? step(0.0002 * valve * valve + 0.05, 0.01) : 0.0;
    const double drop = pump ? step(700.0 - 4.0 * valve + 3.0 * noise(random), 1.0) : 0.0;
    const double flow = step(1000.0 * kv * std::sqrt(drop / 1000.0), 1.0);
    const double water_in = pump ? 7.5 + 0.3 * noise(random) : room - 2.0;
    const double power = pump ? 500.0 + step(3.0 * noise(random), 1.0) : 3.0;
    set("AMBT", step(room + 0.4, 0.01));
    set("UCTSP", 21.0 + season);
    set("UCAIT", step(room, 0.01));
    set("UCAOT", step(room + (heater ? 8.0 : pump ? -5.0 : 0.5) + 0.1 * noise(random), 0.01));
    set("UCWIT", step(water_in, 0.01));
    set("UCWOT", step(water_in + (pump ? 4.0 : 0.1) + 0.1 * noise(random), 0.01));
    set("UCAIH", step(humidity, 0.01));
    set("CPSP", suction);
    set("CPDP", discharge);
    set("CPPR", discharge - suction);
    set("UCWF", flow);
    set("CPCF", flow);
    set("CPHP", step(flow * (discharge - suction) / 36000.0, 1.0));
    set("MVCV", kv);
    set("MVDP", drop);
    set("MVSO", pump ? step(valve, 1.0) : 0.0);
    set("CPMMP", power);
    set("CPMEP", step(0.91 * power, 1.0));
    set("CPMC", pump ? step(0.93 + 0.01 * noise(random), 0.001) : 0.007);
    set("CPMV", step(408.0 + 2.0 * noise(random), 0.1));
    set("CPHE", step(100.0 * row[column("CPHP")] / power, 1.0));
    set("UCHV", step(409.0 + 2.0 * noise(random), 0.1));
    set("UCHC", heater ? step(3.05 + 0.02 * noise(random), 0.001) : 0.007);
    set("UCFS", fan_speed);
    set("UCFMS", fan == 0 ? 0.0 : step(1.42 * fan_speed, 1.0));
    set("UCFMV", fan == 0 ? 45.0 : step(0.36 * fan_speed, 1.0));
    set("UCFMC", fan == 0 ? 1.61 : step(1.03 + 0.005 * noise(random), 0.01));
    set("UCSDP", fan == 0 ? 0.0 : step(1.5e-5 * fan_speed * fan_speed, 0.01));
    set("UCAF", fan == 0 ? 404.0 : step(1.16 * fan_speed, 1.0));
    set("UCWDP", step(8.0 + flow / 40.0, 1.0));
    set("MVWF", step(std::max(0.0, 300.0 - flow) * (pump ? 1.0 : 0.0), 1.0));
    rows.push_back(std::move(row));
  }
  return rows;
}

/// Rows whose columns were exchanged at random, and where.
struct Scrambled {
  Rows rows;
  std::vector<bool> bad;
};

/// Exchanges `columns` random columns (0: all) in one random block of `rows`, some times 100.
Scrambled scramble(Rows rows, std::size_t columns, double scaled_part, std::mt19937_64& random) {
  Scrambled result{std::move(rows), {}};
  const std::size_t count = result.rows.size();
  result.bad.assign(count, false);
  const std::size_t length = 200 + random() % 1500;
  const std::size_t first = random() % (count - length);
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < result.rows.front().size(); ++i) {
    if (i != column("UCOM")) chosen.push_back(i);
  }
  std::shuffle(chosen.begin(), chosen.end(), random);
  if (columns > 0) chosen.resize(columns);
  std::vector<double> scale(result.rows.front().size(), 1.0);
  for (double& s : scale) {
    if (static_cast<double>(random() % 1000) < 1000.0 * scaled_part) s = 100.0;
  }
  for (std::size_t row = first; row < first + length; ++row) {
    const std::vector<double> before = result.rows[row];
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const std::size_t to = chosen[i];
      result.rows[row][to] = before[chosen[(i + 1) % chosen.size()]] * scale[to];
    }
    result.bad[row] =
        std::any_of(before.begin(), before.end(), [](double v) { return !std::isnan(v); });
  }
  return result;
}

struct Score {
  std::int64_t bad = 0;
  std::int64_t found = 0;
  std::int64_t good = 0;
  std::int64_t condemned = 0;
  int blocks = 0;
  int exact = 0;  // Blocks whose beginning is found within 20 rows.

  double detection() const { return static_cast<double>(found) / static_cast<double>(bad); }
  double false_alarm() const { return static_cast<double>(condemned) / static_cast<double>(good); }
};

void add_score(const Scrambled& scrambled, Score& score) {
  const auto blocks = blocks_of(scrambled.rows);
  const auto begin = std::find(scrambled.bad.begin(), scrambled.bad.end(), true);
  const std::int64_t first = begin - scrambled.bad.begin();
  std::int64_t nearest = std::numeric_limits<std::int64_t>::max();
  std::int64_t next = 0;
  for (const Block& block : blocks) {
    EXPECT_EQ(block.first_row, next);  // The blocks cover every row once.
    next = block.last_row + 1;
    if (block.verdict != Verdict::good) {
      nearest = std::min(nearest, std::abs(block.first_row - first));
      EXPECT_FALSE(block.reasons.empty());
    }
    for (std::int64_t row = block.first_row; row <= block.last_row; ++row) {
      const bool told = block.verdict != Verdict::good;
      const bool bad = scrambled.bad[static_cast<std::size_t>(row)];
      (bad ? score.bad : score.good) += 1;
      if (told) (bad ? score.found : score.condemned) += 1;
    }
  }
  EXPECT_EQ(next, static_cast<std::int64_t>(scrambled.rows.size()));
  if (begin == scrambled.bad.end()) return;
  ++score.blocks;
  if (nearest <= 20) ++score.exact;
}

/// Trials of one kind, printed so that a change of the rates is seen.
Score measure(const char* what, const Rows& good, std::size_t columns, double scaled_part,
              int trials) {
  std::mt19937_64 random(20260101);
  Score score;
  for (int i = 0; i < trials; ++i) add_score(scramble(good, columns, scaled_part, random), score);
  std::printf(
      "  %s: %.2f %% of scrambled rows found, %.3f %% of good rows condemned, %d of %d "
      "beginnings within 20 rows\n",
      what, 100.0 * score.detection(), 100.0 * score.false_alarm(), score.exact, score.blocks);
  return score;
}

void expect_rates(const Rows& good) {
  const Score all = measure("all columns", good, 0, 0.0, 2);
  EXPECT_GE(all.detection(), 0.99);
  EXPECT_LE(all.false_alarm(), 0.01);
  EXPECT_EQ(all.exact, all.blocks);
  const Score scaled = measure("all columns, some x 100", good, 0, 0.3, 2);
  EXPECT_GE(scaled.detection(), 0.99);
  EXPECT_LE(scaled.false_alarm(), 0.01);
  const Score some = measure("10 columns", good, 10, 0.0, 2);
  EXPECT_GE(some.detection(), 0.90);
  EXPECT_LE(some.false_alarm(), 0.01);
  const Score few = measure("4 columns", good, 4, 0.0, 3);
  EXPECT_GE(few.detection(), 0.5);
  EXPECT_LE(few.false_alarm(), 0.01);
}

/// A part of the rig's telemetry, or nothing where it is absent.
Rows rig_rows(std::size_t count) {
  const char* folder = std::getenv("HVAC_TWIN_DATA");
  const std::filesystem::path path =
      (folder != nullptr ? std::filesystem::path(folder)
                         : std::filesystem::path(HVAC_SOURCE_DIR) / ".." / "shared" / "data") /
      "unit_cooler_rig.csv";
  auto reader = CsvReader::open(path, unit_cooler_profile());
  Rows rows;
  CsvRow row;
  while (reader && rows.size() < count && reader->next(row).value()) {
    rows.emplace_back(row.values.begin(), row.values.end());
  }
  return rows;
}

constexpr std::size_t kRigGoodRows = 12'208;  // Of the rig: its header is right this far.

TEST(LayoutDetector, FindsExchangedColumnsOfACooler) { expect_rates(cooler(4000, 1)); }

TEST(LayoutDetector, FindsExchangedColumnsOfTheRig) {
  const Rows rows = rig_rows(kRigGoodRows);
  if (rows.empty()) GTEST_SKIP() << "unit_cooler_rig.csv is not here (HVAC_TWIN_DATA)";
  expect_rates(rows);
}

TEST(LayoutDetector, FindsWhereTheRigsColumnsChange) {
  const Rows rows = rig_rows(std::numeric_limits<std::size_t>::max());
  if (rows.empty()) GTEST_SKIP() << "unit_cooler_rig.csv is not here (HVAC_TWIN_DATA)";
  const auto blocks = blocks_of(rows);
  ASSERT_GE(blocks.size(), 2u);
  EXPECT_EQ(blocks[0].verdict, Verdict::good);
  EXPECT_NEAR(static_cast<double>(blocks[0].last_row + 1), kRigGoodRows, 20.0);
  std::int64_t good = 0;
  std::int64_t most = 0;
  std::vector<std::pair<std::int64_t, const Block*>> layouts;
  for (const Block& block : blocks) {
    const std::int64_t size = block.last_row - block.first_row + 1;
    if (block.verdict == Verdict::good && &block != &blocks[0]) good += size;
    if (block.verdict != Verdict::relabelled) continue;
    auto known = std::find_if(layouts.begin(), layouts.end(), [&](const auto& layout) {
      return layout.second->mapping == block.mapping;
    });
    if (known == layouts.end()) known = layouts.insert(layouts.end(), {0, &block});
    known->first += size;
    most = std::max(most, known->first);
  }
  EXPECT_LE(static_cast<double>(good), 0.01 * static_cast<double>(rows.size() - kRigGoodRows));
  const auto layout =
      std::find_if(layouts.begin(), layouts.end(), [&](const auto& l) { return l.first == most; });
  ASSERT_NE(layout, layouts.end());
  const auto& mapping = layout->second->mapping;
  for (const ColumnMapping& expected :
       {ColumnMapping{"UCTSP", "UCAIH", 1.0}, ColumnMapping{"UCHC", "UCWF", 1.0},
        ColumnMapping{"UCWF", "MVCV", 100.0}, ColumnMapping{"UCWOT", "MVDP", 1.0}}) {
    EXPECT_NE(std::find(mapping.begin(), mapping.end(), expected), mapping.end())
        << expected.column << " holds " << expected.holds;
  }
}

// Property: what is merely unusual is not a layout.
TEST(LayoutDetector, CondemnsNoSeasonAndNoSingleSensor) {
  Rows rows = cooler(3000, 2);
  const Rows winter = cooler(3000, 3, -6.0);
  rows.insert(rows.end(), winter.begin(), winter.end());
  const auto with = [&](const char* tag, auto change) {
    Rows changed = rows;
    for (std::size_t i = 2000; i < 5000; ++i) change(changed[i][column(tag)]);
    return blocks_of(changed);
  };
  const std::vector<std::vector<Block>> cases = {
      blocks_of(rows),
      with("UCAIT", [](double& v) { v += 4.0; }),
      with("UCWIT", [](double& v) { v = 18.25; }),
      with("UCWF", [](double& v) { v += 400.0; }),
      with("CPPR", [](double& v) { v = -500.0; }),
      with("UCFS", [](double& v) { v = 1700.0; }),
      with("AMBT", [](double& v) { v = 0.0; }),
      with("UCAOT", [](double& v) { v = 850.0; }),
      with("UCAIH", [](double& v) { v = 65535.0; }),
      with("UCAF", [](double& v) { v *= 0.6; }),
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(cases[i].size(), 1u) << "case " << i;
    EXPECT_EQ(cases[i][0].verdict, Verdict::good) << "case " << i;
  }
}

TEST(LayoutDetector, FindsAFileThatIsWhollyScrambled) {
  std::mt19937_64 random(5);
  Rows rows = cooler(2000, 4);
  std::vector<std::size_t> order(rows.front().size() - 1);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), random);
  for (auto& row : rows) {
    const auto before = row;
    for (std::size_t i = 0; i < order.size(); ++i) row[i] = before[order[i]];
  }
  std::int64_t bad = 0;
  for (const Block& block : blocks_of(rows)) {
    if (block.verdict != Verdict::good) bad += block.last_row - block.first_row + 1;
  }
  EXPECT_GE(bad, 1980);
}

TEST(LayoutDetector, TakesAFileOfFewColumnsAsItIs) {
  Rows rows = cooler(2000, 6);
  for (auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i != column("UCAIT") && i != column("UCWIT") && i != column("UCWF")) row[i] = kNaN;
    }
  }
  const auto blocks = blocks_of(rows);
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(blocks[0].verdict, Verdict::good);
}

TEST(LayoutDetector, CallsRowsWithNextToNothingEmpty) {
  Rows rows = cooler(1500, 7);
  for (std::size_t i = 500; i < 900; ++i) {
    std::fill(rows[i].begin(), rows[i].end(), kNaN);
    rows[i][column("UCOM")] = 0.0;
  }
  const auto blocks = blocks_of(rows);
  ASSERT_EQ(blocks.size(), 3u);
  EXPECT_EQ(blocks[1].verdict, Verdict::empty);
  EXPECT_EQ(blocks[1].first_row, 500);
  EXPECT_EQ(blocks[1].last_row, 899);
}

TEST(LayoutDetector, HasNoBlocksWithoutRows) { EXPECT_TRUE(blocks_of({}).empty()); }

}  // namespace
}  // namespace hvac::telemetry
