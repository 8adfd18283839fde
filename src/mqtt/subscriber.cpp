#include "mqtt/subscriber.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "mqtt/link.h"

namespace hvac::mqtt {
namespace {

// Messages of one connection in one piece of memory, used again and again.
struct Batch {
  struct Entry {
    std::size_t topic_begin = 0;
    std::size_t payload_begin = 0;
    std::size_t end = 0;
    bool retained = false;
    bool duplicate = false;
  };

  void add(const Publish& message) {
    Entry entry{bytes.size(), 0, 0, message.retain, message.duplicate};
    bytes += message.topic;
    entry.payload_begin = bytes.size();
    bytes += message.payload;
    entry.end = bytes.size();
    entries.push_back(entry);
    if (message.qos > 0) ids.push_back(message.id);
  }
  void clear() {
    bytes.clear();
    entries.clear();
    ids.clear();
  }
  void views(std::vector<MessageView>& out) const {
    const std::string_view all = bytes;
    out.clear();
    for (const Entry& e : entries) {
      out.push_back({all.substr(e.topic_begin, e.payload_begin - e.topic_begin),
                     all.substr(e.payload_begin, e.end - e.payload_begin), e.retained,
                     e.duplicate});
    }
  }

  std::uint64_t connection = 0;
  std::string bytes;
  std::vector<Entry> entries;
  std::vector<std::uint16_t> ids;  // to acknowledge
};

// However large messages are, not much more than this waits for the consumer [bytes].
constexpr std::size_t kMostBytes = 32 * 1024 * 1024;

Connect session_of(const SubscriberOptions& options) {
  Connect connect;
  connect.clean_start = false;
  connect.session_expiry_s = static_cast<std::uint32_t>(options.session_expiry.count());
  connect.receive_maximum = options.receive_maximum;
  return connect;
}

}  // namespace

struct Subscriber::State final : LinkUser {
  State(SubscriberOptions chosen, Consumer consume)
      : options(std::move(chosen)),
        consumer(std::move(consume)),
        link(options.client, session_of(options), *this) {}

  // --- the link's thread ------------------------------------------------------------------------

  void connected(const ConnAck& answer) override {
    {
      const std::lock_guard lock(mutex);
      ++connection;
      // The broker sends again what was not acknowledged; a broker that forgot us does not, so
      // what waits here may be all there is.
      if (answer.session_present) pending.clear();
      pending.connection = connection;
    }
    Subscribe subscribe;
    for (const std::string& filter : options.filters) {
      subscribe.filters.push_back(
          options.share_group.empty() ? filter : "$share/" + options.share_group + "/" + filter);
    }
    // Both were checked at the start.
    static_cast<void>(encode(link.out(), subscribe));
    if (options.client.greeting) {
      const Message& m = *options.client.greeting;
      static_cast<void>(encode(link.out(), Publish{m.topic, m.payload, 0, 0, m.retain, false}));
    }
    link.flush();
  }

  void disconnected() override {
    const std::lock_guard lock(mutex);
    counts.subscribed = false;
    ++connection;
  }

  Result<void> received(const Packet& packet) override {
    if (const auto* message = std::get_if<Publish>(&packet)) {
      const std::lock_guard lock(mutex);
      pending.add(*message);
      ++counts.received;
      wake.notify_one();
    } else if (const auto* answer = std::get_if<SubAck>(&packet)) {
      for (const std::uint8_t reason : answer->reasons) {
        if (reason >= 0x80) {
          return fail(ErrorCode::unavailable, "subscription refused: " + reason_text(reason));
        }
      }
      const std::lock_guard lock(mutex);
      counts.subscribed = true;
      changed.notify_all();
    }
    return {};
  }

  bool wants_more() override {
    const std::lock_guard lock(mutex);
    paused = pending.entries.size() >= 2 * std::size_t{options.receive_maximum} ||
             pending.bytes.size() >= kMostBytes;
    return !paused;
  }

