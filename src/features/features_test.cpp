#include "features/features.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>

#include "base/files.h"
#include "features/input_view.h"

namespace hvac::features {
namespace {

using telemetry::InputTag;
using telemetry::Sample;
using telemetry::TargetTag;

// Rejection: the attempt to reach a target from what features are made of does not compile.
template <class View, class Tag>
concept Reaches = requires(View view, Tag tag) { view[tag]; };
template <class View>
concept ReachesSample = requires(View view) { view.sample(); } || requires(View view) {
  view.target(TargetTag::UCAOT);
} || std::is_convertible_v<View, Sample>;
static_assert(Reaches<InputView, InputTag>, "the check itself works: inputs are reachable");
static_assert(Reaches<std::array<double, 3>, int>);
static_assert(!Reaches<InputView, TargetTag>);
static_assert(!ReachesSample<InputView>);

Sample cooling(std::uint32_t recording, double shift) {
  Sample sample;
  sample.recording = {recording};
  sample.set(InputTag::AMBT, 23.5 + shift);
  sample.set(InputTag::UCTSP, 21.0);
  sample.set(InputTag::UCAIT, 24.0 + shift);
  sample.set(InputTag::UCWIT, 8.0 + shift / 2);
  sample.set(InputTag::UCWF, 400.0 + 20.0 * shift);
  sample.set(InputTag::UCAIH, 55.0);
  sample.set(InputTag::UCFS, 760.0);
  sample.set(InputTag::UCFMS, 1085.0);
  sample.set(InputTag::UCFMV, 274.0);
  sample.set(InputTag::UCSDP, 5.37);
  sample.set(InputTag::CPPR, 1500.0);
  sample.set(InputTag::CPSP, -270.0);
  sample.set(InputTag::CPDP, 1230.0);
  sample.set(InputTag::MVDP, 600.0);
  sample.set(InputTag::UCHV, 409.0);
  sample.set(InputTag::UCHC, 0.007);
  sample.set(InputTag::UCWDP, 12.0);
  return sample;
}

FeatureRow row_of(const Sample& sample) {
  return FeatureBuilder{physics::CoolerParameters{}}.push(InputView(sample));
}

std::string golden_text() {
  FeatureBuilder builder{physics::CoolerParameters{}};
  std::string text;
  for (int i = 0; i < 16; ++i) {
    Sample sample = cooling(i < 12 ? 1 : 2, 0.37 * i);
    if (i == 3) sample.set(InputTag::UCWF, 0.0, telemetry::Quality::stuck);
    if (i == 5) sample.set(InputTag::UCAIT, 0.0, telemetry::Quality::missing);
    if (i >= 7 && i < 10) {  // The fan stands: motor at 45 V.
      sample.set(InputTag::UCFS, 0.0);
      sample.set(InputTag::UCFMS, 0.0);
      sample.set(InputTag::UCFMV, 45.0);
      sample.set(InputTag::UCSDP, 0.0);
    }
    if (i == 11) sample.set(InputTag::UCHC, 3.07);
    const FeatureRow row = builder.push(InputView(sample));
    text += fmt::format("row {} {} {}\n", i, name(row.regime), name(row.evidence));
    for (std::size_t f = 0; f < kFeatureCount; ++f) {
      std::uint32_t bits = 0;
      std::memcpy(&bits, &row.values[f], sizeof bits);
      if (std::isnan(row.values[f])) bits = 0x7fc00000U;
      text += fmt::format("  {} {:08x} {}\n", feature_names()[f], bits, row.values[f]);
    }
  }
  return text;
}

// Golden: the schema's numbers, bit for bit. HVAC_APPROVE=1 writes the file anew: review its diff,
// and give the schema a new version when a number that models learned from has changed.
TEST(Features, RowsAreTheSameBitForBit) {
  const std::filesystem::path file =
      std::filesystem::path(HVAC_SOURCE_DIR) / "src/features/testdata/features.golden";
  const std::string actual = golden_text();
  if (std::getenv("HVAC_APPROVE") != nullptr) {
    ASSERT_TRUE(write_file_atomically(file, actual));
  }
  const auto expected = read_file(file);
  ASSERT_TRUE(expected) << expected.error().message;
  EXPECT_EQ(actual, *expected);
}

TEST(Features, NamesAreUniqueAndBeginWithTheInputTags) {
  const auto names = feature_names();
  ASSERT_EQ(names.size(), kFeatureCount);
  EXPECT_EQ(std::set<std::string_view>(names.begin(), names.end()).size(), kFeatureCount);
  EXPECT_EQ(names[column(InputTag::UCWIT)], "UCWIT");
  EXPECT_EQ(names[column(Derived::physics_air_flow_m3_h)], "physics_air_flow_m3_h");
}

// Property: what comes later, and what another recording held, changes nothing.
TEST(Features, AreCausalAndForgetOtherRecordings) {
  FeatureBuilder whole{physics::CoolerParameters{}};
  for (int i = 0; i < 20; ++i) whole.push(InputView(cooling(1, i)));
  FeatureBuilder fresh{physics::CoolerParameters{}};
  for (int i = 0; i < 20; ++i) {
    const FeatureRow after = whole.push(InputView(cooling(2, 0.1 * i)));
    const FeatureRow alone = fresh.push(InputView(cooling(2, 0.1 * i)));
    ASSERT_EQ(std::memcmp(after.values.data(), alone.values.data(), sizeof after.values), 0) << i;
  }
}

TEST(Features, DoNotDependOnTargets) {
  Sample sample = cooling(1, 0.0);
  const FeatureRow before = row_of(sample);
  for (const auto target : {TargetTag::UCAOT, TargetTag::UCWOT, TargetTag::UCAF}) {
    sample.set(target, 1234.5);
  }
  const FeatureRow after = row_of(sample);
  EXPECT_EQ(std::memcmp(before.values.data(), after.values.data(), sizeof before.values), 0);
}

TEST(Features, RegimeAndEvidenceFollowWhatIsKnown) {
  FeatureBuilder builder{physics::CoolerParameters{}};
  FeatureRow row = builder.push(InputView(cooling(1, 0.0)));
  EXPECT_EQ(row.regime, Regime::fan_on);
  EXPECT_EQ(row.evidence, Evidence::partial) << "no history";
  for (int i = 0; i < 5; ++i) row = builder.push(InputView(cooling(1, 0.0)));
  EXPECT_EQ(row.evidence, Evidence::complete);

  Sample six;
  six.set(InputTag::UCWIT, 7.5);
  six.set(InputTag::UCAIT, 25.0);
  six.set(InputTag::UCWF, 15.0);
  six.set(InputTag::UCAIH, 50.0);
  six.set(InputTag::AMBT, 22.0);
  six.set(InputTag::UCTSP, 21.0);
  row = row_of(six);
  EXPECT_EQ(row.regime, Regime::unknown);
  EXPECT_EQ(row.evidence, Evidence::sparse);
  EXPECT_FALSE(std::isnan(row.at(Derived::physics_air_outlet_c)));
  EXPECT_TRUE(std::isnan(row.at(Derived::fan_speed)));
}

TEST(Features, MissingStaysMissing) {
  const FeatureRow row = row_of(Sample{});
  for (const auto tag : {InputTag::UCAIT, InputTag::UCWF, InputTag::CPPR}) {
    EXPECT_TRUE(std::isnan(row.at(tag)));
  }
  EXPECT_TRUE(std::isnan(row.at(Derived::physics_water_outlet_c)));
  EXPECT_TRUE(std::isnan(row.at(Derived::pump_on)));
}

TEST(Features, AgeCountsFromAnObservedSwitch) {
  FeatureBuilder builder{physics::CoolerParameters{}};
  Sample idle = cooling(1, 0.0);
  Sample heating = idle;
  heating.set(InputTag::UCHC, 3.07);
  const auto age = [&](const Sample& s) {
    return builder.push(InputView(s)).at(Derived::heater_age_rows);
  };
  EXPECT_EQ(age(idle), static_cast<float>(kSettledRows)) << "its beginning is not known";
  EXPECT_EQ(age(heating), 0.0F);
  EXPECT_EQ(age(heating), 1.0F);
  EXPECT_EQ(age(idle), 0.0F);
}

}  // namespace
}  // namespace hvac::features
