#include "telemetry/expression.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace hvac::telemetry {

/// Recursive descent over the text; the first error stops it.
class Expression::Parser {
 public:
  Parser(std::string_view text, const Resolve& resolve) : text_(text), resolve_(resolve) {}

  Result<Expression> parse() {
    sum(0);
    skip_blanks();
    if (error_.empty() && at_ < text_.size())
      complain("'" + std::string(1, text_[at_]) + "' is not expected");
    if (error_.empty() && deepest_ > kMaxDepth) complain("is nested too deeply");
    if (!error_.empty()) return fail(ErrorCode::invalid_argument, error_);
    auto& columns = result_.columns_;
    std::sort(columns.begin(), columns.end());
    columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
    return std::move(result_);
  }

 private:
  void complain(const std::string& what) {
    if (error_.empty()) error_ = "position " + std::to_string(at_ + 1) + ": " + what;
  }
  void skip_blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void emit(Op op, double number = 0.0, std::size_t column = 0) {
    if (op == Op::number || op == Op::column) deepest_ = std::max(deepest_, ++depth_);
    if (op == Op::add || op == Op::subtract || op == Op::multiply || op == Op::divide) --depth_;
    result_.steps_.push_back({op, number, column});
  }

  void sum(std::size_t nested) {
    product(nested);
    while (error_.empty()) {
      if (take('+')) {
        product(nested);
        emit(Op::add);
      } else if (take('-')) {
        product(nested);
        emit(Op::subtract);
      } else {
        return;
      }
    }
  }

  void product(std::size_t nested) {
    factor(nested);
    while (error_.empty()) {
      if (take('*')) {
        factor(nested);
        emit(Op::multiply);
      } else if (take('/')) {
        factor(nested);
        emit(Op::divide);
      } else {
        return;
      }
    }
  }

  void factor(std::size_t nested) {
    if (nested > kMaxDepth) return complain("is nested too deeply");
    if (take('-')) {
      factor(nested + 1);
      return emit(Op::negate);
    }
    if (take('(')) return bracket(nested);
    skip_blanks();
    if (at_ >= text_.size()) return complain("a number, a tag or '(' is expected");
    const auto c = static_cast<unsigned char>(text_[at_]);
    if (std::isdigit(c) || c == '.') return number();
    if (std::isalpha(c) || c == '_') return word(nested);
    complain("'" + std::string(1, text_[at_]) + "' is not expected");
  }

  void bracket(std::size_t nested) {
    sum(nested + 1);
    if (error_.empty() && !take(')')) complain("')' is expected");
  }

  void number() {
    double value = 0.0;
    const auto [end, code] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (code != std::errc{} || !std::isfinite(value)) return complain("this is no number");
    at_ = static_cast<std::size_t>(end - text_.data());
    emit(Op::number, value);
  }

  void word(std::size_t nested) {
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) {
      ++at_;
    }
    const std::string_view name = text_.substr(begin, at_ - begin);
    if (name == "sqrt" && take('(')) {
      bracket(nested);
      return emit(Op::root);
    }
    const std::optional<std::size_t> column = resolve_(name);
    if (!column) {
      at_ = begin;
      return complain("there is no tag '" + std::string(name) + "'");
    }
    result_.columns_.push_back(*column);
    emit(Op::column, 0.0, *column);
  }

  std::string_view text_;
  const Resolve& resolve_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t deepest_ = 0;
  std::string error_;
  Expression result_;
};

Result<Expression> Expression::parse(std::string_view text, const Resolve& resolve) {
  return Parser(text, resolve).parse();
}

double Expression::evaluate(std::span<const double> row) const {
  std::array<double, kMaxDepth + 1> stack;
  std::size_t top = 0;
  for (const Step& step : steps_) {
    switch (step.op) {
      case Op::number:
        stack[top++] = step.number;
        break;
      case Op::column:
        stack[top++] = row[step.column];
        break;
      case Op::negate:
        stack[top - 1] = -stack[top - 1];
        break;
      case Op::root:
        stack[top - 1] = std::sqrt(stack[top - 1]);
        break;
      default: {
        const double right = stack[--top];
        double& left = stack[top - 1];
        if (step.op == Op::add) left += right;
        if (step.op == Op::subtract) left -= right;
        if (step.op == Op::multiply) left *= right;
        if (step.op == Op::divide) left /= right;
      }
    }
  }
  return std::isfinite(stack[0]) ? stack[0] : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace hvac::telemetry
