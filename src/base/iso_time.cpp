#include "base/iso_time.h"

#include <fmt/chrono.h>

namespace hvac {

std::string iso_text(TimePoint time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", second, (time - second).count());
}

}  // namespace hvac
