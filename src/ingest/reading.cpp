#include "ingest/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <unordered_map>

#include "base/number.h"
#include "telemetry/fields.h"

namespace hvac::ingest {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestAsset = 128;
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestTime = 64;
constexpr double kGreatestValue = 1e12;      // No sensor means more than that.
constexpr double kFirstEpochMs = 1e11;       // Smaller epochs are in seconds.
constexpr double kEarliestMs = 315532800e3;  // 1980
constexpr double kLatestMs = 7258118400e3;   // 2200

struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const {
    return std::hash<std::string_view>{}(name);
  }
};

bool is_asset(std::string_view id) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return !id.empty() && id.size() <= kLongestAsset && std::ranges::none_of(id, control);
}

}  // namespace

std::optional<std::string_view> asset_of_topic(std::string_view topic,
                                               std::string_view default_asset) {
  constexpr std::string_view kBegin = "hvac/";
  constexpr std::string_view kEnd = "/sensors";
  if (topic == "hvac/sensors/data") return default_asset;
  if (!topic.starts_with(kBegin) || !topic.ends_with(kEnd)) return std::nullopt;
  topic.remove_prefix(kBegin.size());
  if (topic.size() <= kEnd.size()) return std::nullopt;
  topic.remove_suffix(kEnd.size());
  if (topic.find('/') != std::string_view::npos || !is_asset(topic)) return std::nullopt;
  return topic;
}

// The events of the JSON parser, and what they fill in.
struct ReadingParser::Reader {
  enum class Place { outside, timestamp, data, ignored };

  struct Events {
    static constexpr std::size_t max_object_size = 1000;
    static constexpr std::size_t max_array_size = kMostPayload;
    static constexpr std::size_t max_key_size = kMostPayload;
    static constexpr std::size_t max_string_size = kMostPayload;
    using View = json::string_view;
    using Code = json::error_code;
    Reader* reader = nullptr;

    bool on_document_begin(Code&) { return true; }
    bool on_document_end(Code&) { return true; }
    bool on_object_begin(Code& code) { return reader->open_object(code); }
    bool on_object_end(std::size_t, Code&) { return reader->close(); }
    bool on_array_begin(Code& code) { return reader->open_array(code); }
    bool on_array_end(std::size_t, Code&) { return reader->close(); }
    bool on_key_part(View part, std::size_t, Code&) { return reader->add(part, kLongestName); }
    bool on_key(View part, std::size_t, Code&) {
      reader->add(part, kLongestName);
      return reader->key();
    }
    bool on_string_part(View part, std::size_t, Code&) { return reader->add(part, kLongestTime); }
    bool on_string(View part, std::size_t, Code& code) {
      reader->add(part, kLongestTime);
      return reader->text(code);
    }
    bool on_number_part(View, Code&) { return true; }
    bool on_int64(std::int64_t value, View, Code& code) {
      return reader->number(static_cast<double>(value), code);
    }
    bool on_uint64(std::uint64_t value, View, Code& code) {
      return reader->number(static_cast<double>(value), code);
    }
    bool on_double(double value, View, Code& code) { return reader->number(value, code); }
    bool on_bool(bool, Code& code) { return reader->other("a truth value", code); }
    bool on_null(Code& code) {
      return reader->place != Place::timestamp || reader->other("null", code);
    }
    bool on_comment_part(View, Code&) { return true; }
    bool on_comment(View, Code&) { return true; }
  };

  explicit Reader(const telemetry::AssetProfile& profile)
      : parser(json::parse_options{}, Events{this}), tags(profile.tags.size()) {
    for (std::size_t i = 0; i < tags; ++i) by_name.emplace(profile.tags[i].name, i);
    word.reserve(kLongestName + kLongestTime);
  }

  void begin(RawReading& reading) {
    target = &reading;
    reading.values.assign(tags, std::numeric_limits<double>::quiet_NaN());
    depth = 0;
    known = unknown = 0;
    place = Place::outside;
    has_time = has_data = false;
    why.clear();
    word.clear();
    parser.reset();
  }

  bool refuse(std::string reason, json::error_code& code) {
    why = std::move(reason);
    code = json::error::syntax;  // Any code stops the parser; `why` says what it is.
    return false;
  }

  // Where values of the outer object's keys are, not deeper.
  bool at_value() const { return depth == 1; }

  bool open_object(json::error_code& code) {
    if (depth == 1 && place == Place::timestamp) return other("an object", code);
    if (depth == 2 && place == Place::data) return other("an object", code);
    if (depth == 1 && place == Place::data) has_data = true;
    ++depth;
    return true;
  }
  bool open_array(json::error_code& code) {
    if (depth == 0) return refuse("the message is an array, not an object", code);
    if (place == Place::timestamp || place == Place::data) return other("an array", code);
    ++depth;
    return true;
  }
  bool close() {
    --depth;
    if (depth == 1) place = Place::outside;
    return true;
  }

