#include "drift/measures.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace hvac::drift {
namespace {

double total(std::span<const std::uint64_t> counts) {
  return static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
}

}  // namespace

double psi(std::span<const std::uint64_t> reference, std::span<const std::uint64_t> current) {
  constexpr double kSmoothing = 0.5;
  const double added = kSmoothing * static_cast<double>(reference.size());
  const double n = total(reference) + added;
  const double m = total(current) + added;
  double sum = 0.0;
  for (std::size_t bin = 0; bin < reference.size(); ++bin) {
    const double p = (static_cast<double>(reference[bin]) + kSmoothing) / n;
    const double q = (static_cast<double>(current[bin]) + kSmoothing) / m;
    sum += (q - p) * std::log(q / p);
  }
  return sum;
}

double expected_psi(std::size_t bins, std::uint64_t n, std::uint64_t m) {
  return static_cast<double>(bins - 1) *
         (1.0 / static_cast<double>(n) + 1.0 / static_cast<double>(m));
}

double kolmogorov_smirnov(const TagReference& reference, const Tally& current) {
  const auto n = static_cast<double>(reference.moments.n);
  const auto m = static_cast<double>(current.moments.n);
  double below_reference = 0.0;
  double below_current = 0.0;
  double greatest = 0.0;
  for (std::size_t cell = 0; cell < reference.cells.size(); ++cell) {
    below_reference += static_cast<double>(reference.cells[cell]) / n;
    below_current += static_cast<double>(current.cells[cell]) / m;
    greatest = std::max(greatest, std::abs(below_reference - below_current));
  }
  return greatest;
}

double wasserstein(const TagReference& reference, const Tally& current) {
  const auto n = static_cast<double>(reference.moments.n);
  const auto m = static_cast<double>(current.moments.n);
  const std::vector<double>& cuts = reference.cuts;
  double difference = 0.0;  // Of the distribution functions, at the cut before.
  double before = std::min({cuts.front(), reference.moments.low, current.moments.low});
  double area = 0.0;
  for (std::size_t cell = 0; cell < reference.cells.size(); ++cell) {
    const double cut = cell < cuts.size()
                           ? cuts[cell]
                           : std::max({before, reference.moments.high, current.moments.high});
    const double after = difference + static_cast<double>(reference.cells[cell]) / n -
                         static_cast<double>(current.cells[cell]) / m;
    area += 0.5 * (std::abs(difference) + std::abs(after)) * (cut - before);
    difference = after;
    before = cut;
  }
  return area;
}

double share_in_tails(const TagReference& reference, const Tally& current) {
  if (reference.by_value || current.moments.n == 0) return 0.0;
  constexpr double kTail = 0.02;
  const auto n = static_cast<double>(reference.moments.n);
  std::uint64_t count = 0;
  double below = 0.0;  // Share of the reference below the cell.
  for (std::size_t cell = 0; cell < current.cells.size(); ++cell) {
    const double through = below + static_cast<double>(reference.cells[cell]) / n;
    if (through <= kTail || below >= 1.0 - kTail) count += current.cells[cell];
    below = through;
  }
  return static_cast<double>(count) / static_cast<double>(current.moments.n);
}

double share_beyond(const TagReference& reference, const Tally& current) {
  if (reference.by_value || current.moments.n == 0) return 0.0;
  std::uint64_t count = 0;
  for (std::size_t cell = 0; cell < current.cells.size(); ++cell) {
    const bool low = cell == 0;  // The first cut lies just below the fence, the last one on it.
    if (low || cell == reference.cuts.size()) count += current.cells[cell];
  }
  return static_cast<double>(count) / static_cast<double>(current.moments.n);
}

}  // namespace hvac::drift
