#include "store/bytes.h"

#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace hvac::store {
namespace {

static_assert(std::endian::native == std::endian::little, "stored bytes are little endian");

constexpr std::array<double, 5> kScales = {1.0, 10.0, 100.0, 1000.0, 10000.0};

NumberForm form_at(NumberForm first, std::size_t scale) {
  return static_cast<NumberForm>(static_cast<std::size_t>(first) + scale);
}

std::optional<std::size_t> scale_in(NumberForm form, NumberForm first) {
  const auto place = static_cast<std::size_t>(form) - static_cast<std::size_t>(first);
  return form >= first && place < kScales.size() ? std::optional(place) : std::nullopt;
}

std::size_t size_of(NumberForm form) {
  if (scale_in(form, NumberForm::short_0)) return 2;
  if (scale_in(form, NumberForm::long_0)) return 4;
  if (form == NumberForm::single) return 4;
  return form == NumberForm::full ? 8 : 0;
}

}  // namespace

void append_varint(std::string& bytes, std::uint64_t value) {
  while (value >= 0x80) {
    bytes.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  bytes.push_back(static_cast<char>(value));
}

NumberForm append_number(std::string& bytes, double value) {
  if (std::isnan(value)) return NumberForm::missing;
  constexpr double limit = std::numeric_limits<std::int32_t>::max();
  const bool negative_zero = value == 0.0 && std::signbit(value);
  for (std::size_t scale = 0; scale < kScales.size() && !negative_zero; ++scale) {
    const double digits = std::nearbyint(value * kScales[scale]);
    if (!(std::abs(digits) <= limit)) break;
    if (digits / kScales[scale] != value) continue;
    const auto whole = static_cast<std::int32_t>(digits);
    if (whole != static_cast<std::int16_t>(whole)) {
      append_fixed(bytes, whole);
      return form_at(NumberForm::long_0, scale);
    }
    append_fixed(bytes, static_cast<std::int16_t>(whole));
    return form_at(NumberForm::short_0, scale);
  }
  const bool fits = std::isinf(value) || std::abs(value) <= std::numeric_limits<float>::max();
  if (fits && static_cast<double>(static_cast<float>(value)) == value) {
    append_fixed(bytes, static_cast<float>(value));
    return NumberForm::single;
  }
  append_fixed(bytes, value);
  return NumberForm::full;
}

std::uint64_t ByteReader::varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const char* raw = take(1);
    if (raw == nullptr) return 0;
    const auto byte = static_cast<unsigned char>(*raw);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  good_ = false;
  return 0;
}

double ByteReader::number(NumberForm form) {
  if (const auto scale = scale_in(form, NumberForm::short_0)) {
    return fixed<std::int16_t>() / kScales[*scale];
  }
  if (const auto scale = scale_in(form, NumberForm::long_0)) {
    return fixed<std::int32_t>() / kScales[*scale];
  }
  if (form == NumberForm::single) return static_cast<double>(fixed<float>());
  if (form == NumberForm::full) return fixed<double>();
  if (form != NumberForm::missing) good_ = false;
  return std::numeric_limits<double>::quiet_NaN();
}

void ByteReader::skip_number(NumberForm form) { take(size_of(form)); }

const char* ByteReader::take(std::size_t size) {
  if (!good_ || rest_.size() < size) {
    good_ = false;
    return nullptr;
  }
  const char* raw = rest_.data();
  rest_.remove_prefix(size);
  return raw;
}

}  // namespace hvac::store
