#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hvac::api {

/// Writes JSON at the end of a text, value by value, without allocating once the text is large
/// enough. The caller keeps the order: key before value, every begin with its end. One thread.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& text) : text_(text) {}

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
  void separate();
  void append_quoted(std::string_view plain, std::string_view after);

  std::string& text_;
  bool first_ = true;  ///< Whether the next value needs no comma before it.
};

}  // namespace hvac::api
