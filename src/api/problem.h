#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/http.h"
#include "base/result.h"

namespace hvac::api {

/// Why a request is refused, as RFC 9457 problem details.
struct Problem {
  int status = 400;
  std::string_view kind;  ///< "out_of_range": the last part of the problem's type.
  std::string detail;     ///< For an operator: the thing, the value and the limit.
  std::string field;      ///< What is wrong; empty when it is not one field.
  std::string value;      ///< As it was sent; empty when there is none.
  std::string limit;      ///< What it should have been.
  std::string suggestion;
  std::optional<std::size_t> row = std::nullopt;  ///< 0-based, in a batch.
};

/// Makes `response` say so.
void write_problem(const Problem& problem, Response& response);

/// The same for what concerns the whole request: the status says what kind of problem it is.
void refuse_with(int status, std::string_view detail, Response& response);

/// The HTTP status of each code: the only place where they meet.
int http_status(ErrorCode code);

/// The problem of a failed operation.
Problem problem_of(const Error& error);

}  // namespace hvac::api
