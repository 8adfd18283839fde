#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ingest/reading.h"

// Any bytes as the payload of a reading: what is accepted is finite, complete and in time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hvac;
  static ingest::ReadingParser parser(telemetry::unit_cooler_profile());
  static ingest::RawReading reading;
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  const auto parsed = parser.parse(payload, reading);
  if (!parsed) {
    if (parsed.error().message.empty()) std::abort();
    return 0;
  }
  if (reading.values.size() != telemetry::unit_cooler_profile()->tags.size()) std::abort();
  for (const double value : reading.values) {
    if (std::isinf(value)) std::abort();
  }
  if (reading.time < TimePoint(std::chrono::years(9))) std::abort();
  return 0;
}