  void acknowledge(const std::vector<std::uint16_t>& ids, std::uint64_t of_connection) {
    {
      const std::lock_guard lock(mutex);
      if (of_connection != connection) return;  // The broker sends them again.
      counts.acknowledged += ids.size();
    }
    for (const std::uint16_t id : ids) encode(link.out(), PubAck{id});
    link.flush();
  }

  // --- the consumer's thread --------------------------------------------------------------------

  void consume_all() {
    Batch batch;
    std::vector<MessageView> views;
    while (take(batch)) {
      batch.views(views);
      if (!hand_over(views)) return;
      if (!batch.ids.empty()) {
        link.post([this, ids = batch.ids, of = batch.connection] { acknowledge(ids, of); });
      }
      batch.clear();
    }
  }

  // Waits for messages, not longer than `idle`. False at the end.
  bool take(Batch& batch) {
    std::unique_lock lock(mutex);
    wake.wait_for(lock, options.idle, [&] { return stopping || !pending.entries.empty(); });
    if (stopping) return false;
    std::swap(batch, pending);
    pending.connection = connection;
    if (std::exchange(paused, false)) link.post([this] { link.resume(); });
    return true;
  }

  // Until the consumer takes it. False when the end comes first.
  bool hand_over(const std::vector<MessageView>& views) {
    auto wait = options.retry.first;
    while (true) {
      const Result<void> done = consumer(views);
      if (done || views.empty()) return true;
      std::unique_lock lock(mutex);
      ++counts.refused_batches;
      counts.last_refusal = done.error().message;
      if (wake.wait_for(lock, wait, [&] { return stopping; })) return false;
      wait = std::min(2 * wait, options.retry.most);
    }
  }

  const SubscriberOptions options;
  const Consumer consumer;
  mutable std::mutex mutex;
  std::condition_variable wake;             // the consumer's thread
  mutable std::condition_variable changed;  // who waits for the subscription
  // Below: under `mutex`.
  std::uint64_t connection = 0;  // of which packet ids are; odd while there is one
  Batch pending;
  SubscriberStatus counts;
  bool paused = false;
  bool stopping = false;

  Link link;
  std::thread worker;
};

Subscriber::Subscriber(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Subscriber>> Subscriber::start(SubscriberOptions options,
                                                      Consumer consumer) {
  const auto wrong = [](const std::string& what) {
    return fail(ErrorCode::invalid_argument, "MQTT subscriber: " + what);
  };
  if (options.client.client_id.empty()) return wrong("a persistent session needs a client id");
  if (options.filters.empty()) return wrong("there is no topic filter");
  if (options.receive_maximum == 0) return wrong("receive maximum is 0, the least is 1");
  std::string scratch;
  Subscribe subscribe;
  subscribe.filters = options.filters;
  if (auto good = encode(scratch, subscribe); !good) return fail(good.error());
  if (auto good = check_client(options.client, "subscriber"); !good) return fail(good.error());
  auto state = std::make_unique<State>(std::move(options), std::move(consumer));
  State& s = *state;
  s.link.start();
  s.worker = std::thread([&s] { s.consume_all(); });
  return std::unique_ptr<Subscriber>(new Subscriber(std::move(state)));
}

Subscriber::~Subscriber() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->wake.notify_all();
  }
  state_->worker.join();
}

Result<void> Subscriber::wait_subscribed(std::chrono::milliseconds patience) const {
  std::unique_lock lock(state_->mutex);
  if (state_->changed.wait_for(lock, patience, [&] { return state_->counts.subscribed; })) {
    return {};
  }
  lock.unlock();
  if (auto connected = state_->link.wait_connected(std::chrono::milliseconds(0)); !connected) {
    return connected;
  }
  const std::string& why = state_->link.status().last_error;
  return fail(ErrorCode::unavailable, why.empty() ? "MQTT broker confirms no subscription" : why);
}

SubscriberStatus Subscriber::status() const {
  SubscriberStatus status;
  {
    const std::lock_guard lock(state_->mutex);
    status = state_->counts;
  }
  status.link = state_->link.status();
  return status;
}

}  // namespace hvac::mqtt
