#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "api/problem.h"
#include "base/clock.h"

namespace hvac::api {

/// The bytes that `text` spells with its %XX (and '+' as a blank when it is a form's), or nothing
/// when an escape is broken or the bytes hold a NUL.
enum class Escapes { path, form };
std::optional<std::string> percent_decoded(std::string_view text, Escapes escapes);

/// Reads values out of a request's path and query. The first one that is wrong is remembered; what
/// is read after it is of no account:
///
///     RequestValues values(request);
///     const std::string asset = values.path("asset");
///     const auto from = values.time("from");
///     if (values.refused(response)) return;
class RequestValues {
 public:
  explicit RequestValues(const Request& request) : request_(request) {}

  /// The part of the path that the route names so, decoded.
  std::string path(std::string_view name);
  /// A part of the path that is a number >= 1, an id.
  std::int64_t path_number(std::string_view name);

  /// Of the query, decoded; nothing when it was not given or is empty.
  std::optional<std::string> text(std::string_view name);
  /// Words between commas; none when it was not given.
  std::vector<std::string> words(std::string_view name);
  /// ISO 8601, or an epoch in s or ms.
  std::optional<TimePoint> time(std::string_view name);
  /// Within [low, high]; `otherwise` when it was not given.
  std::int64_t integer(std::string_view name, std::int64_t otherwise, std::int64_t low,
                       std::int64_t high);
  /// One of `choices`; the first when it was not given.
  std::string_view choice(std::string_view name, std::span<const std::string_view> choices);

  /// Whether something was wrong; then `response` says what.
  bool refused(Response& response) const;

 private:
  void wrong(std::string_view kind, std::string_view field, std::string_view value,
             std::string limit);
  std::optional<std::string> raw(std::string_view name, Escapes escapes);

  const Request& request_;
  std::optional<Problem> problem_;
};

/// The same for a body that is a JSON object.
class BodyValues {
 public:
  explicit BodyValues(const Request& request);
  ~BodyValues();

  /// A text of at most `most` bytes; empty when it was not given.
  std::string text(std::string_view name, std::size_t most = 1000);
  /// The same, and empty is wrong.
  std::string required_text(std::string_view name, std::size_t most = 1000);
  /// A whole number within [low, high]; it must be given.
  std::int64_t integer(std::string_view name, std::int64_t low, std::int64_t high);
  /// true or false; it must be given.
  bool boolean(std::string_view name);

  bool refused(Response& response) const;

 private:
  void wrong(std::string_view kind, std::string_view field, std::string value, std::string limit);
  const boost::json::value* find(std::string_view name) const;

  std::unique_ptr<boost::json::value> document_;
  std::optional<Problem> problem_;
};

}  // namespace hvac::api
