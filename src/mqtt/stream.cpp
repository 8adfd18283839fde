#include "mqtt/stream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace hvac::mqtt {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);

tl::unexpected<Error> lost(const Address& address, const std::string& why) {
  return fail(ErrorCode::unavailable, broker_name(address) + ": " + why);
}

template <class Socket>
class StreamOver final : public Stream {
 public:
  template <class... Arguments>
  explicit StreamOver(Arguments&&... arguments) : socket(std::forward<Arguments>(arguments)...) {}

  asio::awaitable<Outcome> read_some(asio::mutable_buffer buffer) override {
    const auto [error, bytes] = co_await socket.async_read_some(buffer, kQuiet);
    co_return Outcome{error, bytes};
  }
  asio::awaitable<Outcome> write(asio::const_buffer buffer) override {
    const auto [error, bytes] = co_await asio::async_write(socket, buffer, kQuiet);
    co_return Outcome{error, bytes};
  }

  Socket socket;
};

// A TLS socket and the context that must outlive it.
struct TlsSocket {
  using executor_type = tcp::socket::executor_type;
  TlsSocket(asio::ssl::context made, tcp::socket plain)
      : context(std::move(made)), stream(std::move(plain), context) {}
  template <class Buffer, class Token>
  auto async_read_some(const Buffer& buffer, Token&& token) {
    return stream.async_read_some(buffer, std::forward<Token>(token));
  }
  template <class Buffer, class Token>
  auto async_write_some(const Buffer& buffer, Token&& token) {
    return stream.async_write_some(buffer, std::forward<Token>(token));
  }
  executor_type get_executor() { return stream.get_executor(); }

  asio::ssl::context context;
  asio::ssl::stream<tcp::socket> stream;
};

Result<asio::ssl::context> make_context(const Tls& tls) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  boost::system::error_code error;
  context.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, error);
  context.set_verify_mode(asio::ssl::verify_peer, error);
  const auto unusable = [&](const std::filesystem::path& file) {
    return fail(ErrorCode::invalid_argument,
                "TLS file " + file.string() + " cannot be used: " + error.message());
  };
  if (tls.authority.empty()) {
    context.set_default_verify_paths(error);
  } else {
    context.load_verify_file(tls.authority.string(), error);
  }
  if (error) return unusable(tls.authority);
  if (!tls.certificate.empty()) {
    context.use_certificate_chain_file(tls.certificate.string(), error);
    if (error) return unusable(tls.certificate);
    context.use_private_key_file(tls.key.string(), asio::ssl::context::pem, error);
    if (error) return unusable(tls.key);
  }
  return context;
}

asio::awaitable<Result<std::unique_ptr<Stream>>> shake_hands(const ClientOptions& options,
                                                             tcp::socket socket) {
  const std::string& host = options.address.host;
  Result<asio::ssl::context> context = make_context(options.tls);
  if (!context) co_return fail(context.error());
  auto stream = std::make_unique<StreamOver<TlsSocket>>(std::move(*context), std::move(socket));
  auto& tls = stream->socket.stream;
  boost::system::error_code refused;
  tls.set_verify_callback(asio::ssl::host_name_verification(host), refused);
  SSL_set_tlsext_host_name(tls.native_handle(), host.c_str());
  const auto [error] = co_await tls.async_handshake(asio::ssl::stream_base::client, kQuiet);
  if (error) co_return lost(options.address, "TLS: " + error.message());
  co_return std::unique_ptr<Stream>(std::move(stream));
}

}  // namespace

std::string broker_name(const Address& address) {
  return "MQTT broker " + address.host + ":" + std::to_string(address.port);
}

asio::awaitable<Result<std::unique_ptr<Stream>>> open_stream(const ClientOptions& options) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  const Address& address = options.address;
  const auto [unknown, endpoints] =
      co_await resolver.async_resolve(address.host, std::to_string(address.port), kQuiet);
  if (unknown) co_return lost(address, unknown.message());
  tcp::socket socket(executor);
  const auto [refused, endpoint] = co_await asio::async_connect(socket, endpoints, kQuiet);
  if (refused) co_return lost(address, refused.message());
  boost::system::error_code ignored;  // An option that is not there costs only speed.
  socket.set_option(tcp::no_delay(true), ignored);
  if (address.tls) co_return co_await shake_hands(options, std::move(socket));
  co_return std::make_unique<StreamOver<tcp::socket>>(std::move(socket));
}

}  // namespace hvac::mqtt
