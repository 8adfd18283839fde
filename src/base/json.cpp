#include "base/json.h"

#include <boost/json.hpp>
#include <cmath>

#include "base/number.h"

namespace hvac {
namespace {

class Writer {
 public:
  explicit Writer(JsonLayout layout) : pretty_(layout == JsonLayout::pretty) {}

  void write(const boost::json::value& value) {
    switch (value.kind()) {
      case boost::json::kind::object:
        return write_object(value.get_object());
      case boost::json::kind::array:
        return write_array(value.get_array());
      case boost::json::kind::double_:
        return write_double(value.get_double());
      default:
        text_ += boost::json::serialize(value);
    }
  }
  std::string finish() {
    if (pretty_) text_ += '\n';
    return std::move(text_);
  }

 private:
  void write_double(double number) {
    text_ += std::isfinite(number) ? number_text(number) : "null";
  }

  void write_array(const boost::json::array& array) {
    // Arrays of plain values stay on one line: they are rows, ranges and distributions.
    bool nested = false;
    for (const auto& item : array) nested = nested || item.is_structured();
    text_ += '[';
    ++depth_;
    for (std::size_t i = 0; i < array.size(); ++i) {
      if (i > 0) text_ += pretty_ && !nested ? ", " : ",";
      if (nested) new_line();
      write(array[i]);
    }
    --depth_;
    if (nested && !array.empty()) new_line();
    text_ += ']';
  }

  void write_object(const boost::json::object& object) {
    text_ += '{';
    ++depth_;
    bool first = true;
    for (const auto& member : object) {
      if (!first) text_ += ',';
      first = false;
      new_line();
      text_ += boost::json::serialize(boost::json::value(member.key()));
      text_ += pretty_ ? ": " : ":";
      write(member.value());
    }
    --depth_;
    if (!object.empty()) new_line();
    text_ += '}';
  }

  void new_line() {
    if (!pretty_) return;
    text_ += '\n';
    text_.append(2 * static_cast<std::size_t>(depth_), ' ');
  }

  std::string text_;
  int depth_ = 0;
  bool pretty_;
};

}  // namespace

Result<boost::json::value> parse_json(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 32;
  boost::json::stream_parser parser({}, options);
  boost::json::error_code error;
  const std::size_t read = parser.write_some(text.data(), text.size(), error);
  if (!error && read == text.size()) parser.finish(error);
  if (error || read < text.size()) {
    return fail(ErrorCode::invalid_argument,
                "JSON is wrong at byte " + std::to_string(read) + ": " +
                    (error ? error.message() : std::string("something follows the document")));
  }
  return parser.release();
}

std::string json_text(const boost::json::value& value, JsonLayout layout) {
  Writer writer(layout);
  writer.write(value);
  return writer.finish();
}

}  // namespace hvac
