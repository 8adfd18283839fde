#include "api/event_hub.h"

#include <algorithm>
#include <utility>

#include "api/view_json.h"

namespace hvac::api {
namespace {

/// Numbers begin with the time, so that they grow over restarts and say roughly when it was.
constexpr std::uint64_t kNumbersPerMs = 1024;

}  // namespace

std::uint64_t EventHub::next_id(State& state) const {
  const auto now = static_cast<std::uint64_t>(clock_().time_since_epoch().count());
  state.last_id = std::max(state.last_id + 1, now * kNumbersPerMs);
  return state.last_id;
}

void EventHub::append(const Event& event, std::string& text) {
  if (event.view == nullptr) return append_event(text, event.kind, event.id, event.data);
  std::string data;
  JsonWriter json(data);
  write_view(json, *event.view);
  append_event(text, event.kind, event.id, data);
}

void EventHub::add(State& state, std::vector<Event> fresh) const {
  std::vector<std::string> texts(state.followers.empty() ? 0 : fresh.size());
  for (std::size_t i = 0; i < texts.size(); ++i) append(fresh[i], texts[i]);
  std::erase_if(state.followers, [&](const Follower& follower) {
    const auto queue = follower.queue.lock();
    if (!queue) return true;
    std::string all;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (follower.wants(fresh[i])) all += texts[i];
    }
    return !all.empty() && !queue->push(all);
  });
  state.events.insert(state.events.end(), std::make_move_iterator(fresh.begin()),
                      std::make_move_iterator(fresh.end()));
  while (state.events.size() > kRemembered) state.events.pop_front();
}

void EventHub::outcomes(std::span<const live::ViewPointer> views) {
  state_.with([&](State& state) {
    std::vector<Event> fresh;
    fresh.reserve(views.size());
    for (const live::ViewPointer& view : views) {
      fresh.push_back({next_id(state), "outcome", view->asset, view, {}});
    }
    add(state, std::move(fresh));
  });
}

void EventHub::publish(std::string_view kind, const AssetId& asset, std::string data) {
  state_.with([&](State& state) {
    std::vector<Event> fresh;
    fresh.push_back({next_id(state), std::string(kind), asset, nullptr, std::move(data)});
    add(state, std::move(fresh));
  });
}

void EventHub::follow(const std::shared_ptr<EventQueue>& queue, std::optional<AssetId> asset,
                      std::optional<std::uint64_t> after, const Fill& fill) {
  // The store is read without holding anyone up; what happens meanwhile is remembered.
  const std::uint64_t oldest = state_.with([&](State& state) {
    return state.events.empty() ? next_id(state) : state.events.front().id;
  });
  if (after && *after + 1 < oldest) {
    const auto ms = static_cast<std::int64_t>(*after / kNumbersPerMs);
    fill({oldest, TimePoint(std::chrono::milliseconds(ms))}, *queue);
  }
  state_.with([&](State& state) {
    const Follower follower{queue, std::move(asset)};
    std::string missed;
    for (const Event& event : state.events) {
      if (after && event.id > *after && follower.wants(event)) append(event, missed);
    }
    if (!missed.empty()) queue->push(missed);
    if (state.ended) return queue->end();
    state.followers.push_back(follower);
  });
}

void EventHub::end() {
  state_.with([](State& state) {
    state.ended = true;
    for (const Follower& follower : state.followers) {
      if (const auto queue = follower.queue.lock()) queue->end();
    }
    state.followers.clear();
  });
}

std::size_t EventHub::followers() const {
  return state_.with([](const State& state) { return state.followers.size(); });
}

}  // namespace hvac::api
