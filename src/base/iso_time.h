#pragma once

#include <string>

#include "base/clock.h"

namespace hvac {

/// The instant as ISO 8601 UTC with milliseconds, "2026-11-24T08:15:00.000Z".
[[nodiscard]] std::string iso_text(TimePoint time);

}  // namespace hvac
