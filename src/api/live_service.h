#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "base/result.h"
#include "live/fleet.h"

/// The running twins over HTTP, and the switch of a demo's faults.
namespace hvac::api {

/// What a demo lets people do to its simulated cooler. Each may be called from any thread.
struct DemoControl {
  /// Errors: invalid_argument, naming the faults that are known.
  std::function<Result<void>(std::string_view fault)> start;
  /// Errors: not_found when there is no such fault.
  std::function<Result<void>(std::string_view fault)> stop;
  /// Names of the faults that are there now.
  std::function<std::vector<std::string>()> active;
};

/// All assets with what their last sample meant, as JSON.
void write_assets(const live::Fleet& fleet, Response& response);

/// GET /api/v1/assets/{asset}: the same of one.
void write_asset(const live::Fleet& fleet, const Request& request, Response& response);

/// GET: {"active":[…]}.
void write_faults(const DemoControl& demo, Response& response);

/// POST {"fault":"valve-stuck","action":"start"|"stop"}: does it and answers as `write_faults`.
void switch_fault(const DemoControl& demo, std::string_view body, Response& response);

}  // namespace hvac::api
