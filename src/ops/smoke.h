#pragma once

#include <string>
#include <vector>

#include "ops/check.h"
#include "ops/drill.h"

namespace hvac::ops {

/// One request of each kind to a running program: health, a prediction with believable answers, a
/// batch, metrics, the description and pages of the API, and the dashboard when its URL is given.
std::vector<Check> smoke(const Ask& ask, const std::string& url, const std::string& dashboard_url);

/// The checks of it that maintenance needs one by one.
Check check_health(const Ask& ask, const std::string& url);
Check check_prediction(const Ask& ask, const std::string& url);
Check check_dashboard(const Ask& ask, const std::string& url);

}  // namespace hvac::ops
