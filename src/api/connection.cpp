#include "api/connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <charconv>

namespace hvac::api {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 16 * 1024;          // Read at a time, beside the header's limit.
constexpr std::size_t kPipelinedBytes = 64 * 1024;     // Answers gathered before they are sent.
constexpr std::size_t kKeptBytes = 1024 * 1024;        // Larger buffers are given back.
constexpr std::chrono::milliseconds kFarewell{1'000};  // For a refused client to read why.
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// What every answer carries: nothing may be sniffed, framed, or stored by default.
constexpr std::string_view kCommonHeaders =
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n";
constexpr std::string_view kDefaultHeaders =
    "Cache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";

void append_number(std::string& text, std::size_t number) {
  char digits[24];
  const auto written = std::to_chars(digits, digits + sizeof digits, number);
  text.append(digits, written.ptr);
}

}  // namespace

std::string_view reason_phrase(int status) {
  const auto words = http::obsolete_reason(static_cast<http::status>(status));
  return {words.data(), words.size()};
}

Connection::Connection(asio::ip::tcp::socket socket, ConnectionContext& context,
                       Admission admission)
    : socket_(std::move(socket)),
      context_(context),
      admission_(admission),
      in_(context.limits.header_bytes + kReadBytes) {
  error_code ignored;
  const auto peer = socket_.remote_endpoint(ignored);
  if (!ignored) remote_ = peer.address().to_string();
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  enter(Phase::header);  // A client that connects and says nothing has no longer than that.
}

void Connection::enter(Phase phase) {
  using namespace std::chrono_literals;
  const HttpLimits& limits = context_.limits;
  std::chrono::milliseconds time = limits.write;
  if (phase == Phase::idle) time = context_.draining ? limits.farewell : limits.idle;
  if (phase == Phase::header) time = limits.header;
  if (phase == Phase::body) time = limits.body;
  if (phase == Phase::closing) time = kFarewell;
  phase_ = phase;
  deadline_ = phase == Phase::streaming ? std::chrono::steady_clock::time_point::max()
                                        : std::chrono::steady_clock::now() + time;
}

void Connection::sweep(std::chrono::steady_clock::time_point now) {
  if (now < deadline_ || expired_) return;
  expired_ = true;
  error_code ignored;
  if (phase_ == Phase::header || phase_ == Phase::body || phase_ == Phase::idle) {
    socket_.cancel(ignored);  // The reading coroutine wakes up and says why.
  } else {
    socket_.close(ignored);
  }
}

void Connection::drain(std::chrono::steady_clock::time_point end) {
  const bool silent = phase_ == Phase::idle || (phase_ == Phase::header && !reader_);
  if (silent) deadline_ = std::min(deadline_, end);
  if (alarm_) alarm_->timer.cancel();
}

void Connection::abort() {
  error_code ignored;
  socket_.close(ignored);
}

error_code Connection::parse() {
  error_code error;
  const bool had_header = reader_->is_header_done();
  begin_ += reader_->put(asio::const_buffer(in_.data() + begin_, end_ - begin_), error);
  if (begin_ == end_) begin_ = end_ = 0;
  if (!had_header && reader_->is_header_done()) enter(Phase::body);
  return error;
}

asio::awaitable<Connection::Reading> Connection::read_request() {
  reader_.reset();
  error_code error = http::error::need_more;
  bool continued = false;
  for (;;) {
    if (begin_ < end_) {
      if (!reader_) {
        reader_.emplace(text_, context_.limits, context_.handler);
        if (phase_ != Phase::header) enter(Phase::header);
      }
      error = parse();
      if (error && error != http::error::need_more) {
        const auto refusal = reader_->refusal(error);
        refuse(refusal.status, refusal.detail);
        co_return Reading::refused;
      }
      if (reader_->is_done()) co_return Reading::complete;
      if (text_.expects_continue && reader_->is_header_done() && !continued) {
        continued = true;
        out_ += kContinue;
      }
    }
    if (!out_.empty()) {
      if (!co_await write_out()) co_return Reading::ended;
      enter(!reader_ ? Phase::idle : reader_->is_header_done() ? Phase::body : Phase::header);
    }
    if (begin_ > 0) {
      std::copy(in_.begin() + static_cast<std::ptrdiff_t>(begin_),
                in_.begin() + static_cast<std::ptrdiff_t>(end_), in_.begin());
      end_ -= begin_;
      begin_ = 0;
    }
    const auto space = asio::buffer(in_.data() + end_, in_.size() - end_);
    auto [failure, bytes] = co_await socket_.async_read_some(space, kAwait);
    if (expired_ && failure && reader_) {
      refuse(408, phase_ == Phase::header ? "the header did not arrive in time"
                                          : "the body did not arrive in time");
      co_return Reading::refused;
    }
    if (expired_ && failure) {  // A request may have come in while the time ran out.
      expired_ = false;
      bytes = socket_.read_some(space, failure);
    }
    end_ += bytes;
    if (failure) co_return Reading::ended;
  }
}

void Connection::refuse(int status, std::string_view detail) {
  response_.clear();
  context_.handler.refuse(text_.request(remote_), status, detail, response_);
  append_answer(Ending::close);
}

void Connection::append_answer(Ending ending) {
  out_ += "HTTP/1.1 ";
  append_number(out_, static_cast<std::size_t>(response_.status));
  out_ += ' ';
  out_ += reason_phrase(response_.status);
  out_ += "\r\nDate: ";
  out_ += context_.date;
  if (ending == Ending::chunks) {
    if (!text_.old_version) out_ += "\r\nTransfer-Encoding: chunked";
  } else if (response_.status != 304) {
    out_ += "\r\nContent-Length: ";
    append_number(out_, response_.body.size());
  }
  out_ += "\r\n";
  if (!response_.content_type.empty()) {
    out_ += "Content-Type: ";
    out_ += response_.content_type;
    out_ += "\r\n";
  }
  out_ += kCommonHeaders;
  out_ += response_.headers.empty() ? kDefaultHeaders : std::string_view(response_.headers);
  if (ending != Ending::keep_open) {
    out_ += "Connection: close\r\n";
  } else if (text_.old_version) {
    out_ += "Connection: keep-alive\r\n";
  }
  out_ += "\r\n";
  if (text_.method != Method::head && ending != Ending::chunks) out_ += response_.body;
}

// In HTTP/1.0 the body has no chunks and ends with the connection.
void Connection::append_piece(std::string_view piece) {
  if (piece.empty()) return;  // An empty chunk would be the end.
  if (text_.old_version) {
    out_ += piece;
    return;
  }
  char digits[24];
  const auto written = std::to_chars(digits, digits + sizeof digits, piece.size(), 16);
  out_.append(digits, written.ptr);
  out_ += "\r\n";
  out_ += piece;
  out_ += "\r\n";
}

// Without reading, nobody would notice that a client which is only sent news has gone.
void Connection::watch_client(std::shared_ptr<Alarm> alarm) {
  socket_.async_read_some(asio::buffer(&alarm->byte, 1), [this, alarm](error_code error, auto) {
    if (alarm->over) return;
    if (!error) return watch_client(alarm);
    alarm->client_gone = true;
    alarm->timer.cancel();
  });
}

asio::awaitable<void> Connection::stream_pieces(BodySource& source) {
  std::string piece;
  bool beat = false;
  while (!alarm_->client_gone && !context_.draining) {
    piece.clear();
    const BodySource::State state = source.next(piece);
    if (piece.empty() && beat) piece = source.heartbeat();
    beat = false;
    append_piece(piece);
    if (!out_.empty() && !co_await write_out()) co_return;
    if (state == BodySource::State::ended) break;
    if (state == BodySource::State::more) {  // The others of this thread first.
      co_await asio::post(socket_.get_executor(), asio::use_awaitable);
      continue;
    }
    enter(Phase::streaming);
    alarm_->timer.expires_after(context_.limits.heartbeat);
    const auto [woken] = co_await alarm_->timer.async_wait(kAwait);
    beat = !woken;
  }
  if (!text_.old_version) out_ += "0\r\n\r\n";
  co_await write_out();
}

asio::awaitable<void> Connection::stream(BodySource& source) {
  append_answer(Ending::chunks);
  if (text_.method != Method::head) {
    alarm_ = std::make_shared<Alarm>(socket_.get_executor());
    source.listen([alarm = alarm_] {
      asio::post(alarm->timer.get_executor(), [alarm] { alarm->timer.cancel(); });
    });
    watch_client(alarm_);
    co_await stream_pieces(source);
    error_code ignored;
    alarm_->over = true;
    socket_.cancel(ignored);
    alarm_.reset();
  } else {
    co_await write_out();
  }
  source.close();
}

asio::awaitable<bool> Connection::write_out() {
  error_code error;
  const std::size_t sent = socket_.write_some(asio::buffer(out_), error);
  if (error == asio::error::would_block) error = {};
  if (!error && sent < out_.size()) {
    enter(Phase::writing);
    const auto [failure, rest] = co_await asio::async_write(
        socket_, asio::buffer(out_.data() + sent, out_.size() - sent), kAwait);
    error = failure;
  }
  out_.clear();
  if (out_.capacity() > kKeptBytes) out_.shrink_to_fit();
  co_return !error;
}

// Closing with unread bytes would reset the connection and destroy the answer on its way: say that
// no more is coming and read on for a moment.
asio::awaitable<void> Connection::close() {
  error_code ignored;
  enter(Phase::closing);
  expired_ = false;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  for (;;) {
    const auto [failure, bytes] =
        co_await socket_.async_read_some(asio::buffer(in_.data(), in_.size()), kAwait);
    if (failure) break;
  }
  socket_.close(ignored);
}

asio::awaitable<void> Connection::serve() {
  for (;;) {
    const Reading reading = co_await read_request();
    if (reading == Reading::ended) break;
    if (reading == Reading::refused) {
      co_await write_out();
      break;
    }
    bool keep_open = reader_->keep_alive() && !context_.draining;
    if (admission_ == Admission::refused) {
      refuse(503, "all " + std::to_string(context_.limits.connections) +
                      " connections are in use; try again");
      keep_open = false;
    } else {
      response_.clear();
      context_.handler.handle(text_.request(remote_), response_);
      if (const auto source = response_.source) {
        co_await stream(*source);
        break;
      }
      append_answer(keep_open ? Ending::keep_open : Ending::close);
    }
    if (!keep_open) {
      co_await write_out();
      break;
    }
    // Answers to pipelined requests leave together; the next read sends what is gathered.
    if (out_.size() > kPipelinedBytes && !co_await write_out()) break;
    if (response_.body.capacity() > kKeptBytes) response_.body.shrink_to_fit();
    if (text_.body.capacity() > kKeptBytes) text_.body = {};
  }
  if (socket_.is_open()) co_await close();
}

}  // namespace hvac::api
