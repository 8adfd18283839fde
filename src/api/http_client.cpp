#include "api/http_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>

namespace hvac::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

struct Address {
  std::string host;
  std::string port = "80";
  std::string path = "/";
};

std::optional<Address> parse_address(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return std::nullopt;
  url.remove_prefix(kScheme.size());
  Address address;
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

/// One exchange: runs the steps one after the other on its own io_context.
class Exchange {
 public:
  Exchange(const Address& address, http::verb verb, std::string body,
           std::chrono::milliseconds timeout)
      : request_(verb, address.path, 11, std::move(body)), stream_(context_), resolver_(context_) {
    if (verb == http::verb::post) {
      request_.set(http::field::content_type, "application/json");
      request_.prepare_payload();
    }
    request_.set(http::field::host, address.host);
    request_.set(http::field::connection, "close");
    stream_.expires_after(timeout);
    resolver_.async_resolve(address.host, address.port, [this](error_code error, auto found) {
      if (failed(error)) return;
      stream_.async_connect(found, [this](error_code e, const auto&) { write(e); });
    });
    context_.run_for(timeout);
    if (!done_ && !error_) error_ = beast::error::timeout;
  }
  error_code error() const { return error_; }
  HttpAnswer answer() {
    return {static_cast<int>(response_.result_int()), std::move(response_.body())};
  }

 private:
  bool failed(error_code error) {
    if (error) error_ = error;
    return static_cast<bool>(error);
  }
  void write(error_code error) {
    if (failed(error)) return;
    http::async_write(stream_, request_, [this](error_code e, std::size_t) { read(e); });
  }
  void read(error_code error) {
    if (failed(error)) return;
    http::async_read(stream_, buffer_, response_,
                     [this](error_code e, std::size_t) { done_ = !failed(e); });
  }

  asio::io_context context_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
  beast::flat_buffer buffer_;
  beast::tcp_stream stream_;
  asio::ip::tcp::resolver resolver_;
  error_code error_;
  bool done_ = false;
};

Result<HttpAnswer> exchange(std::string_view url, http::verb verb, std::string body,
                            std::chrono::milliseconds timeout) {
  const auto address = parse_address(url);
  if (!address) {
    return fail(ErrorCode::invalid_argument,
                "\"" + std::string(url) + "\" is no address such as http://127.0.0.1:8000");
  }
  Exchange exchange(*address, verb, std::move(body), timeout);
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

Result<HttpAnswer> http_get(std::string_view url, std::chrono::milliseconds timeout) {
  return exchange(url, http::verb::get, {}, timeout);
}

Result<HttpAnswer> http_post(std::string_view url, std::string body,
                             std::chrono::milliseconds timeout) {
  return exchange(url, http::verb::post, std::move(body), timeout);
}

}  // namespace hvac::api
