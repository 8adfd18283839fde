#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "alerts/options.h"
#include "base/clock.h"

namespace hvac::alerts {

/// How many messages may go out now: a bucket of tokens. A value; full at the start.
class RateLimit {
 public:
  /// Whole tokens at `now`. A clock that was set back gives none.
  int tokens(TimePoint now, const RateOptions& options) {
    if (!last_) tokens_ = options.burst;
    const std::chrono::duration<double> passed = last_ ? now - *last_ : std::chrono::seconds(0);
    const std::chrono::duration<double> refill = options.refill;
    tokens_ = std::min<double>(options.burst, tokens_ + std::max(0.0, passed / refill));
    last_ = now;
    return static_cast<int>(tokens_);
  }
  void take() { tokens_ -= 1.0; }

 private:
  double tokens_ = 0.0;
  std::optional<TimePoint> last_;
};

}  // namespace hvac::alerts
