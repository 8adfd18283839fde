#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/context.h"
#include "app/run_program.h"
#include "base/files.h"
#include "base/json.h"

namespace hvac::app {
namespace {

struct Ran {
  int exit = 0;
  std::string out;
  std::string err;
};

Ran run(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int exit = run_program(arguments, out, err);
  return {exit, out.str(), err.str()};
}

class DataVerb : public testing::Test {
 protected:
  DataVerb()
      : folder_(std::filesystem::path(testing::TempDir()) /
                testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~DataVerb() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return path(name);
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::filesystem::path folder_;
};

constexpr const char* kGood =
    "time;UCAIT;UCWIT;UCAIH;UCWF\n"
    "2026-01-01T00:00:00Z;21.00;7.10;50.0;300\n"
    "2026-01-01T00:00:30Z;21.02;7.12;50.1;310\n";

TEST_F(DataVerb, CheckSaysGoodWithExitZero) {
  const Ran ran = run({"data", "check", file("good.csv", kGood)});
  EXPECT_EQ(ran.exit, exit_ok) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("The data are good."), std::string::npos);
}

TEST_F(DataVerb, CheckGivesTheContractsKeysAndExitOneForProblems) {
  const Ran ran =
      run({"--json", "data", "check", file("bad.csv", "UCAIT;UCWF\n21;65535\n;\n22;x\n")});
  EXPECT_EQ(ran.exit, exit_failed);
  const auto json = parse_json(ran.out);
  ASSERT_TRUE(json) << ran.out;
  const auto& check = json->as_object();
  EXPECT_EQ(check.at("rows"), 3);
  EXPECT_EQ(check.at("recordings"), 2);
  EXPECT_EQ(check.at("usable_rows"), 2);
  EXPECT_EQ(check.at("blocks").at(0).at("first_row"), 0);
  EXPECT_EQ(check.at("blocks").at(0).at("last_row"), 2);
  EXPECT_EQ(check.at("blocks").at(0).at("verdict"), "good");
  EXPECT_TRUE(check.at("blocks").at(0).at("reasons").is_array());
  EXPECT_TRUE(check.at("blocks").at(0).at("mapping").is_array());
  const auto& flow = check.at("tags").at("UCWF");
  EXPECT_EQ(flow.at("wrapped"), 1);
  EXPECT_EQ(flow.at("missing"), 1);
  for (const char* key : {"out_of_range", "stuck", "spike", "inconsistent"}) {
    EXPECT_EQ(flow.at(key), 0) << key;
  }
}

TEST_F(DataVerb, CheckWritesTheUsableRows) {
  const std::string given =
      file("given.csv", "UCWF;UCAIT;UCWIT;note\n1;21;7,25;a\n;;;\n65535;22;8,5;b\n");
  EXPECT_EQ(run({"data", "check", given, "--output", path("clean.csv")}).exit, exit_failed);
  const Ran again = run({"data", "check", path("clean.csv"), "--json"});
  EXPECT_EQ(again.exit, exit_ok) << again.out;
  const auto json = parse_json(again.out);
  ASSERT_TRUE(json);
  EXPECT_EQ(json->at("usable_rows"), 2);
  EXPECT_EQ(json->at("recordings"), 2);
  EXPECT_EQ(json->at("tags").at("UCWIT").at("good"), 2);
}

TEST_F(DataVerb, ConvertsASitesUnitsAndWritesThemBack) {
  const std::string profile =
      file("site.toml", "name = \"s\"\nbase = \"unit-cooler\"\n[units]\nwater_flow = \"L/min\"\n");
  const std::string given = file("given.csv", "UCWF;UCAIT\n0.1;21\n15.3;22\n");
  EXPECT_EQ(run({"--profile", profile, "data", "check", given, "--output", path("clean.csv")}).exit,
            exit_ok);
  const auto text = read_file(path("clean.csv"));
  ASSERT_TRUE(text);
  EXPECT_NE(text->find(";0.1;"), std::string::npos) << *text;
  EXPECT_NE(text->find(";15.3;"), std::string::npos) << *text;
}

TEST_F(DataVerb, PrepareRefusesFewRowsUnlessAllowed) {
  const std::string old_data = file("old.csv", kGood);
  const std::string new_data =
      file("new.csv",
           "time;UCAIT;UCWIT;UCAIH;UCWF\n2026-01-01T00:00:30Z;21.02;7.12;50.1;310\n"
           "2026-01-01T00:01:00Z;21.04;7.13;50.2;320\n");
  const std::vector<std::string> command = {"data",       "prepare", "--existing", old_data,
                                            "--new-data", new_data,  "--output",   path("c.csv")};
  const Ran refused = run(command);
  EXPECT_EQ(refused.exit, exit_rejected);
  EXPECT_NE(refused.err.find("only 3 usable rows"), std::string::npos) << refused.err;
  EXPECT_FALSE(std::filesystem::exists(path("c.csv")));

  auto allowed = command;
  allowed.push_back("--allow-small");
  EXPECT_EQ(run(allowed).exit, exit_ok);
  const auto provenance = read_file(path("c.provenance.json"));
  ASSERT_TRUE(provenance);
  const auto json = parse_json(*provenance);
  ASSERT_TRUE(json);
  EXPECT_EQ(json->at("rows"), 3);
  EXPECT_EQ(json->at("sources").at(1).at("repeated_rows"), 1);
  EXPECT_EQ(json->at("ranges").at("UCWF").at("high"), 320);
  EXPECT_EQ(json->at("sources").at(0).at("sha256").as_string().size(), 64u);
}

TEST_F(DataVerb, SaysWhatIsWrongWithAFile) {
  const Ran missing = run({"data", "check", path("none.csv")});
  EXPECT_EQ(missing.exit, exit_failed);
  EXPECT_NE(missing.err.find("none.csv"), std::string::npos);
  const Ran header = run({"data", "check", file("header.csv", "a,b\n1,2\n")});
  EXPECT_EQ(header.exit, exit_usage);
  EXPECT_NE(header.err.find("expected a header"), std::string::npos) << header.err;
  const Ran profile = run({"--profile", file("p.toml", "name = \"x\"\nfoo = 1\n"), "data", "tags"});
  EXPECT_EQ(profile.exit, exit_usage);
  EXPECT_NE(profile.err.find("p.toml:2: "), std::string::npos) << profile.err;
}

TEST_F(DataVerb, TagsPrintsEveryTag) {
  const Ran text = run({"data", "tags"});
  EXPECT_EQ(text.exit, exit_ok);
  EXPECT_NE(text.out.find("UCWOT"), std::string::npos);
  const auto json = parse_json(run({"data", "tags", "--json"}).out);
  ASSERT_TRUE(json);
  EXPECT_EQ(json->at("tags").as_array().size(), 32u);
}

}  // namespace
}  // namespace hvac::app
