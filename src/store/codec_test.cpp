#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "store/bytes.h"
#include "store/rollup.h"
#include "store/row_codec.h"

namespace hvac::store {
namespace {

using telemetry::Quality;

// Numbers of every kind: decimals, wild bit patterns, integers around the limits of each form.
double some_number(std::mt19937_64& random) {
  switch (random() % 4) {
    case 0:
      return static_cast<double>(static_cast<std::int32_t>(random())) / 1000.0;
    case 1:
      return std::bit_cast<double>(random());
    case 2:
      return static_cast<double>(static_cast<std::int64_t>(random() % 131074) - 65537);
    default:
      return static_cast<double>(static_cast<float>(random()) * 1e-9F);
  }
}

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

// Property: what goes in comes out, to the bit.
TEST(RowCodec, KeepsEveryNumber) {
  std::mt19937_64 random{1};
  DecodedRow decoded;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<double> values(1 + random() % 40);
    std::vector<Quality> quality;
    for (double& value : values) {
      value = some_number(random);
      quality.push_back(static_cast<Quality>(random() % telemetry::kQualityCount));
    }
    const auto layout = static_cast<std::uint32_t>(random());
    const std::string bytes = encode_row(Stream::samples, layout, values, quality);
    ASSERT_EQ(layout_of(bytes), layout);
    ASSERT_TRUE(decode_row(bytes, values.size(), decoded));
    ASSERT_EQ(decoded.quality, quality);
    const std::size_t column = random() % values.size();
    const double one = good_value(bytes, column);
    for (std::size_t k = 0; k < values.size(); ++k) ASSERT_TRUE(same(decoded.values[k], values[k]));
    ASSERT_TRUE(quality[column] == Quality::good ? same(one, values[column]) : std::isnan(one));
  }
}

TEST(RowCodec, KeepsSensorReadingsSmall) {
  const std::vector<double> readings = {23.4, 7.5, 1013.2, -250.0, 0.0, 404.0, 50.1, 11'200.0};
  EXPECT_LE(encode_row(Stream::samples, 0, readings, {}).size(), 1 + 3 * readings.size());
}

// Rejection: damaged bytes are found or give some row; they never harm the reader.
TEST(RowCodec, SurvivesDamagedBytes) {
  std::mt19937_64 random{2};
  DecodedRow decoded;
  Rollup rollup;
  Gathered found;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::vector<double> values = {1.5, 1e300, some_number(random)};
    std::string bytes = encode_row(Stream::samples, 3, values, {});
    if (random() % 2 == 0) bytes.resize(random() % bytes.size());
    for (char& byte : bytes) {
      if (random() % 8 == 0) byte = static_cast<char>(random());
    }
    if (!decode_row(bytes, values.size(), decoded)) ++refused;
    good_value(bytes, random() % 6);
    decode_rollup(bytes, rollup);
    find_in_rollup(bytes, static_cast<std::uint32_t>(random() % 6), found);
  }
  EXPECT_GT(refused, 10'000);
}

TEST(RollupCodec, KeepsEverySeries) {
  std::mt19937_64 random{3};
  Rollup decoded;
  for (int i = 0; i < 5000; ++i) {
    Rollup rollup(1 + random() % 50);
    for (Gathered& one : rollup) {
      for (std::uint64_t n = random() % 4; n > 0; --n) {
        one.add(static_cast<double>(static_cast<int>(random() % 1000)) / 10.0);
      }
    }
    const std::string bytes = encode_rollup(rollup);
    ASSERT_TRUE(decode_rollup(bytes, decoded));
    for (std::uint32_t k = 0; k < rollup.size() + 2; ++k) {
      Gathered found;
      ASSERT_TRUE(find_in_rollup(bytes, k, found));
      const Gathered expected = k < rollup.size() ? rollup[k] : Gathered{};
      const Gathered whole = k < decoded.size() ? decoded[k] : Gathered{};
      for (const Gathered& got : {found, whole}) {
        ASSERT_EQ(got.n, expected.n);
        if (got.n == 0) continue;
        ASSERT_EQ(got.sum, expected.sum);
        ASSERT_EQ(got.low, expected.low);
        ASSERT_EQ(got.high, expected.high);
      }
    }
  }
}

}  // namespace
}  // namespace hvac::store
