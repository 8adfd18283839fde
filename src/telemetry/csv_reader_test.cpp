#include "telemetry/csv_reader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "base/iso_time.h"
#include "telemetry/fields.h"

namespace hvac::telemetry {
namespace {

struct ReadRow {
  RowKind kind;
  TimePoint time;
  std::vector<double> values;
};

struct ReadAll {
  std::vector<ReadRow> rows;
  CsvReport report;
};

ReadAll read_all(const std::string& text) {
  Result<CsvReader> reader = CsvReader::from_text(text, "test.csv", unit_cooler_profile());
  EXPECT_TRUE(reader) << (reader ? "" : reader.error().message);
  ReadAll all;
  if (!reader) return all;
  CsvRow row;
  for (;;) {
    const Result<bool> more = reader->next(row);
    EXPECT_TRUE(more) << (more ? "" : more.error().message);
    if (!more || !*more) break;
    EXPECT_EQ(row.row, static_cast<std::int64_t>(all.rows.size()));
    all.rows.push_back({row.kind, row.time, {row.values.begin(), row.values.end()}});
  }
  all.report = reader->report();
  return all;
}

double value(const ReadAll& all, std::size_t row, const char* tag) {
  return all.rows.at(row).values.at(*unit_cooler_profile()->find(tag));
}

std::string error_of(const std::string& text) {
  const auto reader = CsvReader::from_text(text, "test.csv", unit_cooler_profile());
  EXPECT_FALSE(reader);
  return reader ? "" : reader.error().message;
}

// Golden: the same table in every spelling.
TEST(CsvReader, ReadsEverySpellingOfTheSameTable) {
  for (const char* text : {
           "UCAIT,UCWF,UCWIT\n21.5,-42,7.25\n",
           "UCAIT;UCWF;UCWIT\n21.5;-42;7.25\n",
           "UCAIT\tUCWF\tUCWIT\n21.5\t-42\t7.25\n",
           "UCAIT;UCWF;UCWIT\n21,5;-42;7,25\n",
           "\xEF\xBB\xBFUCAIT;UCWF;UCWIT\r\n21.5;-42;7.25\r\n",
           "\"UCAIT\",\"UCWF\",\"UCWIT\"\n\"21,5\",\"-42\",\"7,25\"\n",
           "UCWIT;UCAIT;UCWF\n7.25;21.5;-42",
           "ucait;ucwf;ucwit\n +2.15e1 ; -42.0 ;7.25;;\n",
           "note;UCAIT;UCWF;UCWIT\nall \"well\";21.500000000000000000;-42;7.25\n",
       }) {
    const ReadAll all = read_all(text);
    ASSERT_EQ(all.rows.size(), 1u) << text;
    EXPECT_EQ(value(all, 0, "UCAIT"), 21.5) << text;
    EXPECT_EQ(value(all, 0, "UCWF"), -42.0) << text;
    EXPECT_EQ(value(all, 0, "UCWIT"), 7.25) << text;
    EXPECT_TRUE(std::isnan(value(all, 0, "AMBT"))) << text;
    EXPECT_TRUE(all.report.problems.empty()) << text;
  }
}

// Golden: the fast number path gives the bits of the slow one.
TEST(CsvReader, ReadsNumbersExactly) {
  for (const char* text : {"0.1", "-0.007", "1234.56789", "99999999.9999999", "0.3", "65535",
                           "1e-3", "123456789012345678", "4.35", "0.000001"}) {
    const ReadAll all = read_all(std::string("UCAIT;UCWF\n") + text + ";1\n");
    EXPECT_EQ(value(all, 0, "UCAIT"), std::strtod(text, nullptr)) << text;
  }
}

TEST(CsvReader, KeepsBlankRowsAsRows) {
  const ReadAll all = read_all("UCAIT;UCWF\n;\n21;1\n\n;;;;\n22;2\n");
  ASSERT_EQ(all.rows.size(), 5u);
  EXPECT_EQ(all.rows[0].kind, RowKind::blank);
  EXPECT_EQ(all.rows[1].kind, RowKind::values);
  EXPECT_EQ(all.rows[2].kind, RowKind::blank);
  EXPECT_EQ(all.rows[3].kind, RowKind::blank);
  EXPECT_EQ(value(all, 4, "UCAIT"), 22.0);
}

TEST(CsvReader, FindsTheTimeColumnByNameOrContent) {
  const TimePoint expected = *parse_iso_time("2026-03-01T12:00:00.500Z");
  for (const char* text : {
           "timestamp;UCAIT\n2026-03-01T12:00:00.500Z;21\n",
           "when;UCAIT\n2026-03-01 13:00:00,500+01:00;21\n",
           "UCAIT,epoch\n21,1772366400.5\n",
           "Time,UCAIT\n1772366400500,21\n",
       }) {
    const ReadAll all = read_all(text);
    ASSERT_EQ(all.rows.size(), 1u);
    EXPECT_EQ(all.rows[0].time, expected) << text;
    EXPECT_TRUE(all.report.unknown_columns.empty()) << text;
  }
}

TEST(CsvReader, CountsWhatItCannotReadAndNeverMakesItZero) {
  const ReadAll all = read_all("UCAIT;UCWF\nabc;1\n21;2;3\n22\n1,234.5;1\nNaN;-\ninf;1\n" +
                               std::string("1\0;2\n", 5) + "23;0x10\n24;1");
  ASSERT_EQ(all.rows.size(), 9u);
  const std::size_t air = *unit_cooler_profile()->find("UCAIT");
  const std::size_t flow = *unit_cooler_profile()->find("UCWF");
  EXPECT_EQ(all.report.malformed[air], 4);  // abc, 1,234.5, inf, 1\0
  EXPECT_EQ(all.report.malformed[flow], 1);
  EXPECT_EQ(all.report.ragged_rows, 2);
  EXPECT_EQ(all.rows[1].kind, RowKind::ragged);
  EXPECT_TRUE(std::isnan(value(all, 1, "UCAIT")));
  EXPECT_EQ(all.rows[2].kind, RowKind::ragged);
  EXPECT_TRUE(std::isnan(value(all, 0, "UCAIT")));
  EXPECT_TRUE(std::isnan(value(all, 4, "UCWF")));
  EXPECT_EQ(value(all, 8, "UCAIT"), 24.0);
  ASSERT_FALSE(all.report.problems.empty());
  EXPECT_EQ(all.report.problems[0].row, 0);
  EXPECT_EQ(all.report.problems[0].column, "UCAIT");
}

TEST(CsvReader, NoticesATruncatedFile) {
  const ReadAll all = read_all("UCAIT;UCWF;UCWIT\n21;1;7\n22;2");
  EXPECT_TRUE(all.report.truncated);
  EXPECT_EQ(all.rows[1].kind, RowKind::ragged);
}

TEST(CsvReader, RejectsWhatIsNoTelemetry) {
  EXPECT_NE(error_of("").find("empty"), std::string::npos);
  EXPECT_NE(error_of("1;2;3\n4;5;6\n").find("expected a header"), std::string::npos);
  EXPECT_NE(error_of("alpha,beta\n1,2\n").find("AMBT"), std::string::npos);
  EXPECT_NE(error_of("UCAIT;UCAIT\n1;2\n").find("twice"), std::string::npos);
  EXPECT_NE(error_of(std::string("\x7f"
                                 "ELF\0\0\0\n\1\2",
                                 10))
                .find("expected a header"),
            std::string::npos);
  const auto folder = CsvReader::open("/", unit_cooler_profile());
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().message.find("folder"), std::string::npos);
  const auto nothing = CsvReader::open("/nonexistent.csv", unit_cooler_profile());
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::not_found);
}

