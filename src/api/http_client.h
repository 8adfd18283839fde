#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hvac::api {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

/// Who asks, and whom to trust.
struct HttpIdentity {
  std::string key;                  ///< API key; empty: none.
  std::filesystem::path authority;  ///< PEM of whom to trust besides the system's authorities.
};

/// The answer to GET `url` ("http[s]://HOST[:PORT][/PATH]"), waited for no longer than `timeout`.
/// Errors: invalid_argument for another kind of address; unavailable when nobody answers, or nobody
///         trusted; timed_out.
[[nodiscard]] Result<HttpAnswer> http_get(std::string_view url, std::chrono::milliseconds timeout,
                                          const HttpIdentity& identity = {});

/// The same for POST of a JSON body.
[[nodiscard]] Result<HttpAnswer> http_post(std::string_view url, const std::string& body,
                                           std::chrono::milliseconds timeout,
                                           const HttpIdentity& identity = {});

}  // namespace hvac::api
