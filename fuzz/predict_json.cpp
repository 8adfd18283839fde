#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string_view>

#include "api/predict_body.h"

// The body of /predict and /predict/batch: whatever the bytes, a Sample of finite numbers within
// their ranges or a problem that says something.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static hvac::api::PredictBody body(hvac::telemetry::unit_cooler_profile());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  int visits = 0;
  const auto visit = [&](const hvac::api::SentInstant& instant) {
    ++visits;
    for (const auto tag : hvac::api::kRequiredInputs) {
      const auto value = instant.sample.input(tag);
      if (value && !std::isfinite(*value)) std::abort();
    }
  };
  const auto one = body.read_one(text, std::cref(visit));
  if (one.has_value() == (visits == 1)) std::abort();
  if (one && (one->status < 400 || one->detail.empty())) std::abort();
  const auto many = body.read_many(text, std::cref(visit));
  if (many && (many->status < 400 || many->detail.empty())) std::abort();
  return 0;
}
