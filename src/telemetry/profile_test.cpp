#include "telemetry/profile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "telemetry/judge.h"
#include "telemetry/tags.h"

namespace hvac::telemetry {
namespace {

std::string error_of(const std::string& toml) {
  const auto profile = parse_profile(toml, "site.toml");
  EXPECT_FALSE(profile) << toml;
  return profile ? "" : profile.error().message;
}

TEST(UnitCoolerProfile, HasEveryTagOfTheTwinWithBelievableLimits) {
  const auto profile = unit_cooler_profile();
  EXPECT_EQ(profile->tags.size(), kInputCount + kTargetCount);
  for (const std::string_view name : kInputNames) EXPECT_TRUE(profile->find(name)) << name;
  for (const std::string_view name : kTargetNames) {
    ASSERT_TRUE(profile->find(name)) << name;
    EXPECT_EQ(profile->tags[*profile->find(name)].role, Role::target) << name;
  }
  for (const Tag& tag : profile->tags) {
    EXPECT_LT(tag.low, tag.high) << tag.name;
    EXPECT_GT(tag.resolution, 0.0) << tag.name;
    EXPECT_FALSE(tag.unit.empty()) << tag.name;
  }
  EXPECT_NO_THROW(InstantJudge{profile});  // Its identities are valid.
}

TEST(Profile, SaysAUnitOnceForAllTagsOfAQuantity) {
  const auto profile = parse_profile(R"(
name = "pump room"
base = "unit-cooler"
[units]
water_flow = "L/min"
temperature = "degF"
)",
                                     "site.toml");
  ASSERT_TRUE(profile) << profile.error().message;
  for (const char* flow : {"UCWF", "CPCF", "MVWF"}) {
    EXPECT_EQ(profile->tags[*profile->find(flow)].scale, 60.0) << flow;
  }
  const Tag& air = profile->tags[*profile->find("UCAIT")];
  EXPECT_NEAR(68.0 * air.scale + air.offset, 20.0, 1e-12);
  EXPECT_EQ(profile->tags[*profile->find("UCAF")].scale, 1.0);
}

TEST(Profile, RenamesTagsInIdentitiesToo) {
  const auto profile = parse_profile(R"(
name = "renamed"
base = "unit-cooler"
[[tag]]
name = "P_OUT"
stands_for = "CPDP"
unit = "kPa"
range = [-100, 500]
)",
                                     "site.toml");
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_FALSE(profile->find("CPDP"));
  const Tag& tag = profile->tags[*profile->find("P_OUT")];
  EXPECT_EQ(tag.scale, 10.0);
  EXPECT_EQ(tag.low, -1000.0);
  EXPECT_EQ(tag.high, 5000.0);
  EXPECT_EQ(profile->identities[0].expression, "P_OUT - CPSP");
  EXPECT_NO_THROW(InstantJudge{std::make_shared<const AssetProfile>(*profile)});
}

TEST(Profile, NamesLineTagValueAndLimit) {
  const std::string head = "name = \"x\"\nbase = \"unit-cooler\"\n";
  EXPECT_EQ(error_of(head + "[[tag]]\nname = \"UCWF\"\nrange = [10, 5]\n"),
            "site.toml:5: tag UCWF: low 10 must be below high 5");
  EXPECT_EQ(error_of(head + "[units]\nwater_flow = \"degC\"\n").substr(0, 49),
            "site.toml:4: water_flow cannot be in 'degC'; it c");
  EXPECT_NE(error_of("name = \"x\nbase").find("site.toml:1: "), std::string::npos);
  EXPECT_EQ(error_of(head + "# \xff\n"), "site.toml:3: is not text in UTF-8");
  EXPECT_NE(error_of(head + "colour = 1\n").find("site.toml:3: unknown key 'colour'"),
            std::string::npos);
  EXPECT_NE(error_of(head + "[[tag]]\nname = \"9\"\n").find("tag name '9'"), std::string::npos);
  EXPECT_NE(error_of(head + "[[tag]]\nname = \"A\"\nstands_for = \"B\"\n").find("'B'"),
            std::string::npos);
  EXPECT_NE(error_of(head + "[[tag]]\nname = \"A\"\nmax_step = -1\n").find("-1 must be above 0"),
            std::string::npos);
  EXPECT_NE(error_of(head + "[[tag]]\nname = \"A\"\nscale = nan\n").find("finite"),
            std::string::npos);
  EXPECT_NE(error_of(head + "[[tag]]\nname = \"A\"\n[[tag]]\nname = \"A\"\n").find("twice"),
            std::string::npos);
  EXPECT_NE(error_of(head + "[[identity]]\ntag = \"UCWF\"\nexpression = \"2 * NOPE\"\n"
                            "tolerance = 1\n")
                .find("position 5: there is no tag 'NOPE'"),
            std::string::npos);
  EXPECT_NE(error_of("name = \"x\"\n").find("no [[tag]]"), std::string::npos);
  EXPECT_NE(error_of(head + "[[tag]]\nname = \"UCAIT\"\nrole = \"target\"\n").find("UCAOT"),
            std::string::npos);
}

// Golden: what the documentation shows is a valid profile and does what is said there.
TEST(Profile, ReadsTheExampleInTheDocumentation) {
  const std::filesystem::path path =
      std::filesystem::path(HVAC_SOURCE_DIR) / "docs" / "profiles.md";
  std::ifstream file(path);
  ASSERT_TRUE(file) << path;
  std::stringstream text;
  text << file.rdbuf();
  const std::string document = text.str();
  const std::size_t begin = document.find("```toml\n");
  ASSERT_NE(begin, std::string::npos);
  const std::size_t end = document.find("```", begin + 8);
  const auto profile = parse_profile(document.substr(begin + 8, end - begin - 8), "profiles.md");
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->name, "galley-cooler");
  EXPECT_EQ(profile->tags[*profile->find("UCWF")].scale, 60.0);
  const Tag& air = profile->tags[*profile->find("AIR_IN")];
  EXPECT_EQ(air.stands_for, "UCAIT");
  EXPECT_NEAR(68.0 * air.scale + air.offset, 20.0, 1e-12);
  EXPECT_TRUE(profile->find("DOOR"));
  EXPECT_EQ(profile->identities.size(), unit_cooler_profile()->identities.size() + 1);
}

}  // namespace
}  // namespace hvac::telemetry
