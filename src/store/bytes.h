#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

/// Numbers as bytes, little endian.
namespace hvac::store {

void append_varint(std::string& bytes, std::uint64_t value);

template <class T>
void append_fixed(std::string& bytes, T value) {
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  bytes.append(raw, sizeof raw);
}

/// How a number is kept: a decimal of few digits as an integer, else as float or double; always
/// exactly, to the bit.
enum class NumberForm : std::uint8_t {
  missing = 0,  ///< NaN.
  short_0 = 1,  ///< 16-bit integer; the forms after it are scaled by 10, 100, 1000, 10000.
  long_0 = 6,   ///< 32-bit integer; the forms after it are scaled likewise.
  single = 11,
  full = 12,
};

/// Adds what the form says beside it and returns the form. At most 8 bytes.
NumberForm append_number(std::string& bytes, double value);

/// Reads what was appended. After reading past the end or nonsense everything reads as zero and
/// `good()` is false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t varint();
  double number(NumberForm form);
  void skip_number(NumberForm form);
  template <class T>
  T fixed() {
    T value{};
    if (const char* raw = take(sizeof value)) std::memcpy(&value, raw, sizeof value);
    return value;
  }

  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }

 private:
  const char* take(std::size_t size);

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace hvac::store
