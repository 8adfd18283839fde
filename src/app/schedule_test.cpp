#include "app/schedule.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace hvac::app {
namespace {

using std::chrono::milliseconds;

TEST(Schedule, RunsEachJobInItsTurnAndReportsAChangeOfItsFortuneOnce) {
  std::atomic<int> runs = 0;
  std::atomic<int> others = 0;
  std::atomic<bool> broken = true;
  Guarded<std::vector<std::string>> reports;
  {
    Schedule schedule([&](const std::string& job, const std::string& failure) {
      reports.with([&](auto& all) { all.push_back(job + ":" + failure); });
    });
    schedule.every(milliseconds(1), "copy", [&]() -> Result<void> {
      ++runs;
      if (broken) return fail(ErrorCode::unavailable, "no disk");
      return {};
    });
    schedule.every(milliseconds(1), "other", [&]() -> Result<void> {
      ++others;
      return {};
    });
    schedule.start();
    while (runs < 3) std::this_thread::yield();
    broken = false;
    const int now = runs;
    while (runs < now + 3 || others < 3) std::this_thread::yield();
  }
  const auto all = reports.with([](const auto& texts) { return texts; });
  EXPECT_EQ(all, (std::vector<std::string>{"copy:no disk", "copy:"}));
  const int after = runs;
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(runs, after) << "it goes on after its end";
}

}  // namespace
}  // namespace hvac::app
