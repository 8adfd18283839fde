#include "drift/options.h"

#include <fmt/format.h>

namespace hvac::drift {
namespace {

tl::unexpected<Error> outside(const char* option, double value, const char* limits) {
  return fail(ErrorCode::out_of_range,
              fmt::format("drift.{} is {:g}; it must be {}", option, value, limits));
}

}  // namespace

Result<void> check(const Options& options) {
  if (!(options.psi_warning >= 0.0)) {
    return outside("psi_warning", options.psi_warning, "at least 0");
  }
  if (!(options.psi_critical > options.psi_warning)) {
    return outside("psi_critical", options.psi_critical, "above psi_warning");
  }
  if (!(options.psi_retrain >= options.psi_critical)) {
    return outside("psi_retrain", options.psi_retrain, "at least psi_critical");
  }
  if (!(options.beyond_warning > 0.0 && options.beyond_warning <= 1.0)) {
    return outside("beyond_warning", options.beyond_warning, "above 0 and at most 1");
  }
  if (!(options.beyond_critical >= options.beyond_warning && options.beyond_critical <= 1.0)) {
    return outside("beyond_critical", options.beyond_critical, "beyond_warning .. 1");
  }
  if (!(options.false_alarm_rate > 0.0 && options.false_alarm_rate <= 0.5)) {
    return outside("false_alarm_rate", options.false_alarm_rate, "above 0 and at most 0.5");
  }
  if (options.min_samples < 20) {
    return outside("min_samples", static_cast<double>(options.min_samples), "at least 20");
  }
  return {};
}

}  // namespace hvac::drift
