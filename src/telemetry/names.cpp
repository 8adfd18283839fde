#include "telemetry/block.h"
#include "telemetry/quality.h"

namespace hvac::telemetry {

std::string_view name(Quality quality) {
  switch (quality) {
    case Quality::good:
      return "good";
    case Quality::missing:
      return "missing";
    case Quality::out_of_range:
      return "out_of_range";
    case Quality::wrapped:
      return "wrapped";
    case Quality::stuck:
      return "stuck";
    case Quality::spike:
      return "spike";
    case Quality::inconsistent:
      return "inconsistent";
    case Quality::duplicate:
      return "duplicate";
    case Quality::reboot:
      return "reboot";
  }
  return "unknown";
}

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::good:
      return "good";
    case Verdict::relabelled:
      return "relabelled";
    case Verdict::unusable:
      return "unusable";
    case Verdict::empty:
      return "empty";
  }
  return "unknown";
}

}  // namespace hvac::telemetry