TEST(CsvReader, RejectsALineThatNeverEnds) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "never_ends.csv";
  std::ofstream(path) << "UCAIT;UCWF\n" << std::string(3 << 20, '7') << "\n21;1\n";
  Result<CsvReader> reader = CsvReader::open(path, unit_cooler_profile());
  ASSERT_TRUE(reader);
  CsvRow row;
  const Result<bool> more = reader->next(row);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, ErrorCode::invalid_argument);
  std::filesystem::remove(path);
}

// Property: a file reads the same through the buffer as from memory, wherever chunks end.
TEST(CsvReader, ReadsAFileLargerThanItsBuffer) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "large.csv";
  constexpr int kRows = 300'000;
  {
    std::ofstream file(path);
    file << "UCAIT;UCWF\n";
    for (int i = 0; i < kRows; ++i) file << i % 97 << "." << i % 10 << ";" << i << "\n";
  }
  Result<CsvReader> reader = CsvReader::open(path, unit_cooler_profile());
  ASSERT_TRUE(reader);
  const std::size_t flow = *unit_cooler_profile()->find("UCWF");
  CsvRow row;
  int count = 0;
  while (reader->next(row).value()) ASSERT_EQ(row.values[flow], count++);
  EXPECT_EQ(count, kRows);
  EXPECT_EQ(reader->progress(), 1.0);
  std::filesystem::remove(path);
}

TEST(IsoTime, RefusesWhatIsNone) {
  for (const char* text : {"", "2026", "2026-13-01T00:00", "2026-02-30T00:00", "2026-01-01T24:00",
                           "2026-01-01T00:00:00+99:00", "2026-01-01T00:00:00Zx"}) {
    EXPECT_FALSE(parse_iso_time(text)) << text;
  }
}

TEST(IsoTime, IsReadBackAsWritten) {
  const TimePoint time = *parse_iso_time("2026-12-31T23:59:59.123Z");
  EXPECT_EQ(iso_text(time), "2026-12-31T23:59:59.123Z");
  EXPECT_EQ(*parse_iso_time(iso_text(time)), time);
}

}  // namespace
}  // namespace hvac::telemetry
