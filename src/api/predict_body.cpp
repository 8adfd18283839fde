#include "api/predict_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_map>

#include "base/number.h"

namespace hvac::api {
namespace {

namespace json = boost::json;
using telemetry::AssetProfile;
using telemetry::Quality;
using telemetry::Tag;

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestQuote = 40;  // Of what was sent, in an answer.

std::string quote(std::string_view text) { return std::string(text.substr(0, kLongestQuote)); }

// Levenshtein distance without regard to case.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0u);
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

// "-10..60 degC", in the site's unit.
std::string range_text(const Tag& tag) {
  const double first = (tag.low - tag.offset) / tag.scale;
  const double second = (tag.high - tag.offset) / tag.scale;
  const double low = std::min(first, second);
  const double high = std::max(first, second);
  const bool same_unit = tag.scale == 1.0 && tag.offset == 0.0;
  const std::string unit = same_unit && !tag.unit.empty() ? " " + tag.unit : "";
  if (std::isinf(low)) return "at most " + number_text(high) + unit;
  if (std::isinf(high)) return "at least " + number_text(low) + unit;
  return number_text(low) + ".." + number_text(high) + unit;
}

enum class Shape { object, array };

}  // namespace

/// The events of the JSON parser, and what they fill in.
struct PredictBody::Reader {
  struct Events {
    static constexpr std::size_t max_object_size = 1000;
    static constexpr std::size_t max_array_size = kMaxBatchRows;
    static constexpr std::size_t max_key_size = kLongestName;
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();
    using View = json::string_view;
    using Code = json::error_code;

    Reader* reader = nullptr;

    bool on_document_begin(Code&) { return true; }
    bool on_document_end(Code&) { return true; }
    bool on_array_begin(Code& code) { return reader->open(Shape::array, code); }
    bool on_array_end(std::size_t, Code&) { return reader->close_array(); }
    bool on_object_begin(Code& code) { return reader->open(Shape::object, code); }
    bool on_object_end(std::size_t, Code& code) { return reader->close_object(code); }
    bool on_string_part(View, std::size_t, Code&) { return true; }
    bool on_string(View text, std::size_t, Code& code) {
      return reader->wrong_type("\"" + quote({text.data(), text.size()}) + "\"", "a string", code);
    }
    bool on_key_part(View part, std::size_t, Code&) { return reader->add_to_name(part); }
    bool on_key(View part, std::size_t, Code& code) {
      reader->add_to_name(part);
      return reader->choose_tag(code);
    }
    bool on_number_part(View, Code&) { return true; }
    bool on_int64(std::int64_t value, View text, Code& code) {
      return reader->set(static_cast<double>(value), text, code);
    }
    bool on_uint64(std::uint64_t value, View text, Code& code) {
      return reader->set(static_cast<double>(value), text, code);
    }
    bool on_double(double value, View text, Code& code) { return reader->set(value, text, code); }
    bool on_bool(bool value, Code& code) {
      return reader->wrong_type(value ? "true" : "false", "a truth value", code);
    }
    bool on_null(Code& code) {
      return reader->depth == reader->instant_depth || reader->wrong_type("null", "null", code);
    }
    bool on_comment_part(View, Code&) { return true; }
    bool on_comment(View, Code&) { return true; }
  };

  explicit Reader(std::shared_ptr<const AssetProfile> profile)
      : judge(profile),
        sent(profile->tags.size()),
        values(profile->tags.size()),
        quality(profile->tags.size()),
        given(profile->tags.size()),
        parser(json::parse_options{}) {
    for (std::size_t i = 0; i < profile->tags.size(); ++i) {
      const Tag& known = profile->tags[i];
      by_name.emplace(known.name, i);
      const auto input = telemetry::find_input(known.stands_for);
      if (input && std::find(kRequiredInputs.begin(), kRequiredInputs.end(), *input) !=
                       kRequiredInputs.end()) {
        required.push_back(i);
      }
    }
    parser.handler().reader = this;
  }

  std::optional<Problem> read(std::string_view text, Shape shape, const Visit& visit_each);
  std::optional<Problem> check();
  Problem syntax_problem(std::string_view text, std::size_t at, const json::error_code& code) const;

