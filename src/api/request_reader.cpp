#include "api/request_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

namespace hvac::api {
namespace {

namespace http = boost::beast::http;

Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::get;
    case http::verb::head:
      return Method::head;
    case http::verb::post:
      return Method::post;
    default:
      return Method::other;
  }
}

// "http://host/path" is how a proxy asks for "/path" (RFC 9112, 3.2.2).
std::string_view without_authority(std::string_view target) {
  const std::size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return target;
  const std::size_t path = target.find('/', scheme + 3);
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

}  // namespace

void RequestReader::Text::clear() {
  method = Method::other;
  method_text.clear();
  target.clear();
  content_type.clear();
  accept_encoding.clear();
  if_none_match.clear();
  host.clear();
  origin.clear();
  authorization.clear();
  api_key.clear();
  idempotency_key.clear();
  last_event_id.clear();
  body.clear();
  expects_continue = false;
  old_version = false;
}

Request RequestReader::Text::request(std::string_view remote) const {
  Request request;
  request.method = method;
  request.method_text = method_text;
  const std::string_view whole = target;
  const std::size_t mark = whole.find('?');
  request.path = whole.substr(0, mark);
  if (mark != std::string_view::npos) request.query = whole.substr(mark + 1);
  request.content_type = content_type;
  request.accept_encoding = accept_encoding;
  request.if_none_match = if_none_match;
  request.host = host;
  request.origin = origin;
  request.authorization = authorization;
  request.api_key = api_key;
  request.idempotency_key = idempotency_key;
  request.last_event_id = last_event_id;
  request.remote = remote;
  request.body = body;
  return request;
}

RequestReader::RequestReader(Text& text, const HttpLimits& limits, const Handler& handler)
    : text_(text), limits_(limits), handler_(handler) {
  text_.clear();
  header_limit(limits.header_bytes);
  eager(true);
}

void RequestReader::on_request_impl(http::verb method, View method_text, View target, int version,
                                    Error& error) {
  text_.method = method_of(method);
  text_.old_version = version < 11;
  text_.method_text.assign(method_text.data(), method_text.size());
  if (target.size() > limits_.target_bytes) {
    error = http::error::bad_target;
    target_too_long_ = true;
    return;
  }
  text_.target = without_authority({target.data(), target.size()});
  const std::string_view whole = text_.target;
  body_limit_ = handler_.body_limit(whole.substr(0, whole.find('?')));
  body_limit(body_limit_);
}

void RequestReader::on_field_impl(http::field name, View name_text, View value, Error&) {
  const auto keep = [&](std::string& place) { place.assign(value.data(), value.size()); };
  switch (name) {
    case http::field::content_type:
      return keep(text_.content_type);
    case http::field::accept_encoding:
      return keep(text_.accept_encoding);
    case http::field::if_none_match:
      return keep(text_.if_none_match);
    case http::field::host:
      return keep(text_.host);
    case http::field::origin:
      return keep(text_.origin);
    case http::field::authorization:
      return keep(text_.authorization);
    case http::field::expect:
      text_.expects_continue = boost::beast::iequals(value, "100-continue");
      return;
    case http::field::unknown:
      if (boost::beast::iequals(name_text, "X-API-Key")) return keep(text_.api_key);
      if (boost::beast::iequals(name_text, "Idempotency-Key")) return keep(text_.idempotency_key);
      if (boost::beast::iequals(name_text, "Last-Event-ID")) return keep(text_.last_event_id);
      return;
    default:
      return;
  }
}

void RequestReader::on_body_init_impl(const boost::optional<std::uint64_t>& length, Error&) {
  // A promise is not yet a body: do not set much aside for it.
  constexpr std::uint64_t kMost = 64 * 1024;
  if (length) text_.body.reserve(static_cast<std::size_t>(std::min(*length, kMost)));
}

std::size_t RequestReader::on_body_impl(View part, Error&) {
  text_.body.append(part.data(), part.size());
  return part.size();
}

std::size_t RequestReader::on_chunk_body_impl(std::uint64_t, View part, Error& error) {
  return on_body_impl(part, error);
}

RequestReader::Refusal RequestReader::refusal(const boost::system::error_code& error) const {
  if (error == http::error::header_limit) {
    return {431, fmt::format("the header is longer than {} bytes", limits_.header_bytes)};
  }
  if (error == http::error::body_limit) {
    return {413, fmt::format("the body is longer than the {} bytes that {} takes", body_limit_,
                             std::string_view(text_.target).substr(0, text_.target.find('?')))};
  }
  if (target_too_long_) {
    return {414, fmt::format("the target is longer than {} bytes", limits_.target_bytes)};
  }
  if (error == http::error::bad_version) {
    return {505, "only HTTP/1.0 and HTTP/1.1 are understood"};
  }
  return {400, "this is no HTTP request: " + error.message()};
}

}  // namespace hvac::api
