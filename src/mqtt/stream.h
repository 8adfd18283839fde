#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <memory>

#include "base/result.h"
#include "mqtt/client.h"

/// Internal to the module: bytes to and from a broker, plain or through TLS. Heavy to include.
namespace hvac::mqtt {

/// One connection. Used on one io_context's thread.
class Stream {
 public:
  virtual ~Stream() = default;
  struct Outcome {
    boost::system::error_code error;
    std::size_t bytes = 0;
  };
  virtual boost::asio::awaitable<Outcome> read_some(boost::asio::mutable_buffer buffer) = 0;
  /// The whole buffer.
  virtual boost::asio::awaitable<Outcome> write(boost::asio::const_buffer buffer) = 0;
};

/// Resolves, connects and shakes hands. Errors: unavailable, naming the broker and the reason;
/// invalid_argument for files of certificates that cannot be used.
boost::asio::awaitable<Result<std::unique_ptr<Stream>>> open_stream(const ClientOptions& options);

/// "MQTT broker HOST:PORT".
std::string broker_name(const Address& address);

}  // namespace hvac::mqtt
