#include "config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"
#include "config/change_log.h"
#include "config/edit.h"
#include "config/keys.h"

namespace hvac::config {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr TimePoint kNow{std::chrono::milliseconds(1'800'000'000'000)};

class Home : public ::testing::Test {
 protected:
  Home() {
    std::string pattern = (fs::temp_directory_path() / "config-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Home() override { fs::remove_all(folder_); }
  void write(std::string_view text) { std::ofstream(config_file(folder_)) << text; }
  std::string text() const { return *read_file(config_file(folder_)); }
  auto set(std::string_view key, std::string_view value) {
    return change_setting(folder_, key, value, "anna@bridge", "test", kNow);
  }

  fs::path folder_;
};

std::string why(std::string_view text) {
  const auto config = parse_config(text, "config.toml");
  return config ? "" : config.error().message;
}

TEST(Config, HasItsDefaultsWhereTheFileSaysNothing) {
  const auto config = parse_config("", "config.toml");
  ASSERT_TRUE(config);
  EXPECT_TRUE(differences(*config, Config{}).empty());
  for (const Key& key : keys()) EXPECT_TRUE(check_limits(key, *config)) << key.name;
  EXPECT_TRUE(check_whole(*config));
}

TEST(Config, TakesEveryKind) {
  const auto config = parse_config(
      "[drift]\npsi_warning = 0.15\npsi_retrain = 1\nexcluded_tags = [\"AMBT\", 'UCAIH']\n"
      "[server]\nport = 9000\nbind = \"::1\"\n",
      "config.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->drift.psi_warning, 0.15);
  EXPECT_EQ(config->drift.psi_retrain, 1.0);
  EXPECT_THAT(config->drift.excluded_tags, ::testing::ElementsAre("AMBT", "UCAIH"));
  EXPECT_EQ(config->server.port, 9000);
  EXPECT_EQ(config->server.bind, "::1");
}

TEST(Config, RefusesWhatItCannotMeanAndSaysWhereAndWhy) {
  EXPECT_THAT(why("[drift]\npsi_warnin = 0.1\n"),
              HasSubstr("config.toml:2: there is no setting drift.psi_warnin; the nearest is "
                        "drift.psi_warning"));
  EXPECT_THAT(why("\n[server]\nport = 70000\n"),
              HasSubstr("config.toml:3: server.port = 70000 is outside its limits: 0 to 65535"));
  EXPECT_THAT(why("[server]\nport = \"x\"\n"), HasSubstr("server.port is a whole number"));
  EXPECT_THAT(why("[server]\nport = 80.5\n"), HasSubstr("server.port is a whole number"));
  EXPECT_THAT(why("[drift]\npsi_warning = nan\n"), HasSubstr("nan is outside its limits"));
  EXPECT_THAT(why("[drift]\npsi_warning = 0.3\n"), HasSubstr("does not hold"));
  EXPECT_THAT(why("[drift]\nexcluded_tags = [1]\n"), HasSubstr("a list of texts"));
  EXPECT_THAT(why("port = 1\n"), HasSubstr("outside of any [section]"));
  EXPECT_THAT(why("[server]\nport = 8501\n"), HasSubstr("are both 8501"));
  EXPECT_THAT(why("[retention]\nrollups_days = 10\n"), HasSubstr("730 days"));
  EXPECT_THAT(why("[server\n"), HasSubstr("config.toml:1"));
}

TEST(Config, IsTheSameWrittenOutAndReadAgain) {
  Config config;
  config.drift.excluded_tags = {"A \"quoted\" \\ tag", "tab\there"};
  config.drift.psi_critical = 0.1 + 0.2;
  config.mqtt.url = "mqtt://h\xC3\xA9lice:1883";
  std::string text;
  std::string section;
  for (const Key& key : keys()) {
    const std::string name(key.name);
    const std::size_t dot = name.find('.');
    if (name.substr(0, dot) != section) text += "[" + (section = name.substr(0, dot)) + "]\n";
    text += name.substr(dot + 1) + " = " + setting_text(key, config) + "\n";
  }
  const auto back = parse_config(text, "config.toml");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_TRUE(differences(config, *back).empty());
}

TEST(Config, ShowsAFileToBeginWithThatChangesNothing) {
  const auto config = parse_config(commented_file(Config{}), "config.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(differences(*config, Config{}).empty());
}

TEST_F(Home, ASettingIsChangedAndNothingElse) {
  write(
      "# ours\n[server]\nport = 9000 # the ship's\n\n[drift] # h\xC3\xA9lice\n"
      "excluded_tags = [\"d\xC3\xA9j\xC3\xA0\",\n  \"AMBT\"] # seasonal\npsi_warning=0.05\n");
  ASSERT_TRUE(set("drift.excluded_tags", "UCAIT, UCAIH"));
  ASSERT_TRUE(set("server.port", "9001"));
  ASSERT_TRUE(set("drift.psi_critical", "0.3"));
  ASSERT_TRUE(set("store.url", "postgresql://ship"));
  EXPECT_EQ(text(),
            "# ours\n[server]\nport = 9001 # the ship's\n\n[drift] # h\xC3\xA9lice\n"
            "psi_critical = 0.3\n"
            "excluded_tags = [\"UCAIT\", \"UCAIH\"] # seasonal\npsi_warning=0.05\n"
            "\n[store]\nurl = \"postgresql://ship\"\n");
}

TEST_F(Home, BeginsWithoutAFile) {
  const auto changed = set("drift.psi_warning", "0.15");
  ASSERT_TRUE(changed) << changed.error().message;
  ASSERT_EQ(changed->size(), 1u);
  EXPECT_EQ(changed->front().before, "0.1");
  EXPECT_EQ(changed->front().after, "0.15");
  EXPECT_EQ(text(), "[drift]\npsi_warning = 0.15\n");
}

TEST_F(Home, RefusesAChangeWholeAndLeavesTheFile) {
  write("[drift]\npsi_warning = 0.15\n");
  for (const auto& [key, value] :
       {std::pair{"drift.psi_warning", "0.4"}, std::pair{"drift.psi_warning", "much"},
        std::pair{"server.port", "1e3"}, std::pair{"server.port", "9000\n[store]"},
        std::pair{"drift.psi_warning", "0.1\npsi_critical = 0.4"}, std::pair{"no.such", "1"}}) {
    EXPECT_FALSE(set(key, value)) << key << " = " << value;
    EXPECT_EQ(text(), "[drift]\npsi_warning = 0.15\n");
  }
  const auto log = read_changes(folder_);
  ASSERT_TRUE(log);
  for (const Change& change : *log) EXPECT_EQ(change.by, "unknown");
}

TEST_F(Home, LogsWhoChangedWhatAndWhatWasEditedByHand) {
  ASSERT_TRUE(set("drift.psi_warning", "0.12"));
  write("[drift]\npsi_warning = 0.12\ninterval_s = 600\n");
  const auto edits = log_edits(folder_, "bob", "edited", kNow);
  ASSERT_TRUE(edits);
  ASSERT_EQ(edits->size(), 1u);
  EXPECT_EQ(edits->front().key, "drift.interval_s");
  EXPECT_TRUE(log_edits(folder_, "bob", "again", kNow)->empty());
  ASSERT_TRUE(set("drift.psi_warning", "0.12"));  // As it was: no change.

  const auto log = read_changes(folder_);
  ASSERT_TRUE(log);
  ASSERT_EQ(log->size(), 2u);
  EXPECT_EQ((*log)[0].by, "anna@bridge");
  EXPECT_EQ((*log)[0].reason, "test");
  EXPECT_EQ((*log)[0].differences.front().after, "0.12");
  EXPECT_EQ((*log)[1].by, "bob");
}

TEST_F(Home, ADamagedLogIsNamed) {
  ASSERT_TRUE(set("drift.psi_warning", "0.12"));
  std::ofstream(folder_ / "config_history.jsonl", std::ios::app) << "{\"time\":1}\n";
  const auto log = read_changes(folder_);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::corrupt);
  EXPECT_THAT(log.error().message, HasSubstr("line 2"));
}

}  // namespace
}  // namespace hvac::config
