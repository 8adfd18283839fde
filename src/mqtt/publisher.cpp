#include "mqtt/publisher.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "mqtt/link.h"

namespace hvac::mqtt {
namespace {

struct Item {
  Message message;
  Publisher::Done done;
  std::uint16_t id = 0;

  std::size_t bytes() const { return message.topic.size() + message.payload.size(); }
  void tell(Result<void> outcome) const {
    if (done) done(std::move(outcome));
  }
};

constexpr std::size_t kPacketOverhead = 16;  // bytes around topic and payload, at most

Connect new_session() {
  Connect connect;
  connect.clean_start = true;  // What is not confirmed is kept here, not in a session.
  return connect;
}

}  // namespace

struct Publisher::State final : LinkUser {
  explicit State(PublisherOptions chosen)
      : options(std::move(chosen)), link(options.client, new_session(), *this) {}

  // --- the link's thread ------------------------------------------------------------------------

  void connected(const ConnAck& answer) override {
    {
      const std::lock_guard lock(mutex);
      online = true;
      in_flight = 0;
      most_in_flight = std::min<std::size_t>(options.most_in_flight, answer.receive_maximum);
      most_packet = answer.maximum_packet;
    }
    if (options.client.greeting) {
      const Message& m = *options.client.greeting;
      static_cast<void>(encode(link.out(), Publish{m.topic, m.payload, 0, 0, m.retain, false}));
    }
    send_waiting();
  }

  void disconnected() override {
    const std::lock_guard lock(mutex);
    online = false;
    in_flight = 0;
  }

  Result<void> received(const Packet& packet) override {
    const auto* answer = std::get_if<PubAck>(&packet);
    if (answer == nullptr) return {};
    Item item;
    {
      const std::lock_guard lock(mutex);
      const auto end = items.begin() + static_cast<std::ptrdiff_t>(in_flight);
      const auto found =
          std::find_if(items.begin(), end, [&](const Item& one) { return one.id == answer->id; });
      if (found == end) {
        return fail(ErrorCode::corrupt,
                    "PUBACK of packet " + std::to_string(answer->id) + ", which is not on its way");
      }
      item = remove(found);
      ++(answer->reason < 0x80 ? confirmed : refused);
      --in_flight;
      progress.notify_all();
    }
    item.tell(answer->reason < 0x80
                  ? Result<void>()
                  : fail(ErrorCode::rejected, "message to " + item.message.topic +
                                                  " refused: " + reason_text(answer->reason)));
    send_waiting();
    return {};
  }

  bool wants_more() override { return true; }

  // Sends what may be sent.
  void send_waiting() {
    std::vector<Item> too_large;
    {
      const std::lock_guard lock(mutex);
      posted = false;
      while (online && in_flight < std::min(items.size(), most_in_flight)) {
        Item& item = items[in_flight];
        if (item.bytes() + kPacketOverhead > most_packet) {
          too_large.push_back(remove(items.begin() + static_cast<std::ptrdiff_t>(in_flight)));
          ++refused;
          continue;
        }
        item.id = next_id();
        const Message& m = item.message;
        static_cast<void>(
            encode(link.out(), Publish{m.topic, m.payload, item.id, 1, m.retain, false}));
        ++in_flight;
      }
      progress.notify_all();
    }
    link.flush();
    for (const Item& item : too_large) {
      item.tell(fail(ErrorCode::rejected,
                     "message to " + item.message.topic + " of " + std::to_string(item.bytes()) +
                         " bytes: the broker takes at most " + std::to_string(most_packet)));
    }
  }

  // --- under `mutex` ----------------------------------------------------------------------------

  Item remove(std::deque<Item>::iterator which) {
    Item item = std::move(*which);
    items.erase(which);
    bytes -= item.bytes();
    return item;
  }

  // In flight are at most 65,535 - 1 neighbours of a counter that goes round: never one twice.
  std::uint16_t next_id() {
    if (++last_id == 0) ++last_id;
    return last_id;
  }

