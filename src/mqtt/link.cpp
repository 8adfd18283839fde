#include "mqtt/link.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "mqtt/stream.h"

namespace hvac::mqtt {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using SteadyTime = std::chrono::steady_clock::time_point;
constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadAtOnce = 64 * 1024;
constexpr auto kFarewell = std::chrono::seconds(1);
constexpr char kConnAck = 0x20;
constexpr std::uint8_t kWithWill = 0x04;  // a regular end after which the will is published

SteadyTime now() { return std::chrono::steady_clock::now(); }

// Bytes as they come in; packets are cut off the front.
class Inbox {
 public:
  asio::mutable_buffer space() {
    if (begin_ > 0) {
      bytes_.erase(0, begin_);
      size_ -= std::exchange(begin_, 0);
    }
    bytes_.resize(size_ + kReadAtOnce);
    return asio::buffer(bytes_.data() + size_, kReadAtOnce);
  }
  void filled(std::size_t n) { size_ += n; }
  std::string_view rest() const { return std::string_view(bytes_).substr(begin_, size_ - begin_); }
  void take(std::size_t n) { begin_ += n; }
  void clear() { begin_ = size_ = 0; }

 private:
  std::string bytes_;
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
};

}  // namespace

struct Link::State {
  State(ClientOptions chosen, Connect session, LinkUser& whose)
      : options(std::move(chosen)), connect(std::move(session)), user(whose) {
    connect.client_id = options.client_id;
    connect.user = options.address.user;
    connect.password = options.address.password;
    connect.will = options.will;
    connect.keep_alive_s = static_cast<std::uint16_t>(options.keep_alive.count());
    connect.maximum_packet = options.maximum_packet;
  }

  // --- the life of a link -----------------------------------------------------------------------

  asio::awaitable<void> live() {
    auto wait = options.backoff.first;
    while (!stopping) {
      const SteadyTime begin = now();
      co_await one_connection();
      note([&](LinkStatus& s) { s.connected = false; });
      user.disconnected();
      if (stopping) break;
      // A connection that held is no reason to be patient.
      if (now() - begin > options.backoff.most) wait = options.backoff.first;
      std::uniform_real_distribution<double> shortening(0.5, 1.0);
      pause.expires_after(std::chrono::duration_cast<std::chrono::milliseconds>(
          shortening(random) * std::chrono::duration<double, std::milli>(wait)));
      co_await pause.async_wait(kQuiet);
      wait = std::min(2 * wait, options.backoff.most);
    }
  }

  asio::awaitable<void> one_connection() {
    ended.clear();
    output.clear();
    inbox.clear();
    pause.expires_after(options.connect_patience);
    const auto done = co_await (greet() || pause.async_wait(kQuiet));
    if (done.index() == 1) {
      ended.clear();
      end(broker_name(options.address) + ": no connection within " +
          std::to_string(options.connect_patience.count()) + " ms");
    } else if (ended.empty()) {
      sent = heard = now();
      co_await (read() || write() || watch());
    }
    stream.reset();
    note([&](LinkStatus& s) { s.last_error = ended; });
  }

  // From nothing to the broker's word.
  asio::awaitable<void> greet() {
    Result<std::unique_ptr<Stream>> opened = co_await open_stream(options);
    if (!opened) co_return end(opened.error().message);
    stream = std::move(*opened);
    std::string hello;
    if (auto good = encode(hello, connect); !good) co_return end(good.error().message);
    const Stream::Outcome wrote = co_await stream->write(asio::buffer(hello));
    if (wrote.error) co_return end_by(wrote.error);
    while (true) {
      const Result<std::optional<Frame>> frame = next_frame(inbox.rest(), options.maximum_packet);
      if (!frame) co_return end(frame.error().message);
      if (*frame) {
        const Result<Packet> packet = decode(**frame);
        inbox.take((*frame)->size);
        co_return accept(packet);
      }
      const Stream::Outcome got = co_await stream->read_some(inbox.space());
      if (got.error) co_return end_by(got.error);
      inbox.filled(got.bytes);
      // Something else that speaks first would have us wait for the rest of what is no packet.
      if (inbox.rest().front() != kConnAck) {
        co_return end(broker_name(options.address) + " does not begin with CONNACK");
      }
    }
  }

  void accept(const Result<Packet>& packet) {
    if (!packet) return end(packet.error().message);
    const auto& answer = std::get<ConnAck>(*packet);  // Its first byte says so.
    if (answer.reason != 0) {
      return end(broker_name(options.address) + " refuses: " + reason_text(answer.reason) +
                 (answer.explanation.empty() ? "" : " (" + answer.explanation + ")"));
    }
    keep_alive =
        answer.keep_alive_s ? std::chrono::seconds(*answer.keep_alive_s) : options.keep_alive;
    note([&](LinkStatus& s) {
      s.connected = true;
      if (s.connects++ > 0 && !answer.session_present && !connect.clean_start) ++s.sessions_lost;
    });
    user.connected(answer);
  }

  asio::awaitable<void> read() {
    while (true) {
      while (!user.wants_more()) {
        reading_paused = true;
        resumed.expires_at(SteadyTime::max());
        co_await resumed.async_wait(kQuiet);
        if ((co_await asio::this_coro::cancellation_state).cancelled() !=
            asio::cancellation_type::none) {
          co_return;
        }
      }
      reading_paused = false;
      const Result<std::optional<Frame>> frame = next_frame(inbox.rest(), options.maximum_packet);
      if (!frame) co_return end_protocol(frame.error());
      if (!*frame) {
        const Stream::Outcome got = co_await stream->read_some(inbox.space());
        if (got.error) co_return end_by(got.error);
        inbox.filled(got.bytes);
        heard = now();
        continue;
      }
      if (auto handled = handle(**frame); !handled) co_return end_protocol(handled.error());
      inbox.take((*frame)->size);
    }
  }

