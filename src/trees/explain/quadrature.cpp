#include "trees/explain/quadrature.h"

#include <cmath>
#include <numbers>

namespace hvac::trees {
namespace {

struct Legendre {
  double value;
  double slope;
};

// The Legendre polynomial of degree n at x, by its three-term recurrence.
Legendre legendre(std::size_t n, double x) {
  double previous = 1.0;
  double value = x;
  for (std::size_t k = 2; k <= n; ++k) {
    const auto degree = static_cast<double>(k);
    const double next = ((2.0 * degree - 1.0) * x * value - (degree - 1.0) * previous) / degree;
    previous = value;
    value = next;
  }
  const auto degree = static_cast<double>(n);
  return {value, degree * (x * value - previous) / (x * x - 1.0)};
}

}  // namespace

Quadrature gauss_legendre(std::size_t n) {
  constexpr int kNewtonSteps = 100;
  constexpr double kConverged = 1e-16;
  Quadrature rule;
  for (std::size_t i = 0; i < n; ++i) {
    const auto order = static_cast<double>(n);
    double x = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (order + 0.5));
    for (int step = 0; step < kNewtonSteps; ++step) {
      const Legendre p = legendre(n, x);
      const double move = p.value / p.slope;
      x -= move;
      if (std::abs(move) < kConverged) break;
    }
    const double slope = legendre(n, x).slope;
    rule.at.push_back((1.0 + x) / 2.0);
    rule.beside.push_back((1.0 - x) / 2.0);
    rule.weight.push_back(1.0 / ((1.0 - x * x) * slope * slope));
  }
  return rule;
}

}  // namespace hvac::trees
