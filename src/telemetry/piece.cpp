#include "telemetry/piece.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace hvac::telemetry {
namespace {

// Pump off and on differ in a quarter of the columns' looks, layouts in half of them.
constexpr double kSameLayout = 0.34;

using Shares = std::vector<std::array<float, kLooks>>;  // By column.

Shares shares_of(const Piece& piece) {
  if (piece.sample.empty()) return {};
  Shares shares(piece.sample.front().size());
  for (const auto& row : piece.sample) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      shares[column][look_of(row[column])] += 1.0F / static_cast<float>(piece.sample.size());
    }
  }
  return shares;
}

/// Mean over the columns with values of how much of their looks two pieces do not share.
double distance(const Shares& a, const Shares& b) {
  constexpr float kAllMissing = 0.9F;
  double sum = 0.0;
  int used = 0;
  for (std::size_t column = 0; column < a.size(); ++column) {
    if (a[column][0] > kAllMissing && b[column][0] > kAllMissing) continue;
    double common = 0.0;
    for (std::size_t look = 0; look < kLooks; ++look) {
      common += static_cast<double>(std::min(a[column][look], b[column][look]));
    }
    sum += 1.0 - common;
    ++used;
  }
  return used > 0 ? sum / used : 1.0;
}

}  // namespace

std::uint8_t look_of(double value) {
  if (std::isnan(value)) return 0;
  if (value == 0.0) return 1;
  if (value < 0.0) return 2;
  constexpr std::array<double, 9> kLimits = {1, 5, 60, 105, 300, 700, 1500, 3000, 7000};
  const auto at = std::upper_bound(kLimits.begin(), kLimits.end(), value) - kLimits.begin();
  const bool whole = value == std::round(value);
  return static_cast<std::uint8_t>(3 + 2 * at + (whole ? 1 : 0));
}

std::vector<std::size_t> group_by_look(std::span<const Piece> pieces) {
  std::vector<std::size_t> group(pieces.size());
  std::iota(group.begin(), group.end(), std::size_t{0});
  std::vector<Shares> shares;
  for (const Piece& piece : pieces) shares.push_back(shares_of(piece));
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (group[i] == group[k] || shares[i].empty() || shares[k].empty()) continue;
      if (distance(shares[i], shares[k]) > kSameLayout) continue;
      const std::size_t from = std::max(group[i], group[k]);
      const std::size_t to = std::min(group[i], group[k]);
      std::replace(group.begin(), group.end(), from, to);
    }
  }
  return group;
}

}  // namespace hvac::telemetry
