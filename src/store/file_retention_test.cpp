#include "store/file_retention.h"

#include <gtest/gtest.h>

#include <fstream>

#include "store/testing.h"

namespace hvac::store {
namespace {

namespace fs = std::filesystem;

const TimePoint kNow = at_ms(kNewYearMs);

void make_file(const fs::path& file, std::chrono::days age) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << "text";
  fs::last_write_time(file, std::chrono::file_clock::from_sys(kNow - age));
}

TEST(FileRetention, RemovesOldLogsAndDatedReportsOnly) {
  const ScratchFolder scratch;
  const fs::path home = scratch.path();
  const std::chrono::days old_log{31};
  const std::chrono::days old_report{91};
  make_file(home / "logs/api.log", std::chrono::days{0});
  make_file(home / "logs/api.1.log", std::chrono::days{29});
  make_file(home / "logs/api.2.log", old_log);
  make_file(home / "logs/monitor.log.3", old_log);
  make_file(home / "logs/notes.txt", old_log);
  make_file(home / "monitoring/drift_report.json", old_report);
  make_file(home / "monitoring/drift_reference.json", old_report);
  make_file(home / "monitoring/drift_report_20250101_000000.json", old_report);
  make_file(home / "monitoring/drift_report_20251001_000000.json", old_log);
  fs::create_directories(home / "logs/old.log");
  fs::create_symlink(home / "logs/notes.txt", home / "logs/link.log");
  EXPECT_EQ(enforce_file_retention(home, {}, kNow).value(), 3);
  EXPECT_FALSE(fs::exists(home / "logs/api.2.log"));
  EXPECT_FALSE(fs::exists(home / "logs/monitor.log.3"));
  EXPECT_FALSE(fs::exists(home / "monitoring/drift_report_20250101_000000.json"));
  EXPECT_TRUE(fs::exists(home / "logs/api.1.log"));
  EXPECT_TRUE(fs::exists(home / "logs/notes.txt"));
  EXPECT_TRUE(fs::is_symlink(home / "logs/link.log"));
  EXPECT_TRUE(fs::exists(home / "monitoring/drift_report.json"));
  EXPECT_EQ(enforce_file_retention(home, {}, kNow).value(), 0);
}

TEST(FileRetention, HasNothingToDoInAnEmptyInstance) {
  const ScratchFolder scratch;
  EXPECT_EQ(enforce_file_retention(scratch.path() / "none", {}, kNow).value(), 0);
}

}  // namespace
}  // namespace hvac::store
