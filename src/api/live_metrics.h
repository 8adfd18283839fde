#pragma once

#include <string>

namespace hvac::api {

struct Shared;

/// Appends the series of the running twins, the store, the broker, the key indicators and the
/// process. Documented in docs/metrics.md.
void write_live_metrics(const Shared& shared, std::string& text);

}  // namespace hvac::api
