#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace hvac::drift {

/// The quantiles 0/parts, 1/parts, ... parts/parts of `values` by linear interpolation between
/// neighbours. Reorders `values`, of which there must be one at least.
std::vector<double> quantiles(std::span<double> values, std::size_t parts);

/// Quantile `q` in [0, 1] the same way. Reorders `values`, of which there must be one at least.
double quantile(std::span<double> values, double q);

}  // namespace hvac::drift
