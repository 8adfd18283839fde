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
#include "base/number.h"

namespace hvac::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModel =
    "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=1\n"
    "objective=regression\nfeature_names=a b\nfeature_infos=[0:1] [0:1]\n\n"
    "Tree=0\nnum_leaves=3\nnum_cat=0\nsplit_feature=0 1\nsplit_gain=1 1\nthreshold=0.1 0.25\n"
    "decision_type=2 8\nleft_child=1 -1\nright_child=-2 -3\nleaf_value=1 20 0.3\n"
    "leaf_weight=4 5 6\nleaf_count=4 5 6\ninternal_value=0 0\ninternal_weight=15 10\n"
    "internal_count=15 10\nis_linear=0\nshrinkage=1\n\n\nend of trees\n";

class Trees : public testing::Test {
 protected:
  Trees() : folder_(fs::temp_directory_path() / ("trees-" + std::to_string(::getpid()))) {
    write("model.txt", kModel);
  }
  ~Trees() override { fs::remove_all(folder_); }

  int run(std::vector<std::string> arguments) {
    out_.str("");
    err_.str("");
    arguments.insert(arguments.begin(), "trees");
    return run_program(arguments, out_, err_);
  }
  std::string write(const std::string& name, const std::string& text) {
    EXPECT_TRUE(write_file_atomically(folder_ / name, text));
    return path(name);
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  int predict(const std::string& rows, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"predict", "--model", path("model.txt"), "--rows",
                                       write("rows.csv", rows)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  fs::path folder_;
  std::ostringstream out_, err_;
};

TEST_F(Trees, PredictTakesColumnsByNameElseByPosition) {
  ASSERT_EQ(predict("b,x,a\n0.5,9,0.1\n0.2,9,0.1\n,9,\n0,0,inf\n"), exit_ok) << err_.str();
  EXPECT_EQ(out_.str(), "prediction\n0.29999999999999999\n1\n0.29999999999999999\n20\n");
  ASSERT_EQ(predict("p;q\n0.1;0.2\n"), exit_ok) << err_.str();
  EXPECT_EQ(out_.str(), "prediction\n1\n");
  ASSERT_EQ(predict("0.2,0.2\n0.1,0.2\n"), exit_ok) << err_.str();
  EXPECT_EQ(out_.str(), "prediction\n20\n1\n");
}

// The double 0.1 is at the threshold, the float 0.1 above it: engines must not fall off.
TEST_F(Trees, EveryEngineFindsTheSameLeaf) {
  for (const char* engine : {"reference", "auto", "portable"}) {
    ASSERT_EQ(predict("a,b\n0.1,0.2\n0.11,0.2\n", {"--engine", engine}), exit_ok) << err_.str();
    std::istringstream lines(out_.str());
    std::string line;
    for (const double expected : {1.0, 20.0}) {
      std::getline(lines, line);
      if (line == "prediction") std::getline(lines, line);
      EXPECT_NEAR(parse_number(line).value_or(0.0), expected, 1e-5) << engine;
    }
  }
  EXPECT_EQ(predict("a,b\n1,1\n", {"--engine", "abacus"}), exit_usage);
}

TEST_F(Trees, ContributionsAddUpToThePrediction) {
  ASSERT_EQ(predict("a,b\n0.1,0.2\n", {"--contributions"}), exit_ok) << err_.str();
  std::istringstream lines(out_.str());
  std::string header;
  std::string values;
  std::getline(lines, header);
  std::getline(lines, values);
  EXPECT_EQ(header, "a,b,expected_value");
  double sum = 0.0;
  std::istringstream fields(values);
  for (std::string field; std::getline(fields, field, ',');) sum += *parse_number(field);
  EXPECT_NEAR(sum, 1.0, 1e-12);
  ASSERT_EQ(predict("a,b\n0.1,0.2\n", {"--contributions", "--json"}), exit_ok);
  EXPECT_EQ(boost::json::parse(out_.str()).at("columns").as_array().size(), 3u);
}

TEST_F(Trees, RejectionNamesFileLineAndColumn) {
  EXPECT_EQ(predict("a,c,d\n1,2,3\n"), exit_usage);
  EXPECT_NE(err_.str().find("column b is missing"), std::string::npos) << err_.str();
  EXPECT_EQ(predict("a,b\n1,2\n1,x\n"), exit_usage);
  EXPECT_NE(err_.str().find("line 3, column 2"), std::string::npos) << err_.str();
  EXPECT_EQ(predict("a,b\n1\n"), exit_usage);
  EXPECT_EQ(predict(""), exit_usage);
  EXPECT_EQ(run({"info", write("broken.txt", std::string(kModel).substr(0, 300))}), exit_usage);
  EXPECT_NE(err_.str().find("broken.txt: line "), std::string::npos) << err_.str();
  EXPECT_EQ(run({"info", path("absent.txt")}), exit_failed);
}

TEST_F(Trees, ConvertsBetweenFormats) {
  ASSERT_EQ(run({"convert", path("model.txt"), path("a.json")}), exit_ok) << err_.str();
  ASSERT_EQ(run({"convert", path("a.json"), path("b.txt")}), exit_ok) << err_.str();
  ASSERT_EQ(run({"convert", path("b.txt"), path("c.txt")}), exit_ok) << err_.str();
  EXPECT_EQ(*read_file(path("b.txt")), *read_file(path("c.txt")));
  ASSERT_EQ(run({"convert", path("model.txt"), path("b.txt"), path("both.onnx"), "--json"}),
            exit_ok)
      << err_.str();
  EXPECT_EQ(boost::json::parse(out_.str()).at("format").as_string(), "onnx");
  EXPECT_EQ(run({"convert", path("model.txt"), path("b.txt"), path("two.json")}), exit_usage);
  EXPECT_EQ(run({"convert", path("model.txt"), path("model.tflite")}), exit_usage);
  ASSERT_EQ(run({"info", "--json", path("a.json")}), exit_ok);
  EXPECT_EQ(boost::json::parse(out_.str()).at("format").as_string(), "xgboost");
}

}  // namespace
}  // namespace hvac::app
