#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "api/http.h"

namespace hvac::api {

/// An answer's body that comes bit by bit: a long file, or events as they happen. Set as
/// `Response::source`; the connection takes piece after piece as fast as its client does, and no
/// other client waits for it.
class BodySource {
 public:
  virtual ~BodySource() = default;

  enum class State {
    more,     ///< Ask again when the piece has been sent.
    waiting,  ///< Nothing further now; `wake` will say when there is.
    ended,    ///< The body is complete with this piece.
  };
  /// Appends the next piece to `piece`, if there is one. On the connection's thread: it must not
  /// take long.
  virtual State next(std::string& piece) = 0;

  /// Called once before the first `next`. `wake` may be called from any thread until `close`.
  virtual void listen(std::function<void()> wake) { static_cast<void>(wake); }

  /// The client has gone, or everything is sent: `wake` must not be called any more.
  virtual void close() {}

  /// What is sent when nothing was for a while, to keep the connection; empty: nothing.
  virtual std::string_view heartbeat() const { return {}; }
};

/// Server-sent events for one client. Whoever has news pushes it from any thread and never waits:
/// a client that is `most_bytes` behind is dropped.
class EventQueue : public BodySource {
 public:
  static constexpr std::size_t kMostBytes = 1024 * 1024;

  explicit EventQueue(std::size_t most_bytes = kMostBytes) : most_bytes_(most_bytes) {}

  /// Queues the text of one or more events (see `append_event`). Returns false when the client has
  /// gone or is too far behind: then this queue is to be forgotten.
  bool push(std::string_view events);

  /// What was pushed is still sent, then the answer ends.
  void end();

  State next(std::string& piece) override;
  void listen(std::function<void()> wake) override;
  void close() override;
  std::string_view heartbeat() const override { return ":\n\n"; }

 private:
  const std::size_t most_bytes_;
  std::mutex mutex_;  ///< Guards what follows.
  std::string pending_;
  std::function<void()> wake_;
  bool ended_ = false;
  bool closed_ = false;
};

/// Appends one event in the form of text/event-stream; `data` may have several lines.
void append_event(std::string& text, std::string_view event, std::uint64_t id,
                  std::string_view data);

/// Makes `response` one of server-sent events that `queue` is filled with.
void write_events(std::shared_ptr<EventQueue> queue, Response& response);

}  // namespace hvac::api
