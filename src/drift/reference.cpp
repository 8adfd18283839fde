#include "drift/reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "drift/quantiles.h"

namespace hvac::drift {
namespace {

constexpr std::size_t kDeciles = 10;
constexpr std::size_t kPercentiles = 100;

// Pieces whose extremes tell how far a further one may reach.
constexpr std::size_t kExtremeBlocks = 16;
constexpr std::size_t kSpacings = 5;
// The chance that one further piece of the reference reaches beyond the fence is about e^-12.
constexpr double kFenceScales = 12.0;
constexpr double kLeastFence = 0.05;  // Of the range seen.

double below(double value) {
  return std::nextafter(value, -std::numeric_limits<double>::infinity());
}

// The values of one tag in one mode, chunk after chunk.
struct Gathered {
  std::vector<double> values;
  std::vector<std::size_t> chunk_ends;
};

Gathered gather(const std::vector<double>& column, std::span<const std::uint32_t> rows) {
  Gathered gathered;
  gathered.values.reserve(rows.size());
  for (std::size_t chunk = 0; chunk < kChunks; ++chunk) {
    const std::size_t end = rows.size() * (chunk + 1) / kChunks;
    for (std::size_t i = rows.size() * chunk / kChunks; i < end; ++i) {
      const double value = column[rows[i]];
      if (std::isfinite(value)) gathered.values.push_back(value);
    }
    gathered.chunk_ends.push_back(gathered.values.size());
  }
  return gathered;
}

// The different values, ascending; none when there are more than kFewValues.
std::vector<double> few_values(std::span<const double> values) {
  std::vector<double> found;
  for (const double value : values) {
    if (!found.empty() && found.back() == value) continue;  // Most often the last one again.
    const auto place = std::lower_bound(found.begin(), found.end(), value);
    if (place != found.end() && *place == value) continue;
    if (found.size() == kFewValues) return {};
    found.insert(place, value);
  }
  return found;
}

void sort_out(std::vector<double>& cuts) {
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
}

void bin_by_value(TagReference& tag, const std::vector<double>& values) {
  tag.by_value = true;
  tag.bins = values.size() + 1;
  for (const double value : values) {
    tag.cuts.push_back(below(value));
    tag.cuts.push_back(value);
  }
  sort_out(tag.cuts);
  tag.bin_of_cell.assign(tag.cuts.size() + 1, static_cast<std::uint8_t>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    tag.bin_of_cell[tag.cell_of(values[i])] = static_cast<std::uint8_t>(i);
  }
}

void bin_by_deciles(TagReference& tag, const std::vector<double>& percentiles) {
  std::vector<double> bounds;
  for (std::size_t k = 1; k < kDeciles; ++k) {
    const double value = percentiles[k * kPercentiles / kDeciles];
    const bool again = k > 1 && percentiles[(k - 1) * kPercentiles / kDeciles] == value;
    if (again) bounds.push_back(below(value));
    bounds.push_back(value);
  }
  sort_out(bounds);
  tag.bins = bounds.size() + 1;

  tag.cuts = percentiles;
  tag.cuts.insert(tag.cuts.end(), bounds.begin(), bounds.end());
  tag.cuts.insert(tag.cuts.end(), {below(tag.fence_low), tag.fence_high});
  sort_out(tag.cuts);
  for (std::size_t cell = 0; cell <= tag.cuts.size(); ++cell) {
    const auto bin = cell == tag.cuts.size()
                         ? bounds.end()
                         : std::lower_bound(bounds.begin(), bounds.end(), tag.cuts[cell]);
    tag.bin_of_cell.push_back(static_cast<std::uint8_t>(bin - bounds.begin()));
  }
}

// How far beyond the greatest of `highs` another piece of the same kind will hardly reach: the tail
// of the pieces' extremes falls off exponentially with the scale that the spacings of the greatest
// ones show (Weissman 1978, JASA 73:812). Reorders `highs`.
double reach_beyond(std::vector<double>& highs) {
  if (highs.size() < kSpacings + 1) return 0.0;
  std::sort(highs.rbegin(), highs.rend());
  double scale = 0.0;
  for (std::size_t i = 0; i < kSpacings; ++i) {
    scale += static_cast<double>(i + 1) * (highs[i] - highs[i + 1]);
  }
  return kFenceScales * scale / static_cast<double>(kSpacings);
}

void set_fences(TagReference& tag) {
  std::vector<double> highs;
  std::vector<double> lows;
  for (std::size_t block = 0; block < kExtremeBlocks; ++block) {
    double high = -std::numeric_limits<double>::infinity();
    double low = std::numeric_limits<double>::infinity();
    for (std::size_t i = block * kChunks / kExtremeBlocks;
         i < (block + 1) * kChunks / kExtremeBlocks; ++i) {
      if (tag.chunks[i].moments.n == 0) continue;
      high = std::max(high, tag.chunks[i].moments.high);
      low = std::min(low, tag.chunks[i].moments.low);
    }
    if (high < low) continue;
    highs.push_back(high);
    lows.push_back(-low);
  }
  const double least = kLeastFence * (tag.moments.high - tag.moments.low);
  tag.fence_high = tag.moments.high + std::max(least, reach_beyond(highs));
  tag.fence_low = tag.moments.low - std::max(least, reach_beyond(lows));
}

TagReference tag_reference(const std::vector<double>& column, std::span<const std::uint32_t> rows) {
  TagReference tag;
  const Gathered gathered = gather(column, rows);
  if (gathered.values.size() < kLeastReference) {
    tag.moments.n = gathered.values.size();
    return tag;
  }
  tag.chunks.resize(kChunks);
  std::size_t at = 0;
  for (std::size_t chunk = 0; chunk < kChunks; ++chunk) {
    for (; at < gathered.chunk_ends[chunk]; ++at) {
      tag.chunks[chunk].moments.add(gathered.values[at]);
    }
    tag.moments.add(tag.chunks[chunk].moments);
  }
  set_fences(tag);
  if (const std::vector<double> few = few_values(gathered.values); !few.empty()) {
    bin_by_value(tag, few);
  } else {
    std::vector<double> copy = gathered.values;
    bin_by_deciles(tag, quantiles(copy, kPercentiles));
  }
  tag.cells.assign(tag.cuts.size() + 1, 0);
  at = 0;
  for (std::size_t chunk = 0; chunk < kChunks; ++chunk) {
    std::vector<std::uint32_t>& bins = tag.chunks[chunk].bins;
    bins.assign(tag.bins, 0);
    for (; at < gathered.chunk_ends[chunk]; ++at) {
      const std::size_t cell = tag.cell_of(gathered.values[at]);
      ++tag.cells[cell];
      ++bins[tag.bin_of_cell[cell]];
    }
  }
  return tag;
}

std::uint64_t recordings_of(const Rows& rows, std::span<const std::uint32_t> of_mode) {
  if (rows.recording.empty() || of_mode.empty()) return 0;
  std::uint64_t count = 1;
  for (std::size_t i = 1; i < of_mode.size(); ++i) {
    if (rows.recording[of_mode[i]] != rows.recording[of_mode[i - 1]]) ++count;
  }
  return count;
}

ModeReference mode_reference(std::string name, const Rows& rows,
                             std::span<const std::uint32_t> of_mode) {
  ModeReference mode{std::move(name), of_mode.size(), recordings_of(rows, of_mode), {}};
  for (const std::vector<double>& column : rows.columns) {
    mode.tags.push_back(tag_reference(column, of_mode));
  }
  return mode;
}

}  // namespace

void Moments::add(double value) {
  ++n;
  const double step = value - mean;
  mean += step / static_cast<double>(n);
  m2 += step * (value - mean);
  low = n == 1 ? value : std::min(low, value);
  high = n == 1 ? value : std::max(high, value);
}

void Moments::add(const Moments& more) {
  if (more.n == 0) return;
  if (n == 0) {
    *this = more;
    return;
  }
  const auto mine = static_cast<double>(n);
  const auto theirs = static_cast<double>(more.n);
  const double step = more.mean - mean;
  mean += step * theirs / (mine + theirs);
  m2 += more.m2 + step * step * mine * theirs / (mine + theirs);
  n += more.n;
  low = std::min(low, more.low);
  high = std::max(high, more.high);
}

double Moments::sd() const {
  return n == 0 || low == high ? 0.0 : std::sqrt(m2 / static_cast<double>(n));
}

std::size_t TagReference::cell_of(double value) const {
  // std::lower_bound without a branch that the values decide.
  const double* base = cuts.data();
  std::size_t length = cuts.size();
  while (length > 1) {
    const std::size_t half = length / 2;
    base += base[half - 1] < value ? half : 0;
    length -= half;
  }
  return static_cast<std::size_t>(base - cuts.data()) + (*base < value ? 1 : 0);
}

std::vector<std::uint64_t> TagReference::bin_counts(
    std::span<const std::uint64_t> cell_counts) const {
  std::vector<std::uint64_t> counts(bins, 0);
  for (std::size_t cell = 0; cell < cell_counts.size(); ++cell) {
    counts[bin_of_cell[cell]] += cell_counts[cell];
  }
  return counts;
}

const ModeReference* Reference::of_mode(std::string_view name) const {
  const auto named = [&](std::string_view wanted) {
    const auto found = std::find_if(modes.begin(), modes.end(),
                                    [&](const ModeReference& mode) { return mode.name == wanted; });
    return found == modes.end() ? nullptr : &*found;
  };
  if (const ModeReference* own = named(name)) return own;
  const bool knows_modes = std::any_of(modes.begin(), modes.end(), [](const ModeReference& mode) {
    return mode.name != kUnknownMode && mode.name != kPooled;
  });
  return name == kUnknownMode || !knows_modes ? named(kPooled) : nullptr;
}

Result<Reference> make_reference(const Rows& rows) {
  if (rows.size() < kLeastReference) {
    return fail(ErrorCode::rejected,
                fmt::format("a drift reference needs at least {} rows, there are {}",
                            kLeastReference, rows.size()));
  }
  Reference reference;
  reference.tags = rows.tags;
  std::vector<std::uint32_t> all(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) all[row] = static_cast<std::uint32_t>(row);
  ModeReference pooled = mode_reference(std::string(kPooled), rows, all);
  for (std::size_t mode = 0; mode < rows.modes.size(); ++mode) {
    std::vector<std::uint32_t> of_mode;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (rows.mode[row] == mode) of_mode.push_back(static_cast<std::uint32_t>(row));
    }
    if (of_mode.size() < kLeastReference) continue;
    if (of_mode.size() < rows.size()) {
      reference.modes.push_back(mode_reference(rows.modes[mode], rows, of_mode));
    } else if (rows.modes[mode] != kUnknownMode) {
      reference.modes.push_back(pooled);
      reference.modes.back().name = rows.modes[mode];
    }
  }
  reference.modes.push_back(std::move(pooled));
  return reference;
}

}  // namespace hvac::drift
