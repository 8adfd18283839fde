#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "api/http.h"
#include "api/http_server.h"

namespace boost::asio::ssl {
class context;
}

namespace hvac::api {

/// What the connections of one thread share. All of it belongs to that thread.
struct ConnectionContext {
  const HttpLimits& limits;
  Handler& handler;
  std::string date;       ///< Value of the Date header, renewed by the sweep.
  bool draining = false;  ///< Every answer now closes its connection.
};

/// One client, from accepting to closing. One thread.
class Connection {
 public:
  enum class Admission { normal, refused };  ///< Refused: one 503 and the end.

  /// With `tls` the client must shake hands first; null: as it is.
  static std::unique_ptr<Connection> make(boost::asio::ip::tcp::socket socket,
                                          ConnectionContext& context, Admission admission,
                                          std::shared_ptr<boost::asio::ssl::context> tls);
  virtual ~Connection() = default;

  /// Serves requests until the client, a limit or the drain ends it.
  virtual boost::asio::awaitable<void> serve() = 0;

  /// Ends what lasted too long. Called every now and then by the thread's sweep.
  virtual void sweep(std::chrono::steady_clock::time_point now) = 0;

  /// Gives a client that says nothing the rest of `HttpLimits::farewell` for one last request.
  virtual void drain() = 0;

  /// Ends it now, answered or not.
  virtual void abort() = 0;
};

}  // namespace hvac::api
