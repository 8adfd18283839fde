#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "alerts/channel.h"
#include "alerts/options.h"
#include "base/clock.h"
#include "base/result.h"

namespace hvac::alerts {

/// How the delivery of one channel fares.
struct ChannelStatus {
  bool enabled = false;
  std::size_t waiting = 0;      ///< Messages on disk, not yet delivered.
  std::uint64_t delivered = 0;  ///< Messages that the other side took, since the start.
  std::uint64_t digests = 0;    ///< Those of them that stood for several.
  std::uint64_t failures = 0;   ///< Attempts that failed.
  std::uint64_t dropped = 0;    ///< Alerts that were given up.
  std::string last_error;       ///< Of the last attempt; empty when it worked.
};

/// One channel's messages on their way: on disk until the other side has them, tried again and
/// again, never faster than the rate. Resource with a thread of its own; any thread.
class Delivery {
 public:
  struct Parts {
    std::string name;            ///< "email"
    std::filesystem::path file;  ///< Where messages wait.
    std::string site;
    Clock clock;
    std::function<void(Severity, const std::string&)> log;
    /// Called on the delivery's thread when it has failed several times in a row, with the reason,
    /// and with an empty one when it works again.
    std::function<void(const std::string& reason)> health;
  };

  /// A damaged file is put aside and said so. Errors: unavailable.
  [[nodiscard]] static Result<std::unique_ptr<Delivery>> start(Parts parts,
                                                               std::unique_ptr<Channel> channel,
                                                               const RateOptions& rate,
                                                               const RetryOptions& retry);
  /// Ends an attempt under way; what is not delivered waits on disk.
  ~Delivery();
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  /// From the next attempt on. No channel: messages wait.
  void use(std::unique_ptr<Channel> channel, const RateOptions& rate, const RetryOptions& retry);

  /// They are on disk when it returns, unless that is full: then they wait in memory.
  void add(std::span<const Message> messages);

  ChannelStatus status() const;

 private:
  struct State;
  explicit Delivery(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hvac::alerts