  bool stop(Problem why, json::error_code& code) {
    problem = std::move(why);
    code = boost::system::errc::make_error_code(boost::system::errc::operation_canceled);
    return false;
  }

  bool open(Shape shape, json::error_code& code) {
    if (depth == 0 && shape != expected) {
      Problem why{400, "wrong_shape", "", "", "", "", ""};
      why.limit = expected == Shape::object ? "an object of tags and numbers"
                                            : "an array of objects of tags and numbers";
      why.detail = "the body must be " + why.limit;
      return stop(std::move(why), code);
    }
    const bool starts_instant = shape == Shape::object && depth + 1 == instant_depth;
    if (!starts_instant && depth > 0) {
      return wrong_type(shape == Shape::object ? "{" : "[",
                        shape == Shape::object ? "an object" : "an array", code);
    }
    ++depth;
    if (starts_instant) {
      std::fill(sent.begin(), sent.end(), std::numeric_limits<double>::quiet_NaN());
      std::fill(given.begin(), given.end(), std::uint8_t{0});
      name.clear();
    }
    return true;
  }

  bool close_array() {
    --depth;
    return true;
  }

  bool close_object(json::error_code& code) {
    --depth;
    std::copy(sent.begin(), sent.end(), values.begin());
    if (auto why = check()) return stop(std::move(*why), code);
    // A single instant is shown once it is known that nothing follows it.
    if (expected == Shape::array) (*visit)({sample, values, quality});
    ++row;
    return true;
  }

  bool add_to_name(json::string_view part) {
    if (name_complete) name.clear();
    name_complete = false;
    name.append(part.data(), part.size());
    return true;
  }

  bool choose_tag(json::error_code& code) {
    name_complete = true;
    const auto found = by_name.find(name);
    if (found == by_name.end()) return stop(unknown(name), code);
    tag = found->second;
    if (given[tag] != 0) {
      Problem why{422, "given_twice", name + " is given twice", name, "", "once", ""};
      return stop(std::move(why), code);
    }
    given[tag] = 1;
    return true;
  }

  bool set(double value, json::string_view text, json::error_code& code) {
    if (depth != instant_depth)
      return wrong_type(quote({text.data(), text.size()}), "a number", code);
    // The parser's own double is not always the nearest one.
    std::from_chars(text.data(), text.data() + text.size(), value);
    if (!std::isfinite(value)) {
      return wrong_type(quote({text.data(), text.size()}), "no finite number", code);
    }
    sent[tag] = value;
    return true;
  }

  bool wrong_type(std::string value, std::string_view what, json::error_code& code) {
    Problem why{422, "wrong_type", "", "", std::move(value), "", ""};
    if (depth == instant_depth) {
      why.field = name;
      why.limit = "a finite number";
      why.detail = fmt::format("{} is {}, it must be a finite number", name, what);
    } else {
      why.limit = expected == Shape::object ? "an object of tags and numbers"
                                            : "an array of objects of tags and numbers";
      why.detail = fmt::format("{} stands where {} is expected", what, why.limit);
      why.status = 400;
    }
    return stop(std::move(why), code);
  }

  Problem unknown(std::string_view wrong) const {
    Problem why{422, "unknown_tag", "", std::string(wrong), "", "a tag of the asset's profile", ""};
    std::size_t nearest = std::numeric_limits<std::size_t>::max();
    for (const Tag& candidate : judge.profile().tags) {
      const std::size_t distance = edit_distance(wrong, candidate.name);
      if (distance < nearest) {
        nearest = distance;
        why.suggestion = candidate.name;
      }
    }
    if (nearest > 2) why.suggestion.clear();
    why.detail = fmt::format(
        "\"{}\" is no tag of the {} profile{}", wrong, judge.profile().name,
        why.suggestion.empty() ? std::string() : "; did you mean " + why.suggestion + "?");
    return why;
  }

  telemetry::InstantJudge judge;
  std::unordered_map<std::string, std::size_t> by_name;
  std::vector<std::size_t> required;
  std::vector<double> sent;
  std::vector<double> values;
  std::vector<Quality> quality;
  std::vector<std::uint8_t> given;
  telemetry::Sample sample;
  json::basic_parser<Events> parser;

