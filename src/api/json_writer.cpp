#include "api/json_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/number.h"

namespace hvac::api {
namespace {

constexpr double kDecimals = 1e4;
constexpr std::size_t kShort = 56;

// The length of the UTF-8 sequence at the front of `text`, or 0 when there is none (RFC 3629).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF && follows(1)) return 2;
  if (first >= 0xE0 && first <= 0xEF && follows(1) && follows(2)) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    return overlong || surrogate ? 0 : 3;
  }
  if (first >= 0xF0 && first <= 0xF4 && follows(1) && follows(2) && follows(3)) {
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool beyond = first == 0xF4 && byte(1) > 0x8F;
    return overlong || beyond ? 0 : 4;
  }
  return 0;
}

// How much of `text` stands for itself: ASCII without controls, quotes and backslashes.
std::size_t plain_length(std::string_view text) {
  std::size_t n = 0;
  for (; n < text.size(); ++n) {
    const auto byte = static_cast<unsigned char>(text[n]);
    if (byte < 0x20 || byte >= 0x7F || byte == '"' || byte == '\\') break;
  }
  return n;
}

}  // namespace

void JsonWriter::separate() {
  if (!first_) text_ += ',';
  first_ = false;
}

// Most of an answer are short names, words and numbers: each is put together first, for each
// append to a string costs as much as the bytes of such a piece.
void JsonWriter::append_quoted(std::string_view plain, std::string_view after) {
  std::array<char, kShort + 8> piece;
  char* end = piece.data();
  if (!first_) *end++ = ',';
  *end++ = '"';
  end = std::copy(plain.begin(), plain.end(), end);
  *end++ = '"';
  end = std::copy(after.begin(), after.end(), end);
  text_.append(piece.data(), end);
}

JsonWriter& JsonWriter::begin_object() {
  separate();
  text_ += '{';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  text_ += '}';
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  separate();
  text_ += '[';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  text_ += ']';
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  if (name.size() <= kShort) {
    append_quoted(name, ":");
    first_ = true;
    return *this;
  }
  separate();
  text_ += '"';
  text_ += name;
  text_ += "\":";
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::text_key(std::string_view name) {
  text(name);
  text_ += ':';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  if (value.size() <= kShort && plain_length(value) == value.size()) {
    append_quoted(value, "");
    first_ = false;
    return *this;
  }
  separate();
  text_ += '"';
  while (!value.empty()) {
    const std::size_t plain = plain_length(value);
    text_ += value.substr(0, plain);
    value.remove_prefix(plain);
    if (value.empty()) break;
    const std::size_t length = sequence_length(value);
    const auto first = static_cast<unsigned char>(value.front());
    if (length == 0) {
      text_ += "\xEF\xBF\xBD";
    } else if (first == '"' || first == '\\') {
      text_ += '\\';
      text_ += value.front();
    } else if (first < 0x20 || first == 0x7F) {
      constexpr char kDigits[] = "0123456789abcdef";
      text_ += "\\u00";
      text_ += kDigits[first >> 4];
      text_ += kDigits[first & 15];
    } else {
      text_ += value.substr(0, length);
    }
    value.remove_prefix(length == 0 ? 1 : length);
  }
  text_ += '"';
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  text_ += json;
  return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
  separate();
  char digits[24];
  const auto written = std::to_chars(digits, digits + sizeof digits, value);
  text_.append(digits, written.ptr);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  separate();
  text_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null() {
  separate();
  text_ += "null";
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  if (std::abs(value) >= 1e14) {  // Too large for decimals, and for the integer below.
    separate();
    text_ += number_text(value);
    return *this;
  }
  const std::int64_t scaled = std::llround(value * kDecimals);
  const std::uint64_t magnitude = static_cast<std::uint64_t>(scaled < 0 ? -scaled : scaled);
  std::array<char, 32> digits;
  char* end = digits.data();
  if (!first_) *end++ = ',';
  first_ = false;
  if (scaled < 0) *end++ = '-';
  end = std::to_chars(end, digits.data() + digits.size(),
                      magnitude / static_cast<unsigned>(kDecimals))
            .ptr;
  unsigned fraction = static_cast<unsigned>(magnitude % static_cast<unsigned>(kDecimals));
  if (fraction > 0) {
    *end++ = '.';
    for (unsigned unit = 1000; fraction > 0; unit /= 10) {
      *end++ = static_cast<char>('0' + fraction / unit);
      fraction %= unit;
    }
  }
  text_.append(digits.data(), end);
  return *this;
}

}  // namespace hvac::api
