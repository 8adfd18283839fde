#include "alerts/delivery.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "alerts/message.h"
#include "alerts/outbox.h"
#include "alerts/rate.h"

namespace hvac::alerts {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kFailuresThatCount = 3;     ///< In a row, before people are told.
constexpr std::chrono::seconds kLook{1};  ///< How often the rate is looked at.

/// What is sent next and what it stands for.
struct Next {
  Message message;
  std::size_t count = 0;     ///< So many of the waiting ones ...
  std::uint64_t beyond = 0;  ///< ... and of those that were only counted.
};

}  // namespace

struct Delivery::State {
  State(Parts parts_, Outbox box_) : parts(std::move(parts_)), box(std::move(box_)) {}

  const Parts parts;
  mutable std::mutex mutex;
  std::condition_variable_any wake;
  Outbox box;
  std::shared_ptr<Channel> channel;
  RateOptions rate;
  RetryOptions retry;
  ChannelStatus status;
  bool disk_away = false;
  RateLimit limit;
  int failures = 0;                 ///< In a row.
  std::optional<Next> at_hand;      ///< Tried and not yet through: the same goes again.
  int refusals = 0;                 ///< Of it.
  bool told = false;                ///< `health` was called with a reason.
  Steady::time_point not_before{};  ///< No attempt before it.
  bool poked = false;               ///< There may be something to do.
  std::minstd_rand random{std::random_device{}()};
  std::jthread worker;

  void run(const std::stop_token& stop);
  std::optional<Next> next();
  bool attempt(const Next& next, const std::stop_token& stop);
  void succeeded(const Next& next, const std::string& what);
  std::string failed(const Next& next, const Error& error);
  void drop(const Next& next, const std::string& why);
  void kept(const Result<void>& written);
};

// With the lock held, as all below but `run` and `attempt`.
std::optional<Next> Delivery::State::next() {
  if (box.empty() || !channel || Steady::now() < not_before) return std::nullopt;
  const int tokens = limit.tokens(parts.clock(), rate);
  const auto& waiting = box.waiting();
  if (tokens < 1) return std::nullopt;
  if (at_hand) return at_hand;
  if (waiting.size() == 1 && box.beyond() == 0) return Next{waiting.front(), 1, 0};
  if (tokens > 1 && !waiting.empty()) return Next{waiting.front(), 1, 0};
  const std::vector<Message> all(waiting.begin(), waiting.end());
  return Next{digest_of(all, box.beyond(), parts.site), all.size(), box.beyond()};
}

void Delivery::State::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::optional<Next> chosen;
    {
      std::unique_lock lock(mutex);
      chosen = next();
      if (!chosen) {
        const auto pause = box.empty() || !channel
                               ? Steady::duration(std::chrono::hours(1))
                               : std::clamp<Steady::duration>(not_before - Steady::now(),
                                                              std::chrono::milliseconds(10), kLook);
        wake.wait_for(lock, stop, pause, [&] { return poked; });
      }
      poked = false;
    }
    if (chosen && !attempt(*chosen, stop)) return;
  }
}

/// False when it was asked to stop.
bool Delivery::State::attempt(const Next& chosen, const std::stop_token& stop) {
  std::shared_ptr<Channel> with;
  {
    const std::lock_guard lock(mutex);
    with = channel;
    at_hand = chosen;
  }
  const Result<std::string> sent = with->send(chosen.message, stop);
  std::string reason;
  bool news = false;
  {
    const std::lock_guard lock(mutex);
    if (sent) {
      succeeded(chosen, *sent);
      news = std::exchange(told, false);
    } else if (sent.error().code == ErrorCode::interrupted) {
      return !stop.stop_requested();
    } else {
      reason = failed(chosen, sent.error());
      news = failures >= kFailuresThatCount && !std::exchange(told, true);
    }
  }
  if (news) parts.health(reason);
  return true;
}

void Delivery::State::kept(const Result<void>& written) {
  if (!written && !disk_away) parts.log(Severity::critical, "alerts: " + written.error().message);
  disk_away = !written;
}

