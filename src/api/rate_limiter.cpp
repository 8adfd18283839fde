#include "api/rate_limiter.h"

#include <algorithm>
#include <cmath>

namespace hvac::api {
namespace {

int seconds_to_wait(const Rate& rate, double tokens) {
  return static_cast<int>(std::ceil(std::min((1.0 - tokens) / rate.per_second, 3600.0)));
}

}  // namespace

void RateLimiter::configure(const Rate& rate) {
  state_.with([&](State& state) { state.rate = rate; });
}

RateLimiter::Bucket& RateLimiter::bucket_of(State& state, std::string_view client, Time now) {
  auto found = state.buckets.find(client);
  if (found == state.buckets.end()) {
    if (state.buckets.size() >= kMostClients) {  // Those that have been away longest know no loss.
      std::erase_if(state.buckets, [&](const auto& item) {
        const double idle = std::chrono::duration<double>(now - item.second.filled).count();
        return item.second.tokens + idle * state.rate.per_second >= state.rate.burst;
      });
    }
    if (state.buckets.size() >= kMostClients) state.buckets.erase(state.buckets.begin());
    found = state.buckets.emplace(client, Bucket{state.rate.burst, now}).first;
  }
  Bucket& bucket = found->second;
  const double passed = std::chrono::duration<double>(now - bucket.filled).count();
  bucket.tokens = std::min(state.rate.burst, bucket.tokens + passed * state.rate.per_second);
  bucket.filled = now;
  return bucket;
}

std::optional<int> RateLimiter::take(std::string_view client, Time now) {
  return state_.with([&](State& state) -> std::optional<int> {
    if (state.rate.per_second <= 0.0) return std::nullopt;
    Bucket& bucket = bucket_of(state, client, now);
    if (bucket.tokens < 1.0) return seconds_to_wait(state.rate, bucket.tokens);
    bucket.tokens -= 1.0;
    return std::nullopt;
  });
}

std::optional<int> RateLimiter::wait_of(std::string_view client, Time now) {
  return state_.with([&](State& state) -> std::optional<int> {
    if (state.rate.per_second <= 0.0) return std::nullopt;
    const Bucket& bucket = bucket_of(state, client, now);
    if (bucket.tokens < 1.0) return seconds_to_wait(state.rate, bucket.tokens);
    return std::nullopt;
  });
}

}  // namespace hvac::api
