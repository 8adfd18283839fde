#pragma once

#include "api/metrics_text.h"

namespace hvac::alerts {
struct CenterStatus;
}

namespace hvac::api {

/// Appends the series of the alerts and their delivery. Documented in docs/metrics.md.
void write_alert_metrics(const alerts::CenterStatus& status, MetricsText& text);

}  // namespace hvac::api
