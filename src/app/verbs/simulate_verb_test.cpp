#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "app/context.h"
#include "app/run_program.h"
#include "base/files.h"

namespace hvac::app {
namespace {

namespace fs = std::filesystem;

class Simulate : public testing::Test {
 protected:
  Simulate() : folder_(fs::temp_directory_path() / ("simulate-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~Simulate() override { fs::remove_all(folder_); }

  int run(std::vector<std::string> arguments) {
    out_.str("");
    err_.str("");
    arguments.insert(arguments.begin(), "simulate");
    return run_program(arguments, out_, err_);
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  fs::path folder_;
  std::ostringstream out_, err_;
};

std::vector<std::string> lines(const std::string& file) {
  std::istringstream text(*read_file(file));
  std::vector<std::string> list;
  for (std::string line; std::getline(text, line);) list.push_back(line);
  return list;
}

TEST_F(Simulate, WritesTelemetryAndTruthTheSameForTheSameSeed) {
  const std::vector<std::string> common = {"--hours", "2", "--interval", "30",
                                           "--seed",  "7", "--fault",    "bias-UCWIT@1h:0.5"};
  for (const char* name : {"a", "b"}) {
    std::vector<std::string> arguments = {"--output", path(std::string(name) + ".csv"), "--truth",
                                          path(std::string(name) + "-truth.csv"), "--json"};
    arguments.insert(arguments.end(), common.begin(), common.end());
    ASSERT_EQ(run(arguments), exit_ok) << err_.str();
  }
  EXPECT_EQ(*read_file(path("a.csv")), *read_file(path("b.csv")));
  const auto summary = boost::json::parse(out_.str());
  const auto telemetry = lines(path("a.csv"));
  const auto truth = lines(path("a-truth.csv"));
  EXPECT_EQ(telemetry[0].substr(0, 21), "timestamp;AMBT;UCTSP;");
  EXPECT_EQ(telemetry[1].substr(0, 11), "2025-07-01T");
  EXPECT_EQ(static_cast<std::size_t>(summary.at("rows").to_number<int>()) + 1, truth.size());
  EXPECT_EQ(truth[1].find("bias"), std::string::npos);
  EXPECT_NE(truth.back().find(";bias-UCWIT:0.500;"), std::string::npos);
  EXPECT_FALSE(fs::exists(path("a.csv.partial")));
}

TEST_F(Simulate, WritesAFilePerAsset) {
  ASSERT_EQ(run({"--output", path("f.csv"), "--assets", "3", "--hours", "0.5"}), exit_ok);
  const std::string first = *read_file(path("f-1.csv"));
  EXPECT_NE(first, *read_file(path("f-2.csv")));
  EXPECT_TRUE(fs::exists(path("f-3.csv")));
  EXPECT_FALSE(fs::exists(path("f.csv")));
}

TEST_F(Simulate, HelpListsTheFaults) {
  EXPECT_EQ(run({"--help"}), exit_ok);
  for (const char* name : {"water-fouling", "valve-passing", "bias-TAG", "wrong-columns"}) {
    EXPECT_NE(out_.str().find(name), std::string::npos) << name;
  }
}

// Rejection.
TEST_F(Simulate, RefusesWrongFaultsTimesAndPlaces) {
  EXPECT_EQ(run({"--output", path("x.csv"), "--fault", "valve-stuk@1h"}), exit_usage);
  EXPECT_NE(err_.str().find("known are air-fouling"), std::string::npos);
  EXPECT_EQ(run({"--output", path("x.csv"), "--fault", "valve-stuck@never"}), exit_usage);
  EXPECT_NE(err_.str().find("onset 'never'"), std::string::npos);
  EXPECT_FALSE(fs::exists(path("x.csv")));
  EXPECT_EQ(run({"--output", path("x.csv"), "--hours", "-1"}), exit_usage);
  EXPECT_EQ(run({"--output", path("x.csv"), "--interval", "0"}), exit_usage);
  EXPECT_EQ(run({}), exit_usage);
  EXPECT_EQ(run({"--output", "/proc/none/x.csv", "--hours", "1"}), exit_failed);
  EXPECT_NE(err_.str().find("cannot write"), std::string::npos);
}

}  // namespace
}  // namespace hvac::app
