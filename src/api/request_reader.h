#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <string>

#include "api/http.h"
#include "api/http_server.h"

namespace hvac::api {

/// Reads one HTTP/1.1 request into memory that is kept from request to request. Only for .cpp
/// files of the server: this header is heavy. One thread.
class RequestReader : public boost::beast::http::basic_parser<true> {
 public:
  /// The text of a request; survives the reader that filled it in.
  struct Text {
    Method method = Method::other;
    std::string method_text, target, content_type, accept_encoding, if_none_match, body;
    std::string host, origin, authorization, api_key, idempotency_key, last_event_id;
    bool expects_continue = false;
    bool old_version = false;  ///< HTTP/1.0: keeping the connection must be said.

    void clear();
    Request request(std::string_view remote) const;
  };

  RequestReader(Text& text, const HttpLimits& limits, const Handler& handler);

  /// The status that answers a request which could not be read, and why in words.
  struct Refusal {
    int status;
    std::string detail;
  };
  Refusal refusal(const boost::system::error_code& error) const;

 private:
  using Error = boost::beast::error_code;
  using View = boost::beast::string_view;
  void on_request_impl(boost::beast::http::verb method, View method_text, View target, int version,
                       Error& error) override;
  void on_field_impl(boost::beast::http::field name, View name_text, View value,
                     Error& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Error& error) override;
  std::size_t on_body_impl(View part, Error& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t remaining, View part, Error& error) override;
  void on_response_impl(int, View, int, Error&) override {}
  void on_header_impl(Error&) override {}
  void on_chunk_header_impl(std::uint64_t, View, Error&) override {}
  void on_finish_impl(Error&) override {}

  Text& text_;
  const HttpLimits& limits_;
  const Handler& handler_;
  std::size_t body_limit_ = 0;
  bool target_too_long_ = false;
};

}  // namespace hvac::api
