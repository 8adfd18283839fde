#include "twin/cusum.h"

#include <algorithm>

namespace hvac::twin {

void Cusum::push(double standardised) {
  // What has piled up beyond twice the limit would only delay the all-clear.
  constexpr double kCeiling = 2.0 * kLimit;
  // One wild value is a spike, not a departure.
  constexpr double kGreatestStep = 3.0;
  const double step = std::clamp(standardised, -kGreatestStep, kGreatestStep);
  above = std::clamp(above + step - kAllowance, 0.0, kCeiling);
  below = std::clamp(below - step - kAllowance, 0.0, kCeiling);
}

}  // namespace hvac::twin
