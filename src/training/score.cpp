#include "training/score.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace hvac::training {

double quantile(std::span<double> values, double q) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double place = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(place);
  std::nth_element(values.begin(), values.begin() + below, values.end());
  const double low = values[static_cast<std::size_t>(below)];
  if (static_cast<std::size_t>(below) + 1 >= values.size()) return low;
  const double high = *std::min_element(values.begin() + below + 1, values.end());
  return low + (place - static_cast<double>(below)) * (high - low);
}

Score score(std::span<const double> measured, std::span<const double> predicted,
            std::span<const twin::Interval> intervals) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> absolute;
  double sum = 0.0;
  double squares = 0.0;
  double measured_sum = 0.0;
  double relative = 0.0;
  std::size_t relative_n = 0;
  std::size_t held = 0;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    const double error = predicted[i] - measured[i];
    if (std::isnan(error)) continue;
    absolute.push_back(std::abs(error));
    sum += error;
    squares += error * error;
    measured_sum += measured[i];
    if (measured[i] != 0.0) {
      relative += std::abs(error / measured[i]);
      ++relative_n;
    }
    if (!intervals.empty() && intervals[i].low <= measured[i] && measured[i] <= intervals[i].high) {
      ++held;
    }
  }
  Score result{absolute.size(), kNan, kNan, kNan, kNan, kNan, kNan, kNan};
  if (result.n < kLeastScored) return result;

  const auto n = static_cast<double>(result.n);
  double spread = 0.0;
  double absolute_sum = 0.0;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    if (std::isnan(predicted[i] - measured[i])) continue;
    const double deviation = measured[i] - measured_sum / n;
    spread += deviation * deviation;
  }
  for (const double error : absolute) absolute_sum += error;
  result.r2 = spread > 0.0 ? 1.0 - squares / spread : kNan;
  result.mae = absolute_sum / n;
  result.mape = relative_n > 0 ? relative / static_cast<double>(relative_n) : kNan;
  result.rmse = std::sqrt(squares / n);
  result.bias = sum / n;
  result.p95 = quantile(absolute, 0.95);
  if (!intervals.empty()) result.coverage90 = static_cast<double>(held) / n;
  return result;
}

}  // namespace hvac::training