void Delivery::State::succeeded(const Next& chosen, const std::string& what) {
  kept(box.remove(chosen.count, chosen.beyond));
  limit.take();
  ++status.delivered;
  if (chosen.count != 1 || chosen.beyond > 0) ++status.digests;
  status.last_error.clear();
  failures = refusals = 0;
  at_hand.reset();
  not_before = {};
  parts.log(Severity::info,
            fmt::format("alerts by {}: \"{}\": {}", parts.name, chosen.message.subject, what));
}

std::string Delivery::State::failed(const Next& chosen, const Error& error) {
  ++status.failures;
  ++failures;
  status.last_error = error.message;
  if (failures == 1 || error.code == ErrorCode::rejected) {
    parts.log(Severity::warning, fmt::format("alerts by {}: {}", parts.name, error.message));
  }
  const int doublings = std::min(failures - 1, 20);
  const auto full =
      std::min<std::chrono::milliseconds>(retry.first * (1LL << doublings), retry.most);
  std::uniform_real_distribution<double> part(0.5, 1.0);
  not_before = Steady::now() + std::chrono::duration_cast<Steady::duration>(full * part(random));
  if (error.code == ErrorCode::rejected && ++refusals >= retry.refusals) {
    drop(chosen, fmt::format("refused {} times: {}", refusals, error.message));
  } else if (parts.clock() - chosen.message.time > retry.give_up) {
    drop(chosen, fmt::format("not delivered for {} h: {}", retry.give_up.count(), error.message));
  }
  return error.message;
}

void Delivery::State::drop(const Next& chosen, const std::string& why) {
  const std::uint64_t lost = chosen.count + chosen.beyond;
  status.dropped += lost;
  refusals = 0;
  at_hand.reset();
  parts.log(Severity::critical, fmt::format("alerts by {}: {} given up, \"{}\": {}", parts.name,
                                            lost, chosen.message.subject, why));
  kept(box.remove(chosen.count, chosen.beyond));
}

Result<std::unique_ptr<Delivery>> Delivery::start(Parts parts, std::unique_ptr<Channel> channel,
                                                  const RateOptions& rate,
                                                  const RetryOptions& retry) {
  auto box = Outbox::open(parts.file, retry.most_waiting);
  if (!box && box.error().code == ErrorCode::corrupt) {
    parts.log(Severity::critical, "alerts: " + box.error().message + "; it is put aside");
    std::error_code error;
    std::filesystem::rename(parts.file, parts.file.string() + ".damaged", error);
    box = Outbox::open(parts.file, retry.most_waiting);
  }
  if (!box) return fail(box.error());
  auto state = std::make_unique<State>(std::move(parts), std::move(*box));
  state->channel = std::move(channel);
  state->rate = rate;
  state->retry = retry;
  state->worker = std::jthread([s = state.get()](const std::stop_token& stop) { s->run(stop); });
  return std::unique_ptr<Delivery>(new Delivery(std::move(state)));
}

Delivery::Delivery(std::unique_ptr<State> state) : state_(std::move(state)) {}

Delivery::~Delivery() = default;

void Delivery::use(std::unique_ptr<Channel> channel, const RateOptions& rate,
                   const RetryOptions& retry) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->channel = std::move(channel);
    state_->rate = rate;
    state_->retry = retry;
    state_->not_before = {};
    state_->poked = true;
  }
  state_->wake.notify_all();
}

void Delivery::add(std::span<const Message> messages) {
  if (messages.empty()) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->kept(state_->box.add(messages));
    state_->poked = true;
  }
  state_->wake.notify_all();
}

ChannelStatus Delivery::status() const {
  const std::lock_guard lock(state_->mutex);
  ChannelStatus status = state_->status;
  status.enabled = state_->channel != nullptr;
  status.waiting = state_->box.waiting().size() + state_->box.beyond();
  return status;
}

}  // namespace hvac::alerts
