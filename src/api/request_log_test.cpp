#include "api/request_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <thread>
#include <vector>

#include "api/test_support.h"
#include "base/files.h"

namespace hvac::api {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class RequestLogTest : public ::testing::Test {
 protected:
  void SetUp() override { folder_ = testing::fresh_folder(); }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path file(const char* name = "api.log") const { return folder_ / name; }
  std::int64_t lines(const char* name) const {
    const auto text = read_file(file(name));
    return text ? std::count(text->begin(), text->end(), '\n') : 0;
  }
  fs::path folder_;
};

TEST_F(RequestLogTest, LinesHaveTimeAndLevelAndAreKeptOverRestarts) {
  const Clock clock = [] { return TimePoint(1'700'000'000'042ms); };
  {
    auto log = RequestLog::open(file(), {}, clock).value();
    log->add(RequestLog::Level::info, "first");
  }
  auto log = RequestLog::open(file(), {}, clock).value();
  log->add(RequestLog::Level::error, "second");
  log->flush();
  EXPECT_EQ(read_file(file()).value(),
            "2023-11-14T22:13:20.042Z INFO first\n2023-11-14T22:13:20.042Z ERROR second\n");
}

TEST_F(RequestLogTest, RotatesBySizeAndKeepsAFewFiles) {
  LogLimits limits;
  limits.file_bytes = 100;
  limits.kept_files = 2;
  auto log = RequestLog::open(file(), limits).value();
  for (int i = 0; i < 5; ++i) {
    log->add(RequestLog::Level::info, std::string(80, static_cast<char>('a' + i)));
    log->flush();
  }
  EXPECT_NE(read_file(file()).value().find("eeee"), std::string::npos);
  EXPECT_NE(read_file(file("api.log.1")).value().find("dddd"), std::string::npos);
  EXPECT_NE(read_file(file("api.log.2")).value().find("cccc"), std::string::npos);
  EXPECT_FALSE(fs::exists(file("api.log.3")));
}

TEST_F(RequestLogTest, RotatesByAge) {
  std::atomic<std::int64_t> now{1'700'000'000'000};
  auto log = RequestLog::open(file(), {}, [&] {
               return TimePoint(std::chrono::milliseconds(now.load()));
             }).value();
  log->add(RequestLog::Level::info, "old");
  log->flush();
  now += std::chrono::milliseconds(25h).count();
  log->add(RequestLog::Level::info, "new");
  log->flush();
  EXPECT_EQ(lines("api.log"), 1);
  EXPECT_NE(read_file(file("api.log.1")).value().find("old"), std::string::npos);
}

TEST_F(RequestLogTest, WhatTheDiskCannotTakeIsDroppedAndCounted) {
  LogLimits limits;
  limits.pending_bytes = 500;
  auto log = RequestLog::open(file(), limits).value();
  for (int i = 0; i < 10'000; ++i) log->add(RequestLog::Level::info, std::string(100, 'x'));
  log->flush();
  EXPECT_GT(log->dropped(), 0u);
  EXPECT_EQ(static_cast<std::uint64_t>(lines("api.log")) + log->dropped(), 10'000u);
}

TEST_F(RequestLogTest, LinesOfSeveralThreadsStayWhole) {
  auto log = RequestLog::open(file()).value();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) log->add(RequestLog::Level::info, std::string(50, 'y'));
    });
  }
  for (std::thread& thread : threads) thread.join();
  log->flush();
  EXPECT_EQ(lines("api.log"), 2000);
  EXPECT_EQ(fs::file_size(file()), 2000u * (25 + 5 + 50 + 1));
}

TEST_F(RequestLogTest, AFileThatCannotBeOpenedIsNamed) {
  const auto log = RequestLog::open("/proc/nowhere/api.log");
  ASSERT_FALSE(log);
  EXPECT_NE(log.error().message.find("/proc/nowhere"), std::string::npos);
}

}  // namespace
}  // namespace hvac::api
