#pragma once

#include <cstddef>
#include <vector>

namespace hvac::trees {

/// Gauss-Legendre quadrature on [0, 1]: the sum of weight x f(at) is the integral of f, exactly for
/// polynomials of degree below 2 n.
struct Quadrature {
  std::vector<double> at;
  std::vector<double> beside;  ///< 1 - at, to full precision.
  std::vector<double> weight;
};

Quadrature gauss_legendre(std::size_t n);

}  // namespace hvac::trees
