#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <filesystem>
#include <functional>
#include <sstream>

#include "app/drift_job.h"
#include "app/drift_monitor.h"
#include "app/plant_text.h"
#include "app/run_program.h"
#include "base/files.h"
#include "base/json.h"
#include "plant/plant.h"
#include "store/store.h"
#include "store/twin_rows.h"

namespace hvac::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using plant::PlantReading;

class DriftVerb : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::temp_directory_path() /
        (std::string("hvac_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    plant::PlantOptions options;
    options.interval_s = 120.0;
    options.quirks = plant::kNoQuirks;
    plant::Plant cooler(options);
    for (int i = 0; i < 5000; ++i) readings_.push_back(cooler.step());
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Rows [from, to) as a file, changed by `change`.
  std::string file(
      const std::string& name, std::size_t from, std::size_t to,
      const std::function<void(PlantReading&)>& change = [](PlantReading&) {}) {
    std::string text = telemetry_header();
    for (std::size_t i = from; i < to; ++i) {
      PlantReading reading = readings_[i];
      change(reading);
      text += telemetry_row(reading);
    }
    EXPECT_TRUE(write_file_atomically(folder_ / name, text));
    return (folder_ / name).string();
  }

  int run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--home", (folder_ / "home").string(), "--json"});
    std::ostringstream out;
    std::ostringstream err;
    const int code = run_program(arguments, out, err);
    const auto document = parse_json(out.str());
    said_ = document && document->is_object() ? document->get_object() : json::object{};
    err_ = err.str();
    return code;
  }

  std::string status(std::string_view tag) const {
    return std::string(
        said_.at("feature_drift").as_object().at(tag).as_object().at("status").as_string());
  }
  std::string overall() const {
    return std::string(said_.at("summary").as_object().at("overall_status").as_string());
  }

  fs::path folder_;
  std::vector<PlantReading> readings_;
  json::object said_;
  std::string err_;
};

TEST_F(DriftVerb, ComparesFilesAndKeepsTheReport) {
  const std::string reference = file("reference.csv", 0, 5000);
  EXPECT_EQ(run({"drift", "report", "--reference", reference, "--current", reference}), 0) << err_;
  EXPECT_EQ(overall(), "stable");
  EXPECT_EQ(said_.at("prediction_drift").as_object().at("status").as_string(), "insufficient_data");

  const std::string moved = file("moved.csv", 0, 5000, [](PlantReading& reading) {
    reading.values[plant::index(plant::Tag::UCWIT)] += 8.0;
  });
  const fs::path copy = folder_ / "copy.json";
  EXPECT_EQ(run({"drift", "report", "--reference", reference, "--current", moved, "--output",
                 copy.string()}),
            1);
  EXPECT_EQ(status("UCWIT"), "critical");
  EXPECT_EQ(status("AMBT"), "stable");
  const auto kept = parse_json(*read_file(drift_report_file(folder_ / "home")));
  EXPECT_EQ(kept->as_object(), said_);
  EXPECT_TRUE(fs::exists(copy));
  std::size_t dated = 0;
  for (const auto& entry : fs::directory_iterator(folder_ / "home" / "monitoring")) {
    if (entry.path().filename().string().starts_with("drift_report_")) ++dated;
  }
  EXPECT_GE(dated, 1U);
}

TEST_F(DriftVerb, JudgesAStuckSensorAndLeavesFewRowsAlone) {
  const std::string reference = file("reference.csv", 0, 5000);
  const std::string stuck = file("stuck.csv", 1000, 4000, [](PlantReading& reading) {
    reading.values[plant::index(plant::Tag::UCAIT)] = 22.37;
    reading.values[plant::index(plant::Tag::UCAIH)] = std::nan("");
  });
  run({"drift", "report", "--reference", reference, "--current", stuck});
  EXPECT_EQ(status("UCAIT"), "critical");
  EXPECT_EQ(status("UCAIH"), "insufficient_data");
  EXPECT_EQ(
      run({"drift", "report", "--reference", reference, "--current", file("few.csv", 100, 130)}),
      0);
  EXPECT_EQ(overall(), "insufficient_data");
}

TEST_F(DriftVerb, ThresholdsAndExcludedTagsComeFromTheSettings) {
  const std::string reference = file("reference.csv", 0, 5000);
  const std::string moved = file("moved.csv", 0, 5000, [](PlantReading& reading) {
    reading.values[plant::index(plant::Tag::UCWIT)] += 8.0;
  });
  ASSERT_TRUE(write_file_atomically(folder_ / "home" / "config.toml",
                                    "[drift]\nexcluded_tags = [\"UCWIT\"]\n"));
  EXPECT_EQ(run({"drift", "report", "--reference", reference, "--current", moved}), 0);
  EXPECT_EQ(status("UCWIT"), "excluded");
  ASSERT_TRUE(write_file_atomically(folder_ / "home" / "config.toml",
                                    "[drift]\npsi_critical = 50\npsi_retrain = 60\n"));
  run({"drift", "report", "--reference", reference, "--current", moved});
  EXPECT_EQ(status("UCWIT"), "warning");
  ASSERT_TRUE(
      write_file_atomically(folder_ / "home" / "config.toml", "[drift]\npsi_warning = 9\n"));
  EXPECT_EQ(run({"drift", "report", "--reference", reference, "--current", moved}), 2);
}

