#pragma once

#include <cmath>
#include <numbers>
#include <random>

namespace hvac::drift {

/// In (0, 1); the same on every machine.
inline double uniform(std::mt19937_64& random) {
  return (static_cast<double>(random() >> 11) + 0.5) * 0x1.0p-53;
}

/// Of the standard normal distribution (Box & Muller 1958).
inline double normal(std::mt19937_64& random) {
  const double radius = std::sqrt(-2.0 * std::log(uniform(random)));
  return radius * std::cos(2.0 * std::numbers::pi * uniform(random));
}

}  // namespace hvac::drift
