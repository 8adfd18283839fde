#include "api/json_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/number.h"

namespace hvac::api {
namespace {

constexpr double kDecimals = 1e4;
constexpr std::size_t kNumber = 32;  // Bytes that any number fits in.

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

// Space for that many bytes, at most kPiece, after a comma where one is due.
char* JsonWriter::room(std::size_t bytes) {
  if (kPiece - used_ <= bytes) flush();
  if (!first_) piece_[used_++] = ',';
  first_ = false;
  return piece_.data() + used_;
}

// Bytes as they are, with nothing before them.
void JsonWriter::put(std::string_view json) {
  if (kPiece - used_ < json.size()) flush();
  if (json.size() > kPiece) {
    text_ += json;
  } else {
    std::copy(json.begin(), json.end(), piece_.data() + used_);
    used_ += json.size();
  }
}

void JsonWriter::flush() {
  text_.append(piece_.data(), used_);
  used_ = 0;
}

// A value is complete: nobody looks at the text before the outermost one is.
void JsonWriter::written() {
  if (depth_ == 0) flush();
}

void JsonWriter::begin(char bracket) {
  *room(1) = bracket;
  ++used_;
  first_ = true;
  ++depth_;
}

void JsonWriter::end(char bracket) {
  put({&bracket, 1});
  first_ = false;
  --depth_;
  written();
}

JsonWriter& JsonWriter::begin_object() {
  begin('{');
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  end('}');
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  begin('[');
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  end(']');
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  *room(1) = '"';
  ++used_;
  put(name);
  put("\":");
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::text_key(std::string_view name) {
  text(name);
  put(":");
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  *room(1) = '"';
  ++used_;
  while (!value.empty()) {
    const std::size_t plain = plain_length(value);
    put(value.substr(0, plain));
    value.remove_prefix(plain);
    if (value.empty()) break;
    const std::size_t length = sequence_length(value);
    const auto first = static_cast<unsigned char>(value.front());
    if (length == 0) {
      put("\xEF\xBF\xBD");
    } else if (first == '"' || first == '\\') {
      put("\\");
      put(value.substr(0, 1));
    } else if (first < 0x20 || first == 0x7F) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      put("\\u00");
      put(kDigits.substr(first >> 4, 1));
      put(kDigits.substr(first & 15, 1));
    } else {
      put(value.substr(0, length));
    }
    value.remove_prefix(length == 0 ? 1 : length);
  }
  put("\"");
  written();
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  room(1);
  put(json);
  written();
  return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
  char* const begin = room(kNumber);
  used_ += static_cast<std::size_t>(std::to_chars(begin, begin + kNumber, value).ptr - begin);
  written();
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }

JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  // Too large for decimals, and for the integer below.
  if (std::abs(value) >= 1e14) return raw(number_text(value));
  char* const begin = room(kNumber);
  char* end = begin;
  const std::int64_t scaled = std::llround(value * kDecimals);
  if (scaled < 0) *end++ = '-';
  const std::uint64_t magnitude = static_cast<std::uint64_t>(scaled < 0 ? -scaled : scaled);
  end = std::to_chars(end, begin + kNumber, magnitude / static_cast<unsigned>(kDecimals)).ptr;
  unsigned fraction = static_cast<unsigned>(magnitude % static_cast<unsigned>(kDecimals));
  if (fraction > 0) {
    *end++ = '.';
    for (unsigned unit = 1000; fraction > 0; unit /= 10) {
      *end++ = static_cast<char>('0' + fraction / unit);
      fraction %= unit;
    }
  }
  used_ += static_cast<std::size_t>(end - begin);
  written();
  return *this;
}

}  // namespace hvac::api
