#include "api/http_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <memory>
#include <optional>
#include <utility>

namespace hvac::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;

struct Address {
  bool secure = false;
  std::string host;
  std::string port;
  std::string path = "/";
};

std::optional<Address> parse_address(std::string_view url) {
  Address address;
  for (const auto& [scheme, port] :
       {std::pair<std::string_view, std::string_view>{"http://", "80"}, {"https://", "443"}}) {
    if (!url.starts_with(scheme)) continue;
    address.secure = scheme == "https://";
    address.port = port;
    url.remove_prefix(scheme.size());
  }
  if (address.port.empty()) return std::nullopt;
  const std::size_t slash = url.find('/');
  if (slash != std::string_view::npos) address.path = url.substr(slash);
  std::string_view authority = url.substr(0, slash);
  const std::size_t bracket = authority.find(']');  // An IPv6 address holds colons.
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) address.port = authority.substr(colon + 1);
  authority = authority.substr(0, colon);
  if (authority.starts_with('[') && authority.ends_with(']')) {
    authority = authority.substr(1, authority.size() - 2);
  }
  address.host = authority;
  if (address.host.empty() || address.port.empty()) return std::nullopt;
  return address;
}

std::shared_ptr<ssl::context> client_context(const HttpIdentity& identity, error_code& error) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  context->set_verify_mode(ssl::verify_peer);
  context->set_default_verify_paths(error);
  if (!error && !identity.authority.empty()) {
    context->load_verify_file(identity.authority.string(), error);
  }
  return context;
}

/// One exchange: runs the steps one after the other on its own io_context.
class Exchange {
 public:
  Exchange(const Address& address, http::verb verb, std::string body,
           std::chrono::milliseconds timeout, const HttpIdentity& identity)
      : address_(address), request_(verb, address.path, 11, std::move(body)), resolver_(context_) {
    if (verb == http::verb::post) {
      request_.set(http::field::content_type, "application/json");
      request_.prepare_payload();
    }
    if (!identity.key.empty()) request_.set("X-API-Key", identity.key);
    request_.set(http::field::host, host_header());
    request_.set(http::field::connection, "close");
    tls_ = client_context(identity, error_);
    if (error_) return;
    stream_.emplace(context_, *tls_);
    lowest().expires_after(timeout);
    resolver_.async_resolve(address.host, address.port, [this](error_code error, auto found) {
      if (failed(error)) return;
      lowest().async_connect(found, [this](error_code e, const auto&) { shake_hands(e); });
    });
    context_.run_for(timeout);
    if (!done_ && !error_) error_ = beast::error::timeout;
  }
  error_code error() const { return error_; }
  HttpAnswer answer() {
    return {static_cast<int>(response_.result_int()), std::move(response_.body())};
  }

 private:
  using Secure = ssl::stream<beast::tcp_stream>;
  beast::tcp_stream& lowest() { return stream_->next_layer(); }
  std::string host_header() const {
    const bool six = address_.host.find(':') != std::string::npos;
    return (six ? "[" + address_.host + "]" : address_.host) + ":" + address_.port;
  }
  bool failed(error_code error) {
    if (error) error_ = error;
    return static_cast<bool>(error);
  }
  void shake_hands(error_code error) {
    if (failed(error)) return;
    if (!address_.secure) return write(error);
    error_code is_name;
    asio::ip::make_address(address_.host, is_name);
    if (is_name) SSL_set_tlsext_host_name(stream_->native_handle(), address_.host.c_str());
    stream_->set_verify_callback(ssl::host_name_verification(address_.host));
    stream_->async_handshake(ssl::stream_base::client, [this](error_code e) { write(e); });
  }
  void write(error_code error) {
    if (failed(error)) return;
    const auto next = [this](error_code e, std::size_t) { read(e); };
    address_.secure ? http::async_write(*stream_, request_, next)
                    : http::async_write(lowest(), request_, next);
  }
  void read(error_code error) {
    if (failed(error)) return;
    const auto next = [this](error_code e, std::size_t) { done_ = !failed(e); };
    address_.secure ? http::async_read(*stream_, buffer_, response_, next)
                    : http::async_read(lowest(), buffer_, response_, next);
  }

  const Address& address_;
  asio::io_context context_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
  beast::flat_buffer buffer_;
  std::shared_ptr<ssl::context> tls_;
  std::optional<Secure> stream_;  ///< Of an http address only what is below TLS is used.
  asio::ip::tcp::resolver resolver_;
  error_code error_;
  bool done_ = false;
};

Result<HttpAnswer> exchange(std::string_view url, http::verb verb, std::string body,
                            std::chrono::milliseconds timeout, const HttpIdentity& identity) {
  const auto address = parse_address(url);
  if (!address) {
    return fail(ErrorCode::invalid_argument,
                "\"" + std::string(url) + "\" is no address such as http://127.0.0.1:8000");
  }
  Exchange exchange(*address, verb, std::move(body), timeout, identity);
  if (exchange.error() == beast::error::timeout) {
    return fail(ErrorCode::timed_out,
                std::string(url) + ": no answer within " + std::to_string(timeout.count()) + " ms");
  }
  if (exchange.error()) {
    return fail(ErrorCode::unavailable, std::string(url) + ": " + exchange.error().message());
  }
  return exchange.answer();
}

}  // namespace

Result<HttpAnswer> http_get(std::string_view url, std::chrono::milliseconds timeout,
                            const HttpIdentity& identity) {
  return exchange(url, http::verb::get, {}, timeout, identity);
}

Result<HttpAnswer> http_post(std::string_view url, std::string body,
                             std::chrono::milliseconds timeout, const HttpIdentity& identity) {
  return exchange(url, http::verb::post, std::move(body), timeout, identity);
}

}  // namespace hvac::api
