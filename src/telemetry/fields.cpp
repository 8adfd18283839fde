#include "telemetry/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "base/number.h"

namespace hvac::telemetry {
namespace {

/// Reads digits and separators from the front of a text.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}
  bool done() const { return text_.empty(); }
  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  /// Exactly `digits` digits, or nothing.
  std::optional<int> number(std::size_t digits) {
    if (text_.size() < digits) return std::nullopt;
    int value = 0;
    for (const char c : text_.substr(0, digits)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(digits);
    return value;
  }
  /// A fraction's digits as milliseconds, cut after the third.
  std::optional<int> milliseconds() {
    int value = 0;
    int weight = 100;
    std::size_t digits = 0;
    while (digits < text_.size() && text_[digits] >= '0' && text_[digits] <= '9') {
      value += (text_[digits] - '0') * weight;
      weight /= 10;
      ++digits;
    }
    text_.remove_prefix(digits);
    return digits > 0 ? std::optional(value) : std::nullopt;
  }

 private:
  std::string_view text_;
};

std::optional<std::chrono::minutes> parse_zone(Cursor& cursor) {
  if (cursor.done() || cursor.take('Z') || cursor.take('z')) return std::chrono::minutes{0};
  const bool ahead = cursor.take('+');
  if (!ahead && !cursor.take('-')) return std::nullopt;
  const auto hours = cursor.number(2);
  cursor.take(':');
  const auto minutes = cursor.done() ? std::optional(0) : cursor.number(2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset{*hours * 60 + *minutes};
  return ahead ? offset : -offset;
}

std::optional<std::chrono::milliseconds> parse_time_of_day(Cursor& cursor) {
  const auto hour = cursor.number(2);
  if (!hour || *hour > 23 || !cursor.take(':')) return std::nullopt;
  const auto minute = cursor.number(2);
  if (!minute || *minute > 59) return std::nullopt;
  std::chrono::milliseconds time = std::chrono::hours{*hour} + std::chrono::minutes{*minute};
  if (!cursor.take(':')) return time;
  const auto second = cursor.number(2);
  if (!second || *second > 60) return std::nullopt;  // 60: a leap second.
  time += std::chrono::seconds{*second};
  if (!cursor.take('.') && !cursor.take(',')) return time;
  const auto fraction = cursor.milliseconds();
  if (!fraction) return std::nullopt;
  return time + std::chrono::milliseconds{*fraction};
}

constexpr double kFirstEpoch = 315'532'800.0;   // 1980-01-01 [s]
constexpr double kLastEpoch = 7'258'118'400.0;  // 2200-01-01 [s]
constexpr double kLeastMilliseconds = 1e11;     // Above it an epoch is in ms.

}  // namespace

std::optional<TimePoint> parse_iso_time(std::string_view text) {
  Cursor cursor(text);
  const auto year = cursor.number(4);
  if (!year || !cursor.take('-')) return std::nullopt;
  const auto month = cursor.number(2);
  if (!month || !cursor.take('-')) return std::nullopt;
  const auto day = cursor.number(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  const TimePoint midnight{std::chrono::sys_days{date}};
  if (!cursor.take('T') && !cursor.take('t') && !cursor.take(' ')) return std::nullopt;
  const auto time = parse_time_of_day(cursor);
  if (!time) return std::nullopt;
  const auto zone = parse_zone(cursor);
  if (!zone || !cursor.done()) return std::nullopt;
  return midnight + *time - *zone;
}

std::optional<TimePoint> parse_time(std::string_view text) {
  text = trimmed(text);
  if (const auto iso = parse_iso_time(text)) return iso;
  const std::optional<double> number = parse_number(text);
  if (!number) return std::nullopt;
  const double seconds = *number >= kLeastMilliseconds ? *number / 1000.0 : *number;
  if (!(seconds >= kFirstEpoch && seconds < kLastEpoch)) return std::nullopt;
  return TimePoint{std::chrono::milliseconds{std::llround(seconds * 1000.0)}};
}

bool spells_missing(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || text == "-" || text == "--" || text == "?") return true;
  constexpr std::array<std::string_view, 5> kWords = {"nan", "na", "n/a", "null", "none"};
  return std::any_of(kWords.begin(), kWords.end(), [text](std::string_view word) {
    return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
  });
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string> split_fields(std::string_view line, char delimiter) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"') {
      if (quoted && i + 1 < line.size() && line[i + 1] == '"') {
        fields.back() += '"';
        ++i;
      } else {
        quoted = !quoted;
      }
    } else if (c == delimiter && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

}  // namespace hvac::telemetry