  bool add(json::string_view part, std::size_t most) {
    word.append(part.data(), std::min(part.size(), most + 1 - std::min(word.size(), most + 1)));
    return true;
  }

  bool key() {
    if (depth == 1) {
      place = word == "timestamp" ? Place::timestamp
              : word == "data"    ? Place::data
                                  : Place::ignored;
      column.reset();
    } else if (depth == 2 && place == Place::data) {
      const auto found = by_name.find(std::string_view(word));
      column = found == by_name.end() ? std::nullopt : std::optional(found->second);
      column_name.assign(word, 0, kLongestName);
      ++(column ? known : unknown);
    }
    word.clear();
    return true;
  }

  bool text(json::error_code& code) {
    if (depth == 0) return refuse("the message is a text, not an object", code);
    if (place == Place::timestamp) {
      const auto time = telemetry::parse_time(word);
      if (!time) return refuse("timestamp '" + word + "' is no ISO 8601 and no epoch", code);
      if (!set_time_ms(static_cast<double>(time->time_since_epoch().count()), code)) return false;
    }
    word.clear();
    return place != Place::data || other("a text", code);
  }

  bool number(double value, json::error_code& code) {
    if (depth == 0) return refuse("the message is a number, not an object", code);
    if (place == Place::timestamp) return set_time(value, code);
    if (place != Place::data) return true;
    if (at_value()) return other("a number", code);
    if (!(std::abs(value) <= kGreatestValue)) {
      return refuse(fmt::format("{} is {}, the most is {}", column_name, number_text(value),
                                number_text(kGreatestValue)),
                    code);
    }
    if (column) target->values[*column] = value;
    return true;
  }

  bool set_time(double value, json::error_code& code) {
    constexpr double kMsPerSecond = 1000.0;
    const double ms = std::abs(value) < kFirstEpochMs ? value * kMsPerSecond : value;
    return set_time_ms(ms, code);
  }

  bool set_time_ms(double ms, json::error_code& code) {
    if (!(ms >= kEarliestMs && ms <= kLatestMs)) {
      return refuse(
          fmt::format("timestamp {} ms is not within the years 1980 to 2200", number_text(ms)),
          code);
    }
    target->time = TimePoint(std::chrono::milliseconds(std::llround(ms)));
    has_time = true;
    return true;
  }

  // A value of a kind that does not belong where it is.
  bool other(std::string_view kind, json::error_code& code) {
    if (depth == 0) return refuse(fmt::format("the message is {}, not an object", kind), code);
    if (place == Place::timestamp) return refuse(fmt::format("timestamp is {}", kind), code);
    if (place != Place::data) return true;
    if (at_value()) return refuse(fmt::format("data is {}, not an object", kind), code);
    return refuse(fmt::format("{} is {}, not a number", column_name, kind), code);
  }

  json::basic_parser<Events> parser;
  const std::size_t tags;
  std::unordered_map<std::string, std::size_t, NameHash, std::equal_to<>> by_name;
  RawReading* target = nullptr;
  Place place = Place::outside;
  int depth = 0;
  bool has_time = false;
  bool has_data = false;
  std::size_t known = 0;
  std::size_t unknown = 0;
  std::optional<std::size_t> column;
  std::string column_name;
  std::string word;  // a key or text in pieces
  std::string why;
};

ReadingParser::ReadingParser(std::shared_ptr<const telemetry::AssetProfile> profile)
    : reader_(std::make_unique<Reader>(*profile)) {}

ReadingParser::~ReadingParser() = default;

Result<void> ReadingParser::parse(std::string_view payload, RawReading& reading) {
  if (payload.size() > kMostPayload) {
    return fail(ErrorCode::out_of_range,
                fmt::format("message of {} bytes, the most is {}", payload.size(), kMostPayload));
  }
  Reader& reader = *reader_;
  reader.begin(reading);
  json::error_code code;
  const std::size_t read = reader.parser.write_some(false, payload.data(), payload.size(), code);
  if (code) {
    return fail(ErrorCode::invalid_argument,
                reader.why.empty() ? fmt::format("byte {}: {}", read, code.message()) : reader.why);
  }
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  if (!std::ranges::all_of(payload.substr(read), blank)) {
    return fail(ErrorCode::invalid_argument, fmt::format("byte {}: more behind the message", read));
  }
  if (!reader.has_time) return fail(ErrorCode::invalid_argument, "timestamp is missing");
  if (!reader.has_data) return fail(ErrorCode::invalid_argument, "data is missing");
  if (reader.known == 0) return fail(ErrorCode::not_found, "no tag of data is the profile's");
  return {};
}

std::size_t ReadingParser::unknown_tags() const { return reader_->unknown; }

}  // namespace hvac::ingest
