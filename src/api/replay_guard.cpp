#include "api/replay_guard.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/problem.h"
#include "base/hash.h"

namespace hvac::api {
namespace {

std::string name_of(const Request& request) {
  return std::string(request.caller) + '\n' + std::string(request.idempotency_key);
}

std::string digest_of(const Request& request) {
  return sha256(fmt::format("{}?{}\n{}", request.path, request.query, request.body));
}

}  // namespace

ReplayGuard::Verdict ReplayGuard::begin(const Request& request, Response& response, Time now) {
  if (request.idempotency_key.size() > kLongestKey) {
    refuse_with(422, fmt::format("the Idempotency-Key is longer than {} bytes", kLongestKey),
                response);
    return Verdict::refused;
  }
  const std::string digest = digest_of(request);
  return state_.with([&](State& state) {
    std::erase_if(state.entries,
                  [&](const auto& item) { return now - item.second.begun > kWindow; });
    if (state.entries.size() >= kMostRequests) {
      state.entries.erase(std::min_element(
          state.entries.begin(), state.entries.end(),
          [](const auto& a, const auto& b) { return a.second.begun < b.second.begun; }));
    }
    const auto [place, is_new] = state.entries.try_emplace(name_of(request));
    Entry& entry = place->second;
    if (is_new) {
      entry.begun = now;
      entry.request = digest;
      return Verdict::act;
    }
    if (entry.request != digest) {
      refuse_with(422, "this Idempotency-Key was used for another request", response);
      return Verdict::refused;
    }
    if (!entry.done) {
      refuse_with(409, "the first request with this Idempotency-Key is still under way", response);
      return Verdict::refused;
    }
    response.status = entry.status;
    response.content_type = entry.content_type;
    response.body = entry.body;
    return Verdict::answered;
  });
}

void ReplayGuard::remember(const Request& request, const Response& response) {
  state_.with([&](State& state) {
    const auto found = state.entries.find(name_of(request));
    if (found == state.entries.end()) return;
    Entry& entry = found->second;
    entry.done = true;
    entry.status = response.status;
    entry.content_type = response.content_type;
    entry.body = response.body;
  });
}

void ReplayGuard::forget(const Request& request) {
  state_.with([&](State& state) { state.entries.erase(name_of(request)); });
}

}  // namespace hvac::api
