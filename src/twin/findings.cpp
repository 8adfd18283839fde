#include "twin/findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "twin/cusum.h"

namespace hvac::twin {

std::string_view name(FindingKind kind) {
  switch (kind) {
    case FindingKind::above_prediction:
      return "above_prediction";
    case FindingKind::below_prediction:
      return "below_prediction";
    case FindingKind::sensor_bad:
      return "sensor_bad";
    case FindingKind::outside_training:
      return "outside_training";
    case FindingKind::heat_balance_open:
      return "heat_balance_open";
    case FindingKind::coil_fouled:
      break;
  }
  return "coil_fouled";
}

std::string describe(const Finding& finding) {
  const auto departs = [&](std::string_view side) {
    return fmt::format(
        "{} stays {} the prediction by {:.2f} (limit of the cumulated departure {:.0f} standard "
        "deviations): compare with a hand instrument, then look at fan, valve and coil",
        finding.tag, side, finding.value, finding.limit);
  };
  switch (finding.kind) {
    case FindingKind::above_prediction:
      return departs("above");
    case FindingKind::below_prediction:
      return departs("below");
    case FindingKind::sensor_bad:
      return fmt::format(
          "{} gives little or nothing believable, {:.0f} bad samples or more (limit {:.0f}): check "
          "the sensor and its wiring",
          finding.tag, finding.value, finding.limit);
    case FindingKind::outside_training:
      return fmt::format(
          "conditions lie {:.1f} times as far out as the training data reach (limit "
          "{:.0f}, farthest: {}): trust first principles more than the model",
          finding.value, finding.limit, finding.tag);
    case FindingKind::heat_balance_open:
      return fmt::format(
          "air and water differ by {:.2f} kW about the heat (limit {:.2f} kW): one of "
          "UCAF, UCAOT, UCWF, UCWOT or an inlet temperature is wrong",
          finding.value, finding.limit);
    case FindingKind::coil_fouled:
      break;
  }
  return fmt::format(
      "the coil carries {:.0f} % of its clean conductance (limit {:.0f} %): clean "
      "filter and fins, then check the water side",
      100.0 * finding.value, 100.0 * finding.limit);
}

std::optional<TimePoint> FindingLatch::see(bool holds, TimePoint now,
                                           int samples_before_it_counts) {
  if (!holds) {
    count_ = 0;
    return std::nullopt;
  }
  if (count_ == 0) first_ = now;
  if (count_ < samples_before_it_counts) ++count_;
  return count_ >= samples_before_it_counts ? std::optional(first_) : std::nullopt;
}

std::optional<TimePoint> SensorLatch::see(bool is_bad, TimePoint now) {
  const bool was_finding = level_ >= kFinding;
  if (is_bad && level_ == 0) first_ = now;
  level_ = std::clamp(level_ + (is_bad ? kBad : -1), 0, kFull);
  const bool is_finding = level_ >= kFinding;
  if (is_finding && !was_finding) level_ = kFull;
  if (was_finding && !is_finding) level_ = 0;
  return is_finding ? std::optional(first_) : std::nullopt;
}

}  // namespace hvac::twin
