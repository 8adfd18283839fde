#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/http.h"
#include "base/result.h"

namespace hvac::api {

class Tls;

/// What a client may ask of the server. Each limit has its own answer.
struct HttpLimits {
  std::uint32_t header_bytes = 16 * 1024;       ///< More: 431.
  std::size_t target_bytes = 4 * 1024;          ///< More: 414.
  std::size_t connections = 1024;               ///< More: 503 and the connection is closed.
  std::chrono::milliseconds header{10'000};     ///< For a whole header, from its first byte: 408.
  std::chrono::milliseconds body{30'000};       ///< For a whole body, from the header's end: 408.
  std::chrono::milliseconds idle{75'000};       ///< Between requests: the connection is closed.
  std::chrono::milliseconds write{30'000};      ///< For a client to take an answer: closed.
  std::chrono::milliseconds heartbeat{15'000};  ///< Of a body that waits for events.
  std::chrono::milliseconds drain{10'000};      ///< For what is under way when the server stops.
  std::chrono::milliseconds farewell{5'000};  ///< While stopping: a line silent so long is closed.
};

struct HttpOptions {
  std::string bind = "127.0.0.1";
  std::uint16_t port = 8000;  ///< 0: any free one.
  /// A listening socket to take over instead of opening one at `bind` and `port`. Whoever handed it
  /// over keeps it open: what comes while this server restarts waits in its queue.
  std::optional<int> listener;
  unsigned threads = 1;
  HttpLimits limits;
  std::shared_ptr<const Tls> tls;  ///< Null: as it is, without TLS.
};

/// An HTTP/1.1 server: keep-alive, pipelining, chunked bodies, limits, and a stop that loses no
/// request. Each connection lives on one thread. All members may be called from any thread.
class HttpServer {
 public:
  /// Listens and serves at once; `make_handler` is called once per thread.
  /// Errors: invalid_argument for an address that is none; unavailable when the port is taken.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(
      const HttpOptions& options, const std::function<std::unique_ptr<Handler>()>& make_handler);

  /// Drains and waits.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;
  std::size_t connections() const;

  /// Accepts nothing new, answers what is under way, and asks clients to close. Returns at once.
  void drain();

  /// Returns when everything is answered after `drain`, or its time is up.
  void wait();

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hvac::api
