#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/result.h"
#include "mqtt/client.h"

namespace hvac::mqtt {

enum class WhenFull {
  refuse,  ///< The new message is refused and counted; nothing waits.
  wait,    ///< The caller waits for room, not longer than `patience`.
};

struct PublisherOptions {
  ClientOptions client;
  WhenFull when_full = WhenFull::refuse;
  std::size_t most_messages = 10'000;         ///< Waiting for the broker's word.
  std::size_t most_bytes = 16 * 1024 * 1024;  ///< The same, of topics and payloads.
  std::size_t most_in_flight = 1000;  ///< Sent and not confirmed; the broker may want fewer.
  std::chrono::milliseconds patience{10'000};
};

struct PublisherStatus {
  LinkStatus link;
  std::size_t waiting = 0;       ///< Messages without the broker's word.
  std::uint64_t confirmed = 0;   ///< Messages that the broker has.
  std::uint64_t refused = 0;     ///< By the broker: not authorised, too large, quota.
  std::uint64_t overflowed = 0;  ///< Not taken for want of room.
};

/// Publishes at least once (QoS 1), in order. What the broker has not confirmed waits in memory
/// and is sent again after each reconnect; the queue is bounded. Resource with a thread of its own;
/// all functions may be called from any thread.
class Publisher {
 public:
  /// Told once what became of a message, on the publisher's thread; must not block.
  using Done = std::function<void(Result<void>)>;

  /// Returns at once; the connection is made and kept in the background.
  /// Errors: invalid_argument for options that cannot work.
  [[nodiscard]] static Result<std::unique_ptr<Publisher>> start(PublisherOptions options);
  /// Disconnects; what still waits ends with `interrupted`. Call `flush` first to lose nothing.
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  /// Takes a message into the queue. After an error `done` is never called.
  /// Errors: invalid_argument for what is no topic; unavailable when the queue is full.
  [[nodiscard]] Result<void> publish(Message message, Done done = {});

  /// Waits until the broker has confirmed or refused all that was taken.
  /// Errors: unavailable when it gives no word on any message for `patience`.
  [[nodiscard]] Result<void> flush();

  /// Errors: unavailable, with the reason, when there is no connection after `patience`.
  [[nodiscard]] Result<void> wait_connected(std::chrono::milliseconds patience) const;
  PublisherStatus status() const;

 private:
  struct State;
  explicit Publisher(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hvac::mqtt
