#include "telemetry/expression.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace hvac::telemetry {
namespace {

Result<Expression> parse(std::string_view text) {
  return Expression::parse(text, [](std::string_view tag) -> std::optional<std::size_t> {
    if (tag == "A") return 0;
    if (tag == "B_2") return 1;
    return std::nullopt;
  });
}

double value(std::string_view text, double a, double b) {
  const auto expression = parse(text);
  EXPECT_TRUE(expression) << text;
  return expression ? expression->evaluate(std::array{a, b}) : 0.0;
}

TEST(Expression, FollowsTheRulesOfArithmetic) {
  EXPECT_EQ(value("A - B_2 - 1", 5.0, 2.0), 2.0);
  EXPECT_EQ(value("A + B_2 * 3", 5.0, 2.0), 11.0);
  EXPECT_EQ(value("(A + B_2) * 3", 5.0, 2.0), 21.0);
  EXPECT_EQ(value("A / B_2 / 2", 8.0, 2.0), 2.0);
  EXPECT_EQ(value("-A * -2 + 1e1", 5.0, 0.0), 20.0);
  EXPECT_EQ(value("sqrt(A * A)", 7.0, 0.0), 7.0);
}

TEST(Expression, HasNoValueWhereThereIsNone) {
  EXPECT_TRUE(std::isnan(value("A / B_2", 1.0, 0.0)));
  EXPECT_TRUE(std::isnan(value("sqrt(A)", -1.0, 0.0)));
  EXPECT_TRUE(std::isnan(value("A + B_2", std::nan(""), 0.0)));
}

TEST(Expression, RefusesWhatIsNone) {
  for (const char* text : {"", "A +", "A B_2", "(A", "A)", "sqrt A", "C", "1..2", "A ** 2", "&",
                           "((((((((((((((((((((((((((((((((((((((((A"}) {
    EXPECT_FALSE(parse(text)) << text;
  }
  EXPECT_EQ(parse("A + C").error().message, "position 5: there is no tag 'C'");
}

TEST(Expression, NamesItsColumnsOnce) {
  EXPECT_EQ(parse("B_2 * A + A")->columns(), (std::vector<std::size_t>{0, 1}));
}

}  // namespace
}  // namespace hvac::telemetry
