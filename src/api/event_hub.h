#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/body_source.h"
#include "base/asset_id.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "live/asset_view.h"

namespace hvac::api {

/// What happens, for whoever follows it: the newest events, and those who are told of new ones.
/// Numbers of events grow, also over restarts of the program. Any thread; nobody waits.
class EventHub {
 public:
  static constexpr std::size_t kRemembered = 4096;

  explicit EventHub(Clock clock = system_clock()) : clock_(std::move(clock)) {}

  /// An event "outcome" for each view.
  void outcomes(std::span<const live::ViewPointer> views);

  /// Another one: "alert", "drift", "model". `asset`: empty when it is of the program; `data`:
  /// JSON.
  void publish(std::string_view kind, const AssetId& asset, std::string data);

  /// What a follower missed before it came.
  struct Gap {
    std::uint64_t oldest;  ///< The first event that is still known ...
    TimePoint since;       ///< ... and when the last one happened that the follower has.
  };
  /// From now on `queue` is told of everything, or of one asset only, after what it missed: all
  /// after number `after`, as far as it is remembered. `fill` is asked for what is not, before
  /// anything is sent.
  using Fill = std::function<void(const Gap&, EventQueue&)>;
  void follow(const std::shared_ptr<EventQueue>& queue, std::optional<AssetId> asset,
              std::optional<std::uint64_t> after, const Fill& fill);

  /// Ends the answers of all followers.
  void end();

  std::size_t followers() const;

 private:
  struct Event {
    std::uint64_t id;
    std::string kind;
    AssetId asset;
    live::ViewPointer view;  ///< Of an outcome; text is made of it only for followers.
    std::string data;        ///< Of the others.
  };
  struct Follower {
    std::weak_ptr<EventQueue> queue;
    std::optional<AssetId> asset;

    bool wants(const Event& event) const {
      return !asset || event.asset.value.empty() || *asset == event.asset;
    }
  };
  struct State {
    std::deque<Event> events;
    std::vector<Follower> followers;
    std::uint64_t last_id = 0;
    bool ended = false;
  };
  static void append(const Event& event, std::string& text);
  std::uint64_t next_id(State& state) const;
  void add(State& state, std::vector<Event> fresh) const;

  const Clock clock_;
  Guarded<State> state_;
};

}  // namespace hvac::api
