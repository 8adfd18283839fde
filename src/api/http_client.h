#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hvac::api {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

/// The answer to GET `url` ("http://HOST[:PORT][/PATH]"), waited for no longer than `timeout`.
/// Errors: invalid_argument for another kind of address; unavailable when nobody answers;
///         timed_out.
[[nodiscard]] Result<HttpAnswer> http_get(std::string_view url, std::chrono::milliseconds timeout);

/// The same for POST of a JSON body.
[[nodiscard]] Result<HttpAnswer> http_post(std::string_view url, std::string body,
                                           std::chrono::milliseconds timeout);

}  // namespace hvac::api
