#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hvac::api {

enum class Method { get, head, post, other };

/// A whole request. The views are valid while it is being handled.
struct Request {
  Method method = Method::other;
  std::string_view method_text;
  std::string_view path;   ///< Without the query, not decoded: no route needs an escape.
  std::string_view query;  ///< What follows '?', not decoded.
  std::string_view content_type;
  std::string_view accept_encoding;
  std::string_view if_none_match;
  std::string_view remote;  ///< The peer's address.
  std::string_view body;
};

/// What is answered. Reused from request to request, so that its memory is.
struct Response {
  int status = 200;
  std::string_view content_type;  ///< Text that lives as long as the program.
  std::string headers;            ///< Further header lines, each ended by CRLF.
  std::string body;

  void clear() {
    status = 200;
    content_type = {};
    headers.clear();
    body.clear();
  }
};

/// The standard's words for a status, "Not Found".
std::string_view reason_phrase(int status);

/// What the server asks for answers. One per server thread, called from that thread only.
class Handler {
 public:
  virtual ~Handler() = default;

  /// The most bytes a body sent to `path` may have.
  virtual std::size_t body_limit(std::string_view path) const = 0;

  /// Answers `request`. Must not throw for anything a client can send.
  virtual void handle(const Request& request, Response& response) = 0;

  /// Answers for the server when it cannot read a request: `detail` says why. `request` holds
  /// what was understood before that.
  virtual void refuse(const Request& request, int status, std::string_view detail,
                      Response& response) = 0;
};

}  // namespace hvac::api
