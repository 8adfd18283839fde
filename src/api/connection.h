#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/body_source.h"
#include "api/http.h"
#include "api/http_server.h"
#include "api/request_reader.h"

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

  Connection(boost::asio::ip::tcp::socket socket, ConnectionContext& context, Admission admission);

  /// Serves requests until the client, a limit or the drain ends it.
  boost::asio::awaitable<void> serve();

  /// Ends what lasted too long. Called every now and then by the thread's sweep.
  void sweep(std::chrono::steady_clock::time_point now);

  /// Gives a client that says nothing until `end` for one last request.
  void drain(std::chrono::steady_clock::time_point end);

  /// Ends it now, answered or not.
  void abort();

 private:
  enum class Phase { idle, header, body, writing, streaming, closing };
  enum class Reading { complete, refused, ended };
  enum class Ending { close, keep_open, chunks };  ///< How the client knows where an answer ends.

  /// What a body that waits is woken by: news, the heartbeat, or the client going away.
  struct Alarm {
    explicit Alarm(const boost::asio::any_io_executor& executor) : timer(executor) {}
    boost::asio::steady_timer timer;
    char byte = 0;  ///< Whatever the client still sends.
    bool client_gone = false;
    bool over = false;  ///< The connection is no longer interested.
  };

  boost::asio::awaitable<Reading> read_request();
  boost::asio::awaitable<bool> write_out();
  boost::asio::awaitable<void> close();
  boost::system::error_code parse();
  void enter(Phase phase);
  boost::asio::awaitable<void> stream(BodySource& source);
  boost::asio::awaitable<void> stream_pieces(BodySource& source);
  void watch_client(std::shared_ptr<Alarm> alarm);
  void append_answer(Ending ending);
  void append_piece(std::string_view piece);
  void refuse(int status, std::string_view detail);

  boost::asio::ip::tcp::socket socket_;
  ConnectionContext& context_;
  Admission admission_;
  std::string remote_;
  Phase phase_ = Phase::idle;
  bool expired_ = false;
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

}  // namespace hvac::api
