#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace hvac {

/// Why an operation that may legitimately fail did fail. The list is closed:
/// api/ maps each code to one HTTP status and app/ to one exit code.
enum class ErrorCode {
  invalid_argument,  ///< The caller can fix the request.
  out_of_range,      ///< A value is outside the documented physical range.
  not_found,
  conflict,     ///< Valid request, wrong state (e.g. promoting a retired model).
  rejected,     ///< A gate said no: too little data, worse than the current model.
  corrupt,      ///< Stored bytes do not match their checksum or schema.
  unavailable,  ///< A peer or disk is down; retrying may help.
  timed_out,
  interrupted,  ///< The operator or the system asked to stop; nothing is half-applied.
};

struct Error {
  ErrorCode code;
  std::string message;  ///< For an operator: names the thing, the value and the limit.
};

template <class T>
using Result = tl::expected<T, Error>;

/// `return fail(ErrorCode::not_found, "model 17");` in any function returning a Result.
inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace hvac
