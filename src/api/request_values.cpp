#include "api/request_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "base/json.h"
#include "telemetry/fields.h"

namespace hvac::api {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string range_text(std::int64_t low, std::int64_t high) {
  return fmt::format("{}..{}", low, high);
}

Problem problem_with(std::string_view kind, std::string_view field, std::string value,
                     std::string limit) {
  std::string detail = kind == "missing_field" ? fmt::format("{} is needed: {}", field, limit)
                                               : fmt::format("{} is \"{}\" but must be {}", field,
                                                             value.substr(0, 100), limit);
  return {422, kind, std::move(detail), std::string(field), value.substr(0, 100), std::move(limit),
          ""};
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text, Escapes escapes) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char byte = text[i];
    if (byte == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      byte = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (byte == '+' && escapes == Escapes::form) {
      byte = ' ';
    }
    if (byte == '\0') return std::nullopt;
    bytes += byte;
  }
  return bytes;
}

void RequestValues::wrong(std::string_view kind, std::string_view field, std::string_view value,
                          std::string limit) {
  if (!problem_) problem_ = problem_with(kind, field, std::string(value), std::move(limit));
}

bool RequestValues::refused(Response& response) const {
  if (problem_) write_problem(*problem_, response);
  return problem_.has_value();
}

std::string RequestValues::path(std::string_view name) {
  for (const PathParameter& parameter : request_.parameters) {
    if (parameter.name != name) continue;
    if (auto decoded = percent_decoded(parameter.value, Escapes::path)) return *decoded;
    wrong("wrong_path", name, parameter.value, "percent-encoded");
  }
  return {};
}

std::int64_t RequestValues::path_number(std::string_view name) {
  const std::string text = path(name);
  const auto number = whole_number(text);
  if (number && *number >= 1) return *number;
  wrong("wrong_path", name, text, "a whole number from 1 on");
  return 0;
}

std::optional<std::string> RequestValues::raw(std::string_view name, Escapes escapes) {
  std::string_view query = request_.query;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view item = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(item.find('='), item.size());
    if (percent_decoded(item.substr(0, equals), Escapes::form) != name) continue;
    const std::string_view value = item.substr(std::min(equals + 1, item.size()));
    if (value.empty()) return std::nullopt;
    if (auto decoded = percent_decoded(value, escapes)) return decoded;
    wrong("wrong_query", name, value, "percent-encoded");
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> RequestValues::text(std::string_view name) {
  return raw(name, Escapes::form);
}

std::vector<std::string> RequestValues::words(std::string_view name) {
  std::vector<std::string> words;
  const std::string all = text(name).value_or("");
  for (std::string_view rest = all; !rest.empty();) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    if (end > 0) words.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return words;
}

std::optional<TimePoint> RequestValues::time(std::string_view name) {
  // The '+' of a zone is often sent as it is.
  const auto sent = raw(name, Escapes::path);
  if (!sent) return std::nullopt;
  const auto time = telemetry::parse_time(*sent);
  if (!time) wrong("wrong_query", name, *sent, "an ISO 8601 time such as 2026-01-31T08:00:00Z");
  return time;
}

std::int64_t RequestValues::integer(std::string_view name, std::int64_t otherwise, std::int64_t low,
                                    std::int64_t high) {
  const auto sent = text(name);
  if (!sent) return otherwise;
  const auto number = whole_number(*sent);
  if (number && *number >= low && *number <= high) return *number;
  wrong("wrong_query", name, *sent, "a whole number within " + range_text(low, high));
  return otherwise;
}

std::string_view RequestValues::choice(std::string_view name,
                                       std::span<const std::string_view> choices) {
  const auto sent = text(name);
  if (!sent) return choices.front();
  const auto found = std::find(choices.begin(), choices.end(), *sent);
  if (found != choices.end()) return *found;
  wrong("wrong_query", name, *sent, fmt::format("one of {}", fmt::join(choices, ", ")));
  return choices.front();
}

BodyValues::BodyValues(const Request& request) {
  auto document = parse_json(request.body.empty() ? "{}" : request.body);
  if (!document) {
    problem_ = Problem{400, "bad_json", document.error().message, "", "", "", ""};
  } else if (!document->is_object()) {
    problem_ = Problem{400, "wrong_shape", "the body must be a JSON object", "", "", "", ""};
  } else {
    document_ = std::make_unique<boost::json::value>(std::move(*document));
  }
}

BodyValues::~BodyValues() = default;

void BodyValues::wrong(std::string_view kind, std::string_view field, std::string value,
                       std::string limit) {
  if (!problem_) problem_ = problem_with(kind, field, std::move(value), std::move(limit));
}

bool BodyValues::refused(Response& response) const {
  if (problem_) write_problem(*problem_, response);
  return problem_.has_value();
}

const boost::json::value* BodyValues::find(std::string_view name) const {
  if (!document_) return nullptr;
  const boost::json::value* value = document_->get_object().if_contains(name);
  return value != nullptr && value->is_null() ? nullptr : value;
}

std::string BodyValues::text(std::string_view name, std::size_t most) {
  const boost::json::value* value = find(name);
  if (value == nullptr) return {};
  if (!value->is_string() || value->get_string().size() > most) {
    wrong("wrong_value", name, json_text(*value), fmt::format("a text of at most {} bytes", most));
    return {};
  }
  return std::string(value->get_string());
}

std::string BodyValues::required_text(std::string_view name, std::size_t most) {
  std::string words = text(name, most);
  if (words.empty()) wrong("missing_field", name, "", "a text that is not empty");
  return words;
}

std::int64_t BodyValues::integer(std::string_view name, std::int64_t low, std::int64_t high) {
  const std::string limit = "a whole number within " + range_text(low, high);
  const boost::json::value* value = find(name);
  if (value == nullptr) {
    wrong("missing_field", name, "", limit);
    return low;
  }
  boost::system::error_code inexact;
  const auto number = value->is_number() ? value->to_number<std::int64_t>(inexact) : 0;
  if (!value->is_number() || inexact || number < low || number > high) {
    wrong("wrong_value", name, json_text(*value), limit);
    return low;
  }
  return number;
}

bool BodyValues::boolean(std::string_view name) {
  const boost::json::value* value = find(name);
  if (value == nullptr) {
    wrong("missing_field", name, "", "true or false");
    return false;
  }
  if (!value->is_bool()) wrong("wrong_value", name, json_text(*value), "true or false");
  return value->is_bool() && value->get_bool();
}

}  // namespace hvac::api
