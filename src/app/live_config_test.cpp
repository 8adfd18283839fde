#include "app/live_config.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "mqtt/testing.h"

namespace hvac::app {
namespace {

/// Settings in a file that is written again and again, each time a second later.
class File {
 public:
  void write(const std::string& text) {
    EXPECT_TRUE(write_file_atomically(path, text));
    time_ += std::chrono::seconds(1);
    std::filesystem::last_write_time(path, time_);
  }
  const mqtt::testing::TemporaryFolder folder{};
  const std::filesystem::path path = folder.path / "config.toml";

 private:
  std::filesystem::file_time_type time_ = std::filesystem::file_time_type::clock::now();
};

TEST(LiveConfig, TakesAChangeAtOnceAndRefusesAWrongOneWhole) {
  File file;
  file.write("[drift]\npsi_warning = 0.15\n");
  config::Config first = config::read_config(file.path).value();
  first.store.url = "said-on-the-command-line.db";
  std::vector<std::string> reports;
  int applied = 0;
  LiveConfig config(file.path, first, [&](const std::string& what) { reports.push_back(what); });
  config.on_change([&](const config::Config&) { ++applied; });
  config.check();
  EXPECT_EQ(applied, 0);

  file.write("[drift]\npsi_warning = 0.18\n");
  config.check();
  EXPECT_EQ(config.current().drift.psi_warning, 0.18);
  EXPECT_EQ(config.current().store.url, "said-on-the-command-line.db");
  EXPECT_EQ(applied, 1);

  file.write("[drift]\npsi_warning = 0.19\npsi_critical = -1\n");
  config.check();
  EXPECT_EQ(config.current().drift.psi_warning, 0.18);
  EXPECT_EQ(applied, 1);
  ASSERT_FALSE(reports.empty());
  EXPECT_NE(reports.back().find("psi_critical"), std::string::npos) << reports.back();

  file.write("[drift]\npsi_warning = 0.18\n[server]\nport = 8123\n");
  config.check();
  EXPECT_NE(reports.back().find("next start"), std::string::npos) << reports.back();
  EXPECT_EQ(config.current().server.port, first.server.port);
}

}  // namespace
}  // namespace hvac::app
