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
#include "registry/load_model.h"
#include "trees/model/model_file.h"

namespace hvac::app {
namespace {

namespace fs = std::filesystem;

// A home folder with simulated telemetry, into which three of LightGBM's own files are imported
// once for all tests.
class ModelFiles : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    home_ = fs::temp_directory_path() / ("model-files-" + std::to_string(::getpid()));
    ASSERT_EQ(run({"simulate", "--hours", "12", "--interval", "60", "--seed", "3", "--output",
                   (home_ / "telemetry.csv").string()}),
              exit_ok)
        << err_.str();
    ASSERT_EQ(run({"models", "import", "--UCAOT", tree("regression_ucaot.txt"), "--UCWOT",
                   tree("regression_ucwot.txt"), "--UCAF", tree("regression_ucaf.txt"), "--data",
                   (home_ / "telemetry.csv").string(), "--json"}),
              exit_ok)
        << err_.str();
    imported_ = out_.str();
  }
  static void TearDownTestSuite() { fs::remove_all(home_); }

  static std::string tree(const std::string& name) {
    return (fs::path(HVAC_SOURCE_DIR) / "src" / "trees" / "testdata" / name).string();
  }
  static int run(std::vector<std::string> arguments) {
    out_.str("");
    err_.str("");
    arguments.insert(arguments.begin(), {"--home", home_.string()});
    return run_program(arguments, out_, err_);
  }

  static inline fs::path home_;
  static inline std::string imported_;
  static inline std::ostringstream out_, err_;
};

TEST_F(ModelFiles, ImportScoresAndRegistersALightgbmModel) {
  const auto answer = boost::json::parse(imported_);
  EXPECT_EQ(answer.at("model").as_string(), "v1");
  EXPECT_EQ(answer.at("model_type").as_string(), "lightgbm");
  EXPECT_GT(answer.at("populations").at("all").at("UCAOT").at("virtual").at("n").to_number<int>(),
            100);
  const auto model = registry::load_model(registry::Registry(home_ / "models"), "current");
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ((*model)->info().model_type, "lightgbm");
}

TEST_F(ModelFiles, ImportRejectsTreesAndFeaturesThatDoNotFit) {
  ASSERT_TRUE(write_file_atomically(home_ / "features.txt", "AMBT, UCTSP\nUCAIT"));
  const std::vector<std::string> common{"models",  "import",
                                        "--UCAOT", tree("regression_ucaot.txt"),
                                        "--UCWOT", tree("regression_ucwot.txt"),
                                        "--UCAF",  tree("regression_ucaf.txt"),
                                        "--data",  (home_ / "telemetry.csv").string()};
  std::vector<std::string> arguments = common;
  arguments.insert(arguments.end(), {"--features", (home_ / "features.txt").string()});
  EXPECT_EQ(run(arguments), exit_usage);
  EXPECT_NE(err_.str().find("read 15 features, the list has 3"), std::string::npos) << err_.str();
  arguments = common;
  arguments[3] = tree("rows.csv");
  EXPECT_EQ(run(arguments), exit_usage);
  EXPECT_NE(err_.str().find("rows.csv: line 1"), std::string::npos) << err_.str();
}

TEST_F(ModelFiles, ExportWritesWhatReadsBack) {
  for (const char* format : {"lightgbm", "xgboost", "onnx"}) {
    const fs::path folder = home_ / format;
    ASSERT_EQ(run({"models", "export", "v1", "--format", format, "--output", folder.string()}),
              exit_ok)
        << err_.str();
    EXPECT_TRUE(fs::exists(folder / "about.json"));
  }
  EXPECT_TRUE(trees::read_model(home_ / "lightgbm" / "UCAOT.txt"));
  EXPECT_TRUE(trees::read_model(home_ / "xgboost" / "UCAF.json"));
  EXPECT_TRUE(fs::exists(home_ / "onnx" / "all_targets.onnx"));
  EXPECT_EQ(run({"models", "export", "v9", "--output", (home_ / "x").string()}), exit_failed);
}

TEST_F(ModelFiles, ExplainAddsUpToThePrediction) {
  ASSERT_EQ(run({"explain", "--set", "UCWIT=7.5", "--set", "UCAIT=24", "--top", "3", "--json"}),
            exit_ok)
      << err_.str();
  const auto targets = boost::json::parse(out_.str()).at("targets").as_object();
  ASSERT_EQ(targets.size(), 3u);
  for (const auto& [name, target] : targets) {
    double sum = target.at("baseline").to_number<double>() +
                 target.at("expected").to_number<double>() +
                 target.at("others").to_number<double>();
    for (const auto& one : target.at("contributions").as_array()) {
      sum += one.at("contribution").to_number<double>();
    }
    EXPECT_NEAR(sum, target.at("value").to_number<double>(), 1e-3) << name;
  }
  EXPECT_EQ(run({"explain", "--set", "UCAOT=20"}), exit_usage) << "a target is no input";
  EXPECT_EQ(run({"explain"}), exit_usage);
}

TEST_F(ModelFiles, BenchmarkReportsAndKeepsABaseline) {
  const fs::path output = home_ / "results.json";
  run({"benchmark", "--output", output.string()});
  EXPECT_TRUE(fs::exists(home_ / "benchmark_baseline.json"));
  const auto result = boost::json::parse(*read_file(output));
  EXPECT_EQ(result.at("limits").at("latency_p95_ms").to_number<double>(), 0.1);
  ASSERT_GE(result.at("entries").as_array().size(), 5u);
  for (const auto& entry : result.at("entries").as_array()) {
    for (const char* key : {"latency_p50_ms", "latency_p95_ms", "latency_p99_ms"}) {
      EXPECT_GT(entry.at(key).to_number<double>(), 0.0);
    }
  }
  EXPECT_EQ(result.at("batch").as_array().size(), 3u);
}

}  // namespace
}  // namespace hvac::app