  Shape expected = Shape::object;
  int depth = 0;
  int instant_depth = 1;  ///< Depth inside an instant's object.
  std::size_t row = 0;
  std::string name;
  bool name_complete = true;
  std::size_t tag = 0;
  const Visit* visit = nullptr;
  std::optional<Problem> problem;
};

std::optional<Problem> PredictBody::Reader::read(std::string_view text, Shape shape,
                                                 const Visit& visit_each) {
  expected = shape;
  instant_depth = shape == Shape::object ? 1 : 2;
  depth = 0;
  row = 0;
  name.clear();
  name_complete = true;
  visit = &visit_each;
  problem.reset();
  parser.reset();
  json::error_code code;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), code);
  if (!problem && !code && used == text.size()) {
    if (shape == Shape::object) visit_each({sample, values, quality});
    return std::nullopt;
  }
  if (!problem) problem = syntax_problem(text, used, code);
  if (shape == Shape::array && depth > 0) problem->row = row;
  return std::move(problem);
}

Problem PredictBody::Reader::syntax_problem(std::string_view text, std::size_t at,
                                            const json::error_code& code) const {
  Problem why{400, "bad_json", "", "", "", "", ""};
  if (code == json::error::array_too_large) {
    why.status = 413;
    why.kind = "too_many_rows";
    why.limit = fmt::format("{} rows", kMaxBatchRows);
    why.detail = "the batch has more than " + why.limit;
    return why;
  }
  why.detail = fmt::format("the body is no JSON: byte {}: {}", at,
                           code ? code.message() : std::string("something follows the document"));
  const std::size_t colon = text.substr(0, std::min(at + 1, text.size())).rfind(':');
  if (depth != instant_depth || name.empty() || colon == std::string_view::npos) return why;
  std::string_view value = text.substr(colon + 1);
  value = value.substr(0, value.find_first_of(",}]\r\n"));
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  why.field = name;
  why.value = quote(value);
  why.limit = "a finite number";
  why.detail += fmt::format("; {} must be a finite number", name);
  return why;
}

std::optional<Problem> PredictBody::Reader::check() {
  sample = judge.sample(values, quality);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (quality[i] != Quality::out_of_range && quality[i] != Quality::wrapped) continue;
    const Tag& wrong = judge.profile().tags[i];
    Problem why{422, "out_of_range", "", wrong.name, number_text(sent[i]), range_text(wrong), ""};
    why.detail = fmt::format("{} = {} is outside {}", wrong.name, why.value, why.limit);
    return why;
  }
  for (const std::size_t i : required) {
    if (!std::isnan(sent[i])) continue;
    const Tag& absent = judge.profile().tags[i];
    return Problem{422,
                   "missing_field",
                   absent.name + " (" + absent.meaning + ") is missing",
                   absent.name,
                   "",
                   range_text(absent),
                   ""};
  }
  return std::nullopt;
}

PredictBody::PredictBody(std::shared_ptr<const AssetProfile> profile)
    : reader_(std::make_unique<Reader>(std::move(profile))) {}
PredictBody::~PredictBody() = default;
PredictBody::PredictBody(PredictBody&&) noexcept = default;

std::optional<Problem> PredictBody::read_one(std::string_view json, const Visit& visit) {
  return reader_->read(json, Shape::object, visit);
}

std::optional<Problem> PredictBody::read_many(std::string_view json, const Visit& visit) {
  return reader_->read(json, Shape::array, visit);
}

std::optional<Problem> PredictBody::judge(std::span<double> values, const Visit& visit) {
  std::copy(values.begin(), values.end(), reader_->sent.begin());
  std::copy(values.begin(), values.end(), reader_->values.begin());
  if (auto why = reader_->check()) return why;
  visit({reader_->sample, reader_->values, reader_->quality});
  return std::nullopt;
}

Problem PredictBody::unknown_tag(std::string_view name) const { return reader_->unknown(name); }

const AssetProfile& PredictBody::profile() const { return reader_->judge.profile(); }

}  // namespace hvac::api