TEST_F(DriftVerb, RebaselinesOnTheRecord) {
  const std::string reference = file("reference.csv", 0, 5000);
  EXPECT_EQ(run({"drift", "report", "--current", reference}), 1);
  EXPECT_NE(err_.find("rebaseline"), std::string::npos);
  ASSERT_EQ(run({"drift", "rebaseline", "--data", reference, "--note", "a new pump"}), 0) << err_;
  EXPECT_EQ(run({"drift", "report", "--current", reference}), 0) << err_;
  EXPECT_EQ(overall(), "stable");
  const auto store = store::open_sqlite(folder_ / "home" / "data" / "telemetry.db");
  const auto audit = (*store)->audit(1, 10);
  ASSERT_EQ(audit->size(), 1U);
  EXPECT_EQ(audit->front().entry.action, "drift.rebaseline");
  EXPECT_NE(audit->front().entry.detail.find("a new pump"), std::string::npos);
  EXPECT_EQ((*store)->drift_reports({TimePoint{}, TimePoint::max()}, 10)->size(), 1U);
}

// The scheduled report: due once an hour, latched, told as conditions.
TEST_F(DriftVerb, MonitorReportsWhenDueAndTellsWhatLasts) {
  const fs::path home = folder_ / "home";
  ASSERT_EQ(run({"drift", "rebaseline", "--data", file("reference.csv", 0, 4000)}), 0) << err_;
  const auto store = store::open_memory();
  const auto profile = telemetry::unit_cooler_profile();
  const auto layout = store::sample_layout(*profile);
  const AssetId asset{"cooler-1"};
  const auto put = [&](std::size_t from, std::size_t to) {
    store::Batch batch;
    for (std::size_t i = from; i < to; ++i) {
      store::Row row{asset, readings_[i].time, layout, {}, {}};
      for (const telemetry::Tag& tag : profile->tags) {
        row.values.push_back(readings_[i].values[plant::index(*plant::find_tag(tag.name))]);
        if (tag.name == "UCAIT") row.values.back() += 20.0;
      }
      batch.samples.push_back(std::move(row));
    }
    ASSERT_TRUE(store->commit(batch));
  };
  std::vector<DriftMonitor::News> news;
  config::Drift config;
  config.latch_windows = 2;
  DriftMonitor monitor(home, *store, profile, config,
                       [&](const DriftMonitor::News& one) { news.push_back(one); });
  TimePoint now = readings_[4000].time;
  const auto tick = [&] {
    const auto made = monitor.tick(now);
    EXPECT_TRUE(made) << made.error().message;
    return made && *made;
  };
  EXPECT_FALSE(tick());  // No telemetry yet.
  put(4000, 4600);
  EXPECT_FALSE(tick());  // Only a minute later.
  now += std::chrono::minutes(2);
  EXPECT_FALSE(tick());  // 20 hours say nothing of a day.
  EXPECT_NE(monitor.control([&] { return now; })
                .report()
                .error()
                .message.find("cooler-1 has 20.0 h of telemetry in the window of 24.0 h"),
            std::string::npos);
  put(4600, 4900);
  now += std::chrono::minutes(2);
  EXPECT_TRUE(tick());
  EXPECT_FALSE(tick());
  now += std::chrono::hours(1);
  EXPECT_FALSE(tick());  // No news of the asset.
  put(4900, 5000);
  now += std::chrono::minutes(2);
  EXPECT_TRUE(tick());

  ASSERT_EQ(news.size(), 2U);
  const auto holds = [&](const DriftMonitor::News& one, alerts::AlarmKind kind) {
    return std::count_if(one.conditions.begin(), one.conditions.end(), [&](const auto& said) {
      return said.key.kind == kind && said.presence == alerts::Presence::holds;
    });
  };
  EXPECT_EQ(holds(news[0], alerts::AlarmKind::drift_critical), 0);
  EXPECT_GE(holds(news[1], alerts::AlarmKind::drift_critical), 1);
  EXPECT_EQ(holds(news[1], alerts::AlarmKind::retrain_advised), 1);
  EXPECT_TRUE(parse_json(news[1].event));

  const api::DriftControl control = monitor.control([&] { return now; });
  EXPECT_NE(control.report()->find("\"UCAIT\""), std::string::npos);
  EXPECT_NE(control.reports(10)->find("critical"), std::string::npos);
  EXPECT_NE(control.distributions("UCAIT")->find("bounds"), std::string::npos);
  EXPECT_EQ(control.distributions("NOTHING").error().code, ErrorCode::not_found);
  ASSERT_TRUE(control.exclude("UCAIT", api::DriftControl::Exclude::yes, "anna", "summer"));
  EXPECT_EQ(config::read_config(config::config_file(home))->drift.excluded_tags,
            std::vector<std::string>{"UCAIT"});
  ASSERT_TRUE(control.exclude("UCAIT", api::DriftControl::Exclude::no, "anna", ""));
  EXPECT_TRUE(config::read_config(config::config_file(home))->drift.excluded_tags.empty());
  EXPECT_EQ(control.exclude("NOTHING", api::DriftControl::Exclude::yes, "anna", "").error().code,
            ErrorCode::not_found);
  ASSERT_TRUE(control.rebaseline("anna", "moved for good"));
  EXPECT_EQ(store->audit(1, 10)->back().entry.actor, "anna");
}

}  // namespace
}  // namespace hvac::app
