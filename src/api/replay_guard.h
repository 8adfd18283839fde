#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "api/http.h"
#include "base/guarded.h"

namespace hvac::api {

/// Lets a changing request act once: one that comes again with the same Idempotency-Key, from the
/// same caller, is answered as it was the first time. Kept in memory. Any thread.
class ReplayGuard {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::hours kWindow{24};
  static constexpr std::size_t kMostRequests = 10'000;  ///< Remembered; then the oldest go.
  static constexpr std::size_t kLongestKey = 255;

  /// What to do with a request that has an Idempotency-Key.
  enum class Verdict {
    act,       ///< It is new: answer it, then call `remember` or `forget`.
    answered,  ///< `response` is what it was answered then.
    refused,   ///< `response` says why: the first one is under way, or was another request.
  };
  Verdict begin(const Request& request, Response& response, Time now);

  /// The answer to a request that `begin` let act.
  void remember(const Request& request, const Response& response);
  /// It did not act: the next one with that key may.
  void forget(const Request& request);

 private:
  struct Entry {
    Time begun;
    std::string request;  ///< SHA-256 of path and body.
    bool done = false;
    int status = 0;
    std::string_view content_type;
    std::string body;
  };
  struct State {
    std::map<std::string, Entry, std::less<>> entries;  ///< By caller and key.
  };
  Guarded<State> state_;
};

}  // namespace hvac::api