  Result<void> handle(const Frame& frame) {
    const Result<Packet> packet = decode(frame);
    if (!packet) return fail(packet.error());
    if (const auto* farewell = std::get_if<Disconnect>(&*packet)) {
      return fail(ErrorCode::unavailable,
                  "disconnected by the broker: " + reason_text(farewell->reason));
    }
    return user.received(*packet);
  }

  asio::awaitable<void> write() {
    while (true) {
      if (output.empty()) {
        if (stopping) co_return;
        writable.expires_at(SteadyTime::max());
        co_await writable.async_wait(kQuiet);
        if ((co_await asio::this_coro::cancellation_state).cancelled() !=
            asio::cancellation_type::none) {
          co_return;
        }
        continue;
      }
      writing.clear();
      std::swap(writing, output);
      const Stream::Outcome wrote = co_await stream->write(asio::buffer(writing));
      if (wrote.error) co_return end_by(wrote.error);
      sent = now();
    }
  }

  // Pings when nothing was sent for a while; gives up a broker that does not answer.
  asio::awaitable<void> watch() {
    while (true) {
      const bool farewell = stopping;
      const auto period = keep_alive.count() > 0 ? std::chrono::milliseconds(keep_alive) / 4
                                                 : std::chrono::milliseconds(60'000);
      pause.expires_after(farewell ? std::chrono::milliseconds(kFarewell) : period);
      const auto [interrupted] = co_await pause.async_wait(kQuiet);
      if (farewell) co_return;
      if (interrupted && !stopping) co_return;
      if (interrupted || keep_alive.count() == 0) continue;
      if (!reading_paused && now() - heard > keep_alive + keep_alive / 2) {
        co_return end(broker_name(options.address) + " is silent for 1.5 x keep-alive");
      }
      if (now() - std::min(sent, heard) >= keep_alive / 2) {
        encode_ping(output);
        writable.cancel();
      }
    }
  }

  // --- small things -----------------------------------------------------------------------------

  void end(const std::string& why) {
    if (ended.empty()) ended = why;
  }
  void end_by(const boost::system::error_code& error) {
    if (error == asio::error::operation_aborted) return;  // Another one knows why.
    end(broker_name(options.address) + ": " + error.message());
  }
  void end_protocol(const Error& error) {
    end(broker_name(options.address) + ": " + error.message);
  }

  template <class Change>
  void note(Change change) {
    const std::lock_guard lock(mutex);
    change(status);
    changed.notify_all();
  }

  void say_goodbye() {
    stopping = true;
    encode(output, Disconnect{options.will ? kWithWill : std::uint8_t{0}});
    writable.cancel();
    pause.cancel();
  }

  ClientOptions options;
  Connect connect;
  LinkUser& user;
  asio::io_context io{1};
  // Below here up to the mutex: only the link's thread.
  std::unique_ptr<Stream> stream;
  Inbox inbox;
  std::string output;
  std::string writing;
  std::string ended;  // why the connection ended; empty: it has not
  bool stopping = false;
  bool reading_paused = false;
  std::chrono::seconds keep_alive{0};
  SteadyTime sent, heard;
  asio::steady_timer pause{io};     // between connections, pings, attempts
  asio::steady_timer writable{io};  // cancelled when `output` is no longer empty
  asio::steady_timer resumed{io};   // cancelled when the user wants more
  std::mt19937_64 random{std::random_device{}()};
  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  LinkStatus status;  // under `mutex`
  std::thread thread;
};

Link::Link(ClientOptions options, Connect connect, LinkUser& user)
    : state_(std::make_unique<State>(std::move(options), std::move(connect), user)) {}

Link::~Link() {
  if (!state_->thread.joinable()) return;
  post([this] { state_->say_goodbye(); });
  state_->thread.join();
}

Result<void> check_client(const ClientOptions& options, std::string_view who) {
  std::string scratch;
  Connect connect;
  connect.client_id = options.client_id;
  connect.will = options.will;
  if (auto good = encode(scratch, connect); !good) return good;
  if (options.greeting && !is_topic(options.greeting->topic)) {
    return fail(ErrorCode::invalid_argument,
                "MQTT " + std::string(who) + ": '" + options.greeting->topic + "' is no topic");
  }
  return {};
}

void Link::start() {
  asio::co_spawn(state_->io, state_->live(), asio::detached);
  state_->thread = std::thread([this] { state_->io.run(); });
}

std::string& Link::out() { return state_->output; }
void Link::flush() { state_->writable.cancel(); }
void Link::resume() { state_->resumed.cancel(); }
void Link::post(std::function<void()> work) { asio::post(state_->io, std::move(work)); }

LinkStatus Link::status() const {
  const std::lock_guard lock(state_->mutex);
  return state_->status;
}

Result<void> Link::wait_connected(std::chrono::milliseconds patience) const {
  std::unique_lock lock(state_->mutex);
  const LinkStatus& status = state_->status;
  if (state_->changed.wait_for(lock, patience, [&] { return status.connected; })) return {};
  if (!status.last_error.empty()) return fail(ErrorCode::unavailable, status.last_error);
  return fail(ErrorCode::unavailable, broker_name(state_->options.address) +
                                          ": no connection within " +
                                          std::to_string(patience.count()) + " ms");
}

}  // namespace hvac::mqtt
