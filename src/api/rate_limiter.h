#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/guarded.h"

namespace hvac::api {

/// So many at once, and refilled at that rate.
struct Rate {
  double per_second = 0.0;  ///< 0: no limit.
  double burst = 1.0;
};

/// How often each client may do something: a bucket of tokens per client. Any thread.
class RateLimiter {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kMostClients = 10'000;  ///< Remembered; then the fullest go.

  explicit RateLimiter(const Rate& rate) : state_(State{rate, {}}) {}
  void configure(const Rate& rate);

  /// Takes one of the client's tokens. Returns the seconds to wait when it has none.
  std::optional<int> take(std::string_view client, Time now);

  /// The same without taking any.
  std::optional<int> wait_of(std::string_view client, Time now);

 private:
  struct Bucket {
    double tokens;
    Time filled;
  };
  struct State {
    Rate rate;
    std::map<std::string, Bucket, std::less<>> buckets;
  };
  static Bucket& bucket_of(State& state, std::string_view client, Time now);

  Guarded<State> state_;
};

}  // namespace hvac::api
