#include <fmt/format.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "alerts/channels.h"
#include "mqtt/publisher.h"

namespace hvac::alerts {
namespace {

/// The broker's word on one message, which may come after nobody waits for it any more.
struct Word {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::optional<Result<void>> result;
};

class Mqtt : public Channel {
 public:
  Mqtt(const MqttOptions& options, std::chrono::seconds timeout, mqtt::Publisher& publisher)
      : options_(options), timeout_(timeout), publisher_(publisher) {}

  Result<std::string> send(const Message& message, const std::stop_token& stop) override {
    const std::string topic = fmt::format("{}/alerts/{}", options_.prefix, name(message.severity));
    if (!word_ || key_ != message.key) {
      auto word = std::make_shared<Word>();
      auto taken = publisher_.publish({topic, message.json, false}, [word](Result<void> result) {
        {
          const std::lock_guard lock(word->mutex);
          word->result = std::move(result);
        }
        word->wake.notify_all();
      });
      if (!taken) return fail(taken.error());
      word_ = std::move(word);
      key_ = message.key;
    }
    // The publisher keeps it and sends it again by itself: the next attempt waits on.
    std::unique_lock lock(word_->mutex);
    word_->wake.wait_for(lock, stop, timeout_, [&] { return word_->result.has_value(); });
    if (!word_->result) {
      if (stop.stop_requested()) return fail(ErrorCode::interrupted, "stopping");
      const std::string& why = publisher_.status().link.last_error;
      return fail(ErrorCode::timed_out,
                  fmt::format("the broker did not confirm {} within {} s{}{}", topic,
                              timeout_.count(), why.empty() ? "" : ": ", why));
    }
    const Result<void> result = *word_->result;
    lock.unlock();
    word_.reset();
    if (result) return fmt::format("the broker confirmed {}", topic);
    const bool cut = result.error().code == ErrorCode::interrupted;
    return fail(cut ? ErrorCode::unavailable : result.error().code, result.error().message);
  }

 private:
  MqttOptions options_;
  std::chrono::seconds timeout_;
  mqtt::Publisher& publisher_;
  std::shared_ptr<Word> word_;  ///< Of the message with `key_`, on its way.
  std::string key_;
};

}  // namespace

std::unique_ptr<Channel> make_mqtt(const MqttOptions& options, std::chrono::seconds timeout,
                                   mqtt::Publisher& publisher) {
  return std::make_unique<Mqtt>(options, timeout, publisher);
}

}  // namespace hvac::alerts
