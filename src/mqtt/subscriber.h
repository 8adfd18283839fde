#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mqtt/client.h"

namespace hvac::mqtt {

/// A message as it came; views into memory that the subscriber keeps during the consumer's call.
struct MessageView {
  std::string_view topic;
  std::string_view payload;
  bool retained = false;
  bool duplicate = false;  ///< The broker says that it sent this before.
};

/// Takes a batch in the order of arrival. Returning success says that every message of it is safe:
/// only then are they acknowledged. After an error the same batch comes again, later. While nothing
/// arrives it is called with an empty batch every `idle`, for the consumer's own chores.
using Consumer = std::function<Result<void>(std::span<const MessageView>)>;

struct SubscriberOptions {
  ClientOptions client;              ///< Needs a client id: the broker keeps the session under it.
  std::vector<std::string> filters;  ///< Subscribed at QoS 1.
  std::string share_group;           ///< Not empty: shared with the other clients of that group.
  std::chrono::seconds session_expiry{7 * 24 * 3600};  ///< The broker queues that long.
  /// So many messages may be unacknowledged; then the broker waits. Also the greatest batch, but
  /// for messages of QoS 0, of which as many may come again.
  std::uint16_t receive_maximum = 8192;
  std::chrono::milliseconds idle{1000};
  Backoff retry{std::chrono::milliseconds(100), std::chrono::milliseconds(5000)};
};

struct SubscriberStatus {
  LinkStatus link;
  bool subscribed = false;            ///< The broker confirmed all filters of this connection.
  std::uint64_t received = 0;         ///< Messages, repeated ones included.
  std::uint64_t acknowledged = 0;     ///< Messages committed by the consumer and said so.
  std::uint64_t refused_batches = 0;  ///< Errors of the consumer.
  std::string last_refusal;
};

/// Receives at least once what is published to its filters, through a persistent session: what the
/// consumer has not committed stays with the broker, whatever dies. Resource with two threads: one
/// for the connection, one that calls the consumer. All functions may be called from any thread.
class Subscriber {
 public:
  /// Returns at once; the connection is made and kept in the background.
  /// Errors: invalid_argument for options that cannot work.
  [[nodiscard]] static Result<std::unique_ptr<Subscriber>> start(SubscriberOptions options,
                                                                 Consumer consumer);
  /// Waits for the consumer's call under way, acknowledges it, and disconnects; the session stays.
  ~Subscriber();
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  /// Errors: unavailable, with the reason, when not subscribed after `patience`.
  [[nodiscard]] Result<void> wait_subscribed(std::chrono::milliseconds patience) const;
  SubscriberStatus status() const;

 private:
  struct State;
  explicit Subscriber(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hvac::mqtt
