#include "drift/quantiles.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace hvac::drift {
namespace {

// Puts the values of those (ascending) places of the sorted order where they belong; cheaper than
// sorting for a few of many.
void select(std::span<double> values, std::span<const std::size_t> places, std::size_t offset) {
  if (places.empty() || values.size() < 2) return;
  const std::size_t middle = places.size() / 2;
  const std::size_t place = places[middle] - offset;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(place),
                   values.end());
  select(values.first(place), places.first(middle), offset);
  select(values.subspan(place + 1), places.subspan(middle + 1), offset + place + 1);
}

}  // namespace

std::vector<double> quantiles(std::span<double> values, std::size_t parts) {
  const std::size_t last = values.size() - 1;
  std::vector<std::size_t> places;
  for (std::size_t k = 0; k <= parts; ++k) {
    const std::size_t below = last * k / parts;
    places.push_back(below);
    places.push_back(std::min(below + 1, last));
  }
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  select(values, places, 0);

  std::vector<double> found;
  for (std::size_t k = 0; k <= parts; ++k) {
    const std::size_t below = last * k / parts;
    const double part = static_cast<double>(last * k % parts) / static_cast<double>(parts);
    const double low = values[below];
    const double high = values[std::min(below + 1, last)];
    found.push_back(part == 0.0 ? low : low + part * (high - low));
  }
  return found;
}

double quantile(std::span<double> values, double q) {
  const double place = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t places[] = {below, std::min(below + 1, values.size() - 1)};
  select(values, std::span(places).first(places[0] == places[1] ? 1 : 2), 0);
  return values[below] + (place - std::floor(place)) * (values[places[1]] - values[below]);
}

}  // namespace hvac::drift
