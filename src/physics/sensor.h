#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

/// How a sensor's reading follows the truth: lag, delay, bias, resolution. Times in seconds,
/// values in the unit of what is measured.
namespace hvac::physics {

/// First-order lag of `time_constant_s`, exact for a truth that is constant within a step. A value.
class Lag {
 public:
  explicit Lag(double start) : value_(start) {}

  double step(double truth, double time_constant_s, double step_s) {
    value_ +=
        (truth - value_) * (time_constant_s > 0.0 ? -std::expm1(-step_s / time_constant_s) : 1.0);
    return value_;
  }
  double value() const { return value_; }

 private:
  double value_;
};

/// What was put in `steps` steps ago; before that, the first value. A value.
class Delay {
 public:
  explicit Delay(std::size_t steps) : past_(steps) {}

  double step(double now) {
    if (past_.empty()) return now;
    if (!filled_) past_.assign(past_.size(), now);
    filled_ = true;
    const double then = past_[next_];
    past_[next_] = now;
    next_ = (next_ + 1) % past_.size();
    return then;
  }

 private:
  std::vector<double> past_;
  std::size_t next_ = 0;
  bool filled_ = false;
};

/// `value` on the nearest step of `resolution`; as it is when that is 0.
inline double quantised(double value, double resolution) {
  // Adding 0 turns a negative zero into zero.
  return resolution > 0.0 ? std::round(value / resolution) * resolution + 0.0 : value;
}

}  // namespace hvac::physics
