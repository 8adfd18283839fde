#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hvac::api {

/// Writes JSON at the end of a text, value by value, without allocating once the text is large
/// enough. The caller keeps the order: key before value, every begin with its end. The text has a
/// value when its last end is written; what is left off in the middle may be missing. One thread.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& text) : text_(text) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();

  /// A name of ours that needs no escape.
  JsonWriter& key(std::string_view name);

  /// Any name, escaped.
  JsonWriter& text_key(std::string_view name);

  /// Any text, escaped; what is not UTF-8 becomes U+FFFD.
  JsonWriter& text(std::string_view value);
  /// A value of ours that is JSON already.
  JsonWriter& raw(std::string_view json);
  JsonWriter& integer(std::int64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();

  /// `value` rounded to four decimals, trailing zeros left out; null when it is not finite.
  JsonWriter& number(double value);

 private:
  // Most of an answer are short names and numbers, and an append to a string costs more than the
  // bytes of one: they are gathered here, a kilobyte at a time.
  static constexpr std::size_t kPiece = 1024;

  char* room(std::size_t bytes);
  void put(std::string_view json);
  void begin(char bracket);
  void end(char bracket);
  void written();
  void flush();

  std::string& text_;
  std::array<char, kPiece> piece_;
  std::size_t used_ = 0;  ///< Of it.
  unsigned depth_ = 0;    ///< Of objects and arrays.
  bool first_ = true;     ///< Whether the next value needs no comma before it.
};

}  // namespace hvac::api