  bool has_room(std::size_t more) const {
    return items.size() < options.most_messages && bytes + more <= options.most_bytes;
  }

  tl::unexpected<Error> full() {
    ++overflowed;
    return fail(ErrorCode::unavailable,
                "MQTT queue is full: " + std::to_string(items.size()) + " messages of " +
                    std::to_string(bytes) + " bytes wait, the most is " +
                    std::to_string(options.most_messages) + " messages or " +
                    std::to_string(options.most_bytes) + " bytes");
  }

  const PublisherOptions options;
  mutable std::mutex mutex;
  std::condition_variable progress;
  // Below: under `mutex`.
  std::deque<Item> items;  // the first `in_flight` are sent
  std::size_t in_flight = 0;
  std::size_t bytes = 0;
  std::size_t most_in_flight = 1;
  std::size_t most_packet = 0;
  std::uint16_t last_id = 0;
  std::uint64_t confirmed = 0;
  std::uint64_t refused = 0;
  std::uint64_t overflowed = 0;
  bool online = false;
  bool posted = false;  // `send_waiting` will run

  Link link;
};

Publisher::Publisher(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Publisher>> Publisher::start(PublisherOptions options) {
  const auto wrong = [](const std::string& what) {
    return fail(ErrorCode::invalid_argument, "MQTT publisher: " + what);
  };
  constexpr std::size_t kMostIds = 65534;
  if (options.most_in_flight == 0 || options.most_in_flight > kMostIds) {
    return wrong("messages in flight are not 1..65534");
  }
  if (options.most_messages == 0) return wrong("a queue of 0 messages takes none");
  if (auto good = check_client(options.client, "publisher"); !good) return fail(good.error());
  auto state = std::make_unique<State>(std::move(options));
  state->link.start();
  return std::unique_ptr<Publisher>(new Publisher(std::move(state)));
}

Publisher::~Publisher() {
  std::deque<Item> left;
  {
    const std::lock_guard lock(state_->mutex);
    left.swap(state_->items);
    state_->in_flight = 0;
    state_->online = false;
  }
  for (const Item& item : left) {
    item.tell(fail(ErrorCode::interrupted, "the publisher ended before the broker's word"));
  }
}

Result<void> Publisher::publish(Message message, Done done) {
  State& s = *state_;
  if (!is_topic(message.topic)) {
    return fail(ErrorCode::invalid_argument, "'" + message.topic + "' is no MQTT topic");
  }
  Item item{std::move(message), std::move(done), 0};
  std::unique_lock lock(s.mutex);
  const auto room = [&] { return s.has_room(item.bytes()); };
  if (!room() && (s.options.when_full == WhenFull::refuse ||
                  !s.progress.wait_for(lock, s.options.patience, room))) {
    return s.full();
  }
  s.bytes += item.bytes();
  s.items.push_back(std::move(item));
  if (!std::exchange(s.posted, true)) s.link.post([&s] { s.send_waiting(); });
  return {};
}

Result<void> Publisher::flush() {
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  while (!s.items.empty()) {
    const std::uint64_t before = s.confirmed + s.refused;
    const bool moved = s.progress.wait_for(lock, s.options.patience, [&] {
      return s.items.empty() || s.confirmed + s.refused > before;
    });
    if (moved) continue;
    const std::string waiting = std::to_string(s.items.size()) + " messages wait";
    lock.unlock();
    const std::string why = s.link.status().last_error;
    return fail(ErrorCode::unavailable,
                (why.empty() ? "MQTT broker gives no word" : why) + "; " + waiting);
  }
  return {};
}

Result<void> Publisher::wait_connected(std::chrono::milliseconds patience) const {
  return state_->link.wait_connected(patience);
}

PublisherStatus Publisher::status() const {
  PublisherStatus status;
  {
    const std::lock_guard lock(state_->mutex);
    status.waiting = state_->items.size();
    status.confirmed = state_->confirmed;
    status.refused = state_->refused;
    status.overflowed = state_->overflowed;
  }
  status.link = state_->link.status();
  return status;
}

}  // namespace hvac::mqtt
