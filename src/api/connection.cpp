#include "api/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "api/body_source.h"
#include "api/request_reader.h"

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

/// What a body that waits is woken by: news, the heartbeat, or the client going away.
struct Alarm {
  explicit Alarm(const asio::any_io_executor& executor) : timer(executor) {}
  asio::steady_timer timer;
  std::array<char, 512> bytes{};  ///< Whatever the client still sends.
  bool client_gone = false;
  bool over = false;  ///< The connection is no longer interested.
};

/// `Stream` is a socket, or one with TLS around it.
template <class Stream>
class StreamConnection : public Connection {
 public:
  StreamConnection(Stream stream, std::shared_ptr<asio::ssl::context> tls,
                   ConnectionContext& context, Admission admission);

  asio::awaitable<void> serve() override;
  void sweep(std::chrono::steady_clock::time_point now) override;
  void drain() override;
  void abort() override;

 private:
  static constexpr bool kTls = !std::same_as<Stream, asio::ip::tcp::socket>;
  enum class Phase { idle, header, body, writing, streaming, closing };
  enum class Reading { complete, refused, ended };
  enum class Ending { close, keep_open, chunks };  ///< How the client knows where an answer ends.

  asio::ip::tcp::socket& socket() {
    if constexpr (kTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }
  asio::awaitable<void> serve_requests();
  asio::awaitable<Reading> read_request();
  asio::awaitable<bool> write_out();
  asio::awaitable<void> close();
  asio::awaitable<void> send_source(BodySource& source);
  asio::awaitable<void> send_pieces(BodySource& source);
  void watch_client(std::shared_ptr<Alarm> alarm);
  error_code parse();
  void enter(Phase phase);
  void append_answer(Ending ending);
  void append_piece(std::string_view piece);
  void refuse(int status, std::string_view detail);

  std::shared_ptr<asio::ssl::context> tls_;  ///< Must outlive the stream.
  Stream stream_;
  ConnectionContext& context_;
  Admission admission_;
  std::string remote_;
  Phase phase_ = Phase::idle;
  bool expired_ = false;
  std::chrono::steady_clock::time_point since_;  ///< In this phase.
  std::chrono::steady_clock::time_point deadline_;
  std::vector<char> in_;  ///< Bytes begin_..end_ are read but not yet understood.
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  RequestReader::Text text_;
  std::optional<RequestReader> reader_;
  Response response_;
  std::shared_ptr<Alarm> alarm_;  ///< While a body waits.
  std::string out_;
};

template <class Stream>
StreamConnection<Stream>::StreamConnection(Stream stream, std::shared_ptr<asio::ssl::context> tls,
                                           ConnectionContext& context, Admission admission)
    : tls_(std::move(tls)),
      stream_(std::move(stream)),
      context_(context),
      admission_(admission),
      in_(context.limits.header_bytes + kReadBytes) {
  error_code ignored;
  const auto peer = socket().remote_endpoint(ignored);
  if (!ignored) remote_ = peer.address().to_string();
  socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  socket().non_blocking(true, ignored);
  enter(Phase::header);  // A client that connects and says nothing has no longer than that.
}

template <class Stream>
void StreamConnection<Stream>::enter(Phase phase) {
  using namespace std::chrono_literals;
  const HttpLimits& limits = context_.limits;
  std::chrono::milliseconds time = limits.write;
  if (phase == Phase::idle) time = context_.draining ? limits.farewell : limits.idle;
  if (phase == Phase::header) time = limits.header;
  if (phase == Phase::body) time = limits.body;
  if (phase == Phase::closing) time = kFarewell;
  phase_ = phase;
  since_ = std::chrono::steady_clock::now();
  deadline_ =
      phase == Phase::streaming ? std::chrono::steady_clock::time_point::max() : since_ + time;
}

template <class Stream>
void StreamConnection<Stream>::sweep(std::chrono::steady_clock::time_point now) {
  if (now < deadline_ || expired_) return;
  expired_ = true;
  error_code ignored;
  if (phase_ == Phase::header || phase_ == Phase::body || phase_ == Phase::idle) {
    socket().cancel(ignored);  // The reading coroutine wakes up and says why.
  } else {
    socket().close(ignored);
  }
}

template <class Stream>
void StreamConnection<Stream>::drain() {
  const bool silent = phase_ == Phase::idle || (phase_ == Phase::header && !reader_);
  if (silent) deadline_ = std::min(deadline_, since_ + context_.limits.farewell);
  if (alarm_) alarm_->timer.cancel();
}

template <class Stream>
void StreamConnection<Stream>::abort() {
  error_code ignored;
  socket().close(ignored);
}

template <class Stream>
error_code StreamConnection<Stream>::parse() {
  error_code error;
  const bool had_header = reader_->is_header_done();
  begin_ += reader_->put(asio::const_buffer(in_.data() + begin_, end_ - begin_), error);
  if (begin_ == end_) begin_ = end_ = 0;
  if (!had_header && reader_->is_header_done()) enter(Phase::body);
  return error;
}

template <class Stream>
auto StreamConnection<Stream>::read_request() -> asio::awaitable<Reading> {
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
    auto [failure, bytes] = co_await stream_.async_read_some(space, kAwait);
    const bool expired = std::exchange(expired_, false) && failure;
    if (expired && reader_) {
      refuse(408, phase_ == Phase::header ? "the header did not arrive in time"
                                          : "the body did not arrive in time");
      co_return Reading::refused;
    }
    if (expired) {  // A request may have come in while the time ran out.
      error_code ignored;
      if (socket().available(ignored) == 0) co_return Reading::ended;
      enter(Phase::header);
      continue;
    }
    end_ += bytes;
    if (failure) co_return Reading::ended;
  }
}

