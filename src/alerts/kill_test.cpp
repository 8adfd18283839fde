#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "alerts/center.h"
#include "alerts/receivers.h"
#include "base/json.h"
#include "mqtt/testing.h"

// A program that is killed without warning sends what it had not delivered, and not again what it
// had.
namespace hvac::alerts {
namespace {

using namespace std::chrono_literals;
using mqtt::testing::TemporaryFolder;

constexpr int kAlarmsPerRun = 4;

Condition overdue(const std::string& subject) {
  Condition condition;
  condition.key = {{}, AlarmKind::maintenance_overdue, subject};
  return condition;
}

Options options_for(const std::filesystem::path& home) {
  Options options;
  options.webhook.enabled = true;
  options.webhook.least = Severity::info;
  options.webhook.format = WebhookFormat::json;
  options.webhook.url_file = home / "url";
  options.rate.burst = 1000;
  options.retry.first = 10ms;
  options.retry.most = 50ms;
  return options;
}

// What the killed process does: all alarms of the runs before still hold, and a few come anew.
TEST(KillTest, DISABLED_Program) {
  const std::filesystem::path home = std::getenv("HVAC_KILL_HOME");
  const int run = std::atoi(std::getenv("HVAC_KILL_RUN"));
  const bool to_the_end = std::getenv("HVAC_KILL_END") != nullptr;
  const auto store = store::open_sqlite(home / "telemetry.db").value();
  const auto center =
      AlertCenter::start(options_for(home), CenterParts{*store, home / "alerts"}).value();
  std::ofstream(home / "started");
  for (int r = 0; r <= run; ++r) {
    for (int i = 0; i < kAlarmsPerRun; ++i) {
      center->report(overdue(std::to_string(r) + "-" + std::to_string(i)));
      if (r == run) center->settle();
    }
  }
  center->settle();
  while (!to_the_end || center->status().channels.at("webhook").waiting > 0) {
    std::this_thread::sleep_for(5ms);
  }
}

pid_t start_program(const std::filesystem::path& home, int run, bool to_the_end) {
  std::filesystem::remove(home / "started");
  const std::string number = std::to_string(run);
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::setenv("HVAC_KILL_HOME", home.c_str(), 1);
  ::setenv("HVAC_KILL_RUN", number.c_str(), 1);
  if (to_the_end) ::setenv("HVAC_KILL_END", "1", 1);
  ::execl("/proc/self/exe", "alerts_test", "--gtest_filter=KillTest.DISABLED_Program",
          "--gtest_also_run_disabled_tests", "--gtest_brief=1", nullptr);
  ::_exit(127);
}

std::map<std::string, int> by_subject(const testing::HttpServer& server) {
  std::map<std::string, int> counts;
  for (const auto& post : server.posts()) {
    const auto document = parse_json(post.body).value();
    ++counts[std::string(document.at("subject").as_string())];
  }
  return counts;
}

TEST(KillTest, WhatWasSeenIsNotSentAgainAndWhatWasNotIs) {
  const TemporaryFolder home;
  testing::HttpServer server;
  std::ofstream(home.path / "url") << "http://127.0.0.1:" << server.port() << "/";
  std::mt19937_64 random{20251124};
  constexpr int kRuns = 12;
  int killed = 0;
  for (int run = 0; run < kRuns; ++run) {
    const pid_t child = start_program(home.path, run, false);
    ASSERT_TRUE(
        mqtt::testing::eventually([&] { return std::filesystem::exists(home.path / "started"); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 120));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    killed += WIFSIGNALED(status) ? 1 : 0;
  }
  EXPECT_EQ(killed, kRuns);
  const pid_t last = start_program(home.path, kRuns, true);
  int status = 0;
  ::waitpid(last, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);

  const auto counts = by_subject(server);
  EXPECT_EQ(counts.size(), static_cast<std::size_t>((kRuns + 1) * kAlarmsPerRun));
  // Killed between the other side's answer and writing it down: that one goes twice.
  int again = 0;
  for (const auto& [subject, count] : counts) again += count - 1;
  EXPECT_LE(again, kRuns);
  ::testing::Test::RecordProperty("sent_twice", again);
}

}  // namespace
}  // namespace hvac::alerts
