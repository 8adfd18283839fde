#include "telemetry/check.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "telemetry/fields.h"

namespace hvac::telemetry {
namespace {

/// A file that goes with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text)
      : path_(
            std::filesystem::path(testing::TempDir()) /
            (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".csv")) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

constexpr const char* kTwoRecordings =
    "UCAIT;UCWIT;UCAIH;UCWF\n"
    ";;;\n"                  // 0
    "21.00;7.10;50.0;\n"     // 1
    "21.00;7.10;50.0;300\n"  // 2: the same instant
    "21.02;7.12;50.1;x\n"    // 3
    ";;;\n"                  // 4
    "0;0;0;0\n"              // 5: reboot
    "22.00;8.00;51.0;65533\n";

TEST(CheckFile, JudgesEveryRow) {
  const TemporaryFile file(kTwoRecordings);
  const auto data = check_file(file.path(), unit_cooler_profile());
  ASSERT_TRUE(data) << data.error().message;
  const CheckSummary& summary = data->summary;
  EXPECT_EQ(summary.rows, 7);
  EXPECT_EQ(summary.blank_rows, 2);
  EXPECT_EQ(summary.duplicate_rows, 1);
  EXPECT_EQ(summary.reboot_rows, 1);
  EXPECT_EQ(summary.recordings, 2);
  EXPECT_EQ(summary.usable_rows, 3);
  const TagCounts& flow = summary.tags[*unit_cooler_profile()->find("UCWF")];
  EXPECT_EQ(flow.of(Quality::wrapped), 1);
  EXPECT_EQ(flow.of(Quality::missing), 2);
  EXPECT_EQ(flow.malformed, 1);
  EXPECT_EQ(data->table.source_row, (std::vector<std::int64_t>{1, 2, 3, 5, 6}));
}

TEST(CheckFile, KnowsTheEarliestAndTheLatestTimeInWhateverOrder) {
  const TemporaryFile file(
      "timestamp;UCAIT\n"
      "2026-03-01T00:00:00Z;21.0\n"
      "2026-03-09T00:00:00Z;21.5\n"
      "2026-02-01T00:00:00Z;22.0\n"
      "2026-02-05T00:00:00Z;22.5\n");
  const auto report = check_stream(file.path(), unit_cooler_profile());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->summary.first_time, parse_iso_time("2026-02-01T00:00:00Z"));
  EXPECT_EQ(report->summary.last_time, parse_iso_time("2026-03-09T00:00:00Z"));
}

TEST(CheckFile, GivesOneRowPerInstantWithGapsFilled) {
  const TemporaryFile file(kTwoRecordings);
  const auto data = check_file(file.path(), unit_cooler_profile());
  ASSERT_TRUE(data);
  const Table table = usable_instants(*data);
  EXPECT_EQ(table.source_row, (std::vector<std::int64_t>{1, 3, 6}));
  EXPECT_EQ(sample_at(table, 0).input(InputTag::UCWF), 300.0);
  EXPECT_EQ(sample_at(table, 1).input(InputTag::UCWF), std::nullopt);
  EXPECT_EQ(sample_at(table, 2).quality(InputTag::UCWF), Quality::wrapped);
  EXPECT_EQ(table.recording[2].value, 1u);
}

// Property: the check in bounded memory says the same, and shows the same rows.
TEST(CheckStream, EqualsTheCheckInMemory) {
  const TemporaryFile file(kTwoRecordings);
  const auto data = check_file(file.path(), unit_cooler_profile());
  const auto report = check_stream(file.path(), unit_cooler_profile());
  ASSERT_TRUE(data && report);
  EXPECT_EQ(report->summary.usable_rows, data->summary.usable_rows);
  EXPECT_EQ(report->summary.rows, data->summary.rows);
  EXPECT_EQ(report->blocks.size(), data->blocks.size());
  const Table table = usable_instants(*data);
  std::size_t row = 0;
  const auto visited = visit_usable(file.path(), unit_cooler_profile(), report->blocks,
                                    [&](const JudgedRow& judged) -> Result<void> {
                                      EXPECT_EQ(judged.row, table.source_row.at(row));
                                      for (std::size_t tag = 0; tag < judged.values.size(); ++tag) {
                                        EXPECT_EQ(judged.quality[tag], table.quality[tag][row]);
                                      }
                                      ++row;
                                      return {};
                                    });
  ASSERT_TRUE(visited);
  EXPECT_EQ(row, table.rows());
}

TEST(Problems, SayWhatIsWrongAndWhere) {
  const TemporaryFile file(kTwoRecordings);
  const auto report = check_stream(file.path(), unit_cooler_profile());
  ASSERT_TRUE(report);
  const auto found = problems(*report, *unit_cooler_profile());
  ASSERT_EQ(found.size(), 2u);
  EXPECT_NE(found[0].find("no number: line 5, UCWF 'x'"), std::string::npos) << found[0];
  EXPECT_NE(found[1].find("UCWF"), std::string::npos) << found[1];
  EXPECT_NE(found[1].find("wrapped"), std::string::npos) << found[1];
}

TEST(Problems, AreNoneInGoodData) {
  const TemporaryFile file("UCAIT;UCWIT;UCAIH\n21.00;7.10;50.0\n21.02;7.12;50.1\n");
  const auto report = check_stream(file.path(), unit_cooler_profile());
  ASSERT_TRUE(report);
  EXPECT_TRUE(problems(*report, *unit_cooler_profile()).empty());
}

TEST(CheckFile, StopsWhenAsked) {
  const TemporaryFile file(kTwoRecordings);
  const auto data = check_file(file.path(), unit_cooler_profile(),
                               [](double, std::string_view) { return false; });
  ASSERT_FALSE(data);
  EXPECT_EQ(data.error().code, ErrorCode::interrupted);
}

}  // namespace
}  // namespace hvac::telemetry