template <class Stream>
void StreamConnection<Stream>::refuse(int status, std::string_view detail) {
  response_.clear();
  context_.handler.refuse(text_.request(remote_), status, detail, response_);
  append_answer(Ending::close);
}

template <class Stream>
void StreamConnection<Stream>::append_answer(Ending ending) {
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
  if (!response_.headers.starts_with("Content-Security-Policy:")) out_ += kDefaultHeaders;
  out_ += response_.headers;
  if (ending != Ending::keep_open) {
    out_ += "Connection: close\r\n";
  } else if (text_.old_version) {
    out_ += "Connection: keep-alive\r\n";
  }
  out_ += "\r\n";
  if (text_.method != Method::head && ending != Ending::chunks) out_ += response_.body;
}

// In HTTP/1.0 the body has no chunks and ends with the connection.
template <class Stream>
void StreamConnection<Stream>::append_piece(std::string_view piece) {
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
template <class Stream>
void StreamConnection<Stream>::watch_client(std::shared_ptr<Alarm> alarm) {
  stream_.async_read_some(asio::buffer(alarm->bytes), [this, alarm](error_code error, auto) {
    if (alarm->over) return;
    if (!error) return watch_client(alarm);
    alarm->client_gone = true;
    alarm->timer.cancel();
  });
}

template <class Stream>
asio::awaitable<void> StreamConnection<Stream>::send_pieces(BodySource& source) {
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
      co_await asio::post(stream_.get_executor(), asio::use_awaitable);
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

template <class Stream>
asio::awaitable<void> StreamConnection<Stream>::send_source(BodySource& source) {
  append_answer(Ending::chunks);
  if (text_.method != Method::head) {
    alarm_ = std::make_shared<Alarm>(stream_.get_executor());
    source.listen([alarm = alarm_] {
      asio::post(alarm->timer.get_executor(), [alarm] { alarm->timer.cancel(); });
    });
    watch_client(alarm_);
    co_await send_pieces(source);
    error_code ignored;
    alarm_->over = true;
    socket().cancel(ignored);
    alarm_.reset();
  } else {
    co_await write_out();
  }
  source.close();
}

template <class Stream>
asio::awaitable<bool> StreamConnection<Stream>::write_out() {
  error_code error;
  std::size_t sent = 0;
  if constexpr (!kTls) {  // At once, without a trip through the event loop, if the socket takes it.
    sent = stream_.write_some(asio::buffer(out_), error);
    if (error == asio::error::would_block) error = {};
  }
  if (!error && sent < out_.size()) {
    enter(Phase::writing);
    const auto [failure, rest] = co_await asio::async_write(
        stream_, asio::buffer(out_.data() + sent, out_.size() - sent), kAwait);
    error = failure;
  }
  out_.clear();
  if (out_.capacity() > kKeptBytes) out_.shrink_to_fit();
  co_return !error;
}

// Closing with unread bytes would reset the connection and destroy the answer on its way: say that
// no more is coming and read on for a moment.
template <class Stream>
asio::awaitable<void> StreamConnection<Stream>::close() {
  error_code ignored;
  enter(Phase::closing);
  expired_ = false;
  if constexpr (kTls) {
    co_await stream_.async_shutdown(kAwait);
    if (!socket().is_open()) co_return;
  }
  socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  for (;;) {
    const auto [failure, bytes] =
        co_await socket().async_read_some(asio::buffer(in_.data(), in_.size()), kAwait);
    if (failure) break;
  }
  socket().close(ignored);
}

template <class Stream>
asio::awaitable<void> StreamConnection<Stream>::serve() {
  if constexpr (kTls) {
    const auto [failed] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kAwait);
    if (failed) co_return;
  }
  co_await serve_requests();
  if (socket().is_open()) co_await close();
}

template <class Stream>
asio::awaitable<void> StreamConnection<Stream>::serve_requests() {
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
        co_await send_source(*source);
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
}

}  // namespace

std::unique_ptr<Connection> Connection::make(asio::ip::tcp::socket socket,
                                             ConnectionContext& context, Admission admission,
                                             std::shared_ptr<asio::ssl::context> tls) {
  using Plain = asio::ip::tcp::socket;
  if (!tls) {
    return std::make_unique<StreamConnection<Plain>>(std::move(socket), nullptr, context,
                                                     admission);
  }
  using Secure = asio::ssl::stream<Plain>;
  Secure stream(std::move(socket), *tls);
  return std::make_unique<StreamConnection<Secure>>(std::move(stream), std::move(tls), context,
                                                    admission);
}

}  // namespace hvac::api
