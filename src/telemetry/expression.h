#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hvac::telemetry {

/// The right side of an identity, ready to be evaluated on rows: + - * / ( ) sqrt, numbers and
/// tag names. A value; evaluating it is pure and does not allocate.
class Expression {
 public:
  /// Column of a tag name, or nothing when there is no such tag.
  using Resolve = std::function<std::optional<std::size_t>(std::string_view)>;

  /// Errors: invalid_argument, naming the position (from 1) and what is wrong there.
  [[nodiscard]] static Result<Expression> parse(std::string_view text, const Resolve& resolve);

  /// The value on `row` (one value per column); NaN when a tag in it is NaN or the value does not
  /// exist (root of a negative number, division by zero).
  double evaluate(std::span<const double> row) const;

  /// Columns it reads, ascending, each once.
  const std::vector<std::size_t>& columns() const { return columns_; }

 private:
  enum class Op : std::uint8_t { number, column, add, subtract, multiply, divide, negate, root };
  struct Step {
    Op op;
    double number = 0.0;
    std::size_t column = 0;
  };
  class Parser;

  static constexpr std::size_t kMaxDepth = 32;  // Values waiting on the stack.
  std::vector<Step> steps_;                     // In reverse Polish order.
  std::vector<std::size_t> columns_;
};

}  // namespace hvac::telemetry
