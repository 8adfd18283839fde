#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "access/role.h"

namespace hvac::api {

class BodySource;

enum class Method { get, head, post, other };

using access::Role;

/// A part of the path that a route names, "asset" and "demo-cooler". Not decoded.
struct PathParameter {
  std::string_view name;
  std::string_view value;
};
inline constexpr std::size_t kMaxPathParameters = 2;
using PathParameters = std::array<PathParameter, kMaxPathParameters>;

/// A whole request. The views are valid while it is being handled. Values of its path, query and
/// body are read through api/request_values.h.
struct Request {
  Method method = Method::other;
  std::string_view method_text;
  std::string_view path;   ///< Without the query, not decoded.
  std::string_view query;  ///< What follows '?', not decoded.
  std::string_view content_type;
  std::string_view accept_encoding;
  std::string_view if_none_match;
  std::string_view host;
  std::string_view origin;  ///< Of a page that asks; empty for programs.
  std::string_view authorization;
  std::string_view api_key;          ///< Of the header X-API-Key.
  std::string_view idempotency_key;  ///< Of the header Idempotency-Key.
  std::string_view last_event_id;    ///< Of the header Last-Event-ID.
  std::string_view remote;           ///< The peer's address.
  std::string_view body;
  PathParameters parameters{};        ///< Filled in by the service, as the route names them.
  std::string_view caller = "local";  ///< Who asks: the name of the key, filled in by the service.
  Role role = Role::admin;            ///< What the caller may do.
};

/// What is answered. Reused from request to request, so that its memory is.
struct Response {
  int status = 200;
  std::string_view content_type;       ///< Text that lives as long as the program.
  std::string headers;                 ///< Further header lines, each ended by CRLF.
  std::string body;                    ///< Not looked at when there is a `source`.
  std::shared_ptr<BodySource> source;  ///< A body that comes bit by bit (api/body_source.h).

  void clear() {
    status = 200;
    content_type = {};
    headers.clear();
    body.clear();
    source.reset();
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
