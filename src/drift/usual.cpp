#include "drift/usual.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "drift/measures.h"
#include "drift/noise.h"
#include "drift/quantiles.h"

namespace hvac::drift {
namespace {

constexpr std::size_t kDraws = 400;
constexpr std::uint64_t kSeed = 20240501;  // Same data, same verdict.
constexpr std::size_t kBlock = 4;          // Chunks: a sixteenth of the reference.
constexpr std::size_t kBlocks = kChunks / kBlock;
constexpr std::size_t kMostChunks = 4 * kChunks;  // Of a drawn window.

// Departures have longer tails than the normal distribution; measured on autoregressions
// (docs/drift.md).
constexpr double kLongTails = 1.45;
// The more so the fewer blocks a window of correlated values is made of, up to a bound.
constexpr double kFewBlocks = 0.8;
constexpr double kMostFewBlocks = 0.25;
// Bound of the growth of limits where correlation reaches over blocks.
constexpr double kMostGrowth = 3.0;

// A window tells whether it covers the same states only by many tags, and never more than this.
constexpr std::size_t kCompanions = 8;
constexpr double kClose = 0.75;
constexpr double kLeastScale = 0.1;

// Departures below these are no news, however regular the reference is.
constexpr double kLeastPsi = 0.01;
constexpr double kLeastMean = 0.02;
constexpr double kLeastSpread = 0.02;

constexpr std::size_t kKinds = 3;  // Of departures.

constexpr double kSpreadFloor = 0.02;  // Of the reference's standard deviation.

// Sums over chunks as differences of running sums; twice around, so that blocks wrap.
class RunningSums {
 public:
  explicit RunningSums(const TagReference& tag)
      : bins_(tag.bins), width_(tag.bins + 3), centre_(tag.moments.mean) {
    sums_.assign((2 * kChunks + 1) * width_, 0.0);
    for (std::size_t i = 0; i < 2 * kChunks; ++i) {
      const Chunk& chunk = tag.chunks[i % kChunks];
      const double* before = &sums_[i * width_];
      double* after = &sums_[(i + 1) * width_];
      const auto n = static_cast<double>(chunk.moments.n);
      const double shift = chunk.moments.mean - centre_;
      after[0] = before[0] + n;
      after[1] = before[1] + n * shift;
      after[2] = before[2] + chunk.moments.m2 + n * shift * shift;
      for (std::size_t bin = 0; bin < bins_; ++bin) {
        after[3 + bin] = before[3 + bin] + (chunk.bins.empty() ? 0.0 : chunk.bins[bin]);
      }
    }
  }

  // Adds the sums over `length` chunks from `first` on to `sums`: n, sum, sum of squares, bins.
  void add(std::size_t first, std::size_t length, std::vector<double>& sums) const {
    const double* from = &sums_[first * width_];
    const double* to = &sums_[(first + length) * width_];
    for (std::size_t i = 0; i < width_; ++i) sums[i] += to[i] - from[i];
  }

  std::size_t width() const { return width_; }

 private:
  std::size_t bins_;
  std::size_t width_;
  double centre_;
  std::vector<double> sums_;
};

struct Spread {
  double mean;  // Less the reference's.
  double sd;
};
Spread spread_of(const std::vector<double>& sums) {
  const double n = std::max(sums[0], 1.0);
  const double mean = sums[1] / n;
  return {mean, std::sqrt(std::max(0.0, sums[2] / n - mean * mean))};
}

Departure departure(double mean_change, double sd_reference, double sd_current, double scale,
                    double psi) {
  if (scale == 0.0) return {psi, 0.0, 0.0};
  const double floor = kSpreadFloor * scale;
  return {psi, std::abs(mean_change) / scale,
          std::abs(std::log((sd_current + floor) / (sd_reference + floor)))};
}

double psi_of(const std::vector<double>& reference, const std::vector<double>& current) {
  std::array<std::uint64_t, 32> p{};
  std::array<std::uint64_t, 32> q{};
  const std::size_t bins = reference.size() - 3;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    p[bin] = static_cast<std::uint64_t>(std::lround(reference[3 + bin]));
    q[bin] = static_cast<std::uint64_t>(std::lround(current[3 + bin]));
  }
  return psi(std::span(p).first(bins), std::span(q).first(bins));
}

// Variance of the means of `blocks` equal blocks of chunks, times the chunks of a block.
double block_variance(const TagReference& tag, std::size_t length) {
  Moments means;
  for (std::size_t first = 0; first + length <= kChunks; first += length) {
    Moments block;
    for (std::size_t i = 0; i < length; ++i) block.add(tag.chunks[first + i].moments);
    if (block.n > 0) means.add(block.mean);
  }
  return means.n < 2 ? 0.0 : means.sd() * means.sd() * static_cast<double>(length);
}

// By how much a block's length falls short of the correlation: for a first-order autoregression
// with correlation time T the variance of block means of length s is a share f(s / T) =
// 1 - (1 - exp(-2 s/T)) / (2 s/T) of what long blocks have. The ratio of that at four chunks and at
// one gives s / T, and this fit of 1 / f(4 s / T) holds within 5 % for ratios below 3.
double growth(const TagReference& tag) {
  const double one = block_variance(tag, 1);
  if (one <= 0.0) return 1.0;
  const double d = std::max(0.0, block_variance(tag, kBlock) / one - 1.0);
  return std::min(kMostGrowth, std::exp(0.27 * d + 0.0256 * d * d * d));
}

// How many values in a row tell as much as one independent value, as far as chunks show.
double correlation_length(const TagReference& tag) {
  const double variance = tag.moments.sd() * tag.moments.sd();
  if (variance == 0.0) return 1.0;
  const double chunk = static_cast<double>(tag.moments.n) / static_cast<double>(kChunks);
  return std::clamp(chunk * block_variance(tag, 1) / variance, 1.0, chunk);
}

// One judged tag.
struct Candidate {
  std::size_t tag;
  const TagReference* reference;
  RunningSums sums;
  double correlation;
  double n;                         // Of the window.
  double tells;                     // As many values of the reference tell as much.
  std::vector<Departure> drawn;     // One per draw.
  std::vector<double> now, before;  // Sums of a draw.
};

// Blocks of chunks that a draw is made of.
using Blocks = std::vector<std::pair<std::size_t, std::size_t>>;
Blocks draw_blocks(std::size_t chunks, std::mt19937_64& random) {
  Blocks blocks;
  for (std::size_t left = chunks; left > 0;) {
    const std::size_t length = std::min(left, kBlock);
    blocks.emplace_back(random() % kChunks, length);
    left -= length;
  }
  return blocks;
}

// Makes a drawn window weigh as much as `n` values.
void weigh(std::vector<double>& sums, double n) {
  const double total = sums[0];
  if (total <= 0.0 || n <= 1.5 * total) return;
  for (double& sum : sums) sum *= n / total;
}

// Leaves of a drawn chunk as much as `one.tells` neighbouring values would tell: that many
// independent values of it, weighing as much as the window.
void thin(const Candidate& one, std::vector<double>& sums, std::mt19937_64& random) {
  const double total = sums[0];
  if (total <= 1.5 * one.tells) return;
  const double n = one.n;
  const double kept = std::max(1.0, std::round(one.tells / one.correlation));
  const Spread whole = spread_of(sums);
  const double mean = whole.mean + whole.sd * normal(random) / std::sqrt(kept);
  const double sd = whole.sd * std::max(0.0, 1.0 + normal(random) / std::sqrt(2.0 * kept));
  std::vector<double> bins(sums.size() - 3, 0.0);
  for (double i = 0.0; i < kept; i += 1.0) {
    double at = uniform(random) * total;
    std::size_t bin = 0;
    while (bin + 1 < bins.size() && at >= sums[3 + bin]) at -= sums[3 + bin++];
    bins[bin] += n / kept;
  }
  sums[0] = n;
  sums[1] = n * mean;
  sums[2] = n * (sd * sd + mean * mean);
  std::copy(bins.begin(), bins.end(), sums.begin() + 3);
}

void draw(std::vector<Candidate>& family, std::size_t window_chunks, std::mt19937_64& random) {
  const Blocks before = draw_blocks(kChunks, random);
  const Blocks now = draw_blocks(window_chunks, random);
  for (Candidate& one : family) {
    one.before.assign(one.sums.width(), 0.0);
    one.now.assign(one.sums.width(), 0.0);
    for (const auto& [first, length] : before) one.sums.add(first, length, one.before);
    for (const auto& [first, length] : now) one.sums.add(first, length, one.now);
    if (window_chunks == 1) thin(one, one.now, random);
    weigh(one.now, one.n);
    const Spread then = spread_of(one.before);
    const Spread here = spread_of(one.now);
    one.drawn.push_back(departure(here.mean - then.mean, then.sd, here.sd,
                                  one.reference->moments.sd(), psi_of(one.before, one.now)));
  }
}

// How close to the reference the window is in three of four tags, against what is usual: 1 = as
// usual or farther. `psi_of_tag(i)` and `usual[i]` are of the family's tags.
template <class PsiOfTag>
double likeness(std::span<const double> usual, const PsiOfTag& psi_of_tag) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < usual.size(); ++i) {
    if (usual[i] > 0.0) ratios.push_back(psi_of_tag(i) / usual[i]);
  }
  if (ratios.size() < kCompanions) return 1.0;
  return std::clamp(std::sqrt(quantile(ratios, kClose)), kLeastScale, 1.0);
}

// The point that |z| exceeds in `p` of cases. Abramowitz & Stegun 26.2.23, within 4.5e-4.
double normal_limit(double p) {
  const double t = std::sqrt(-2.0 * std::log(0.5 * p));
  return t - (2.515517 + 0.802853 * t + 0.010328 * t * t) /
                 (1.0 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t);
}

// How much farther than the 99 % quantile of the draws from their middle a limit must lie. Draws
// from 16 blocks say nothing of rarer events, so beyond it the tail is taken to be that of a normal
// distribution; and what 16 blocks say is itself uncertain, as Student's t with 15 degrees of
// freedom is against the normal distribution (Abramowitz & Stegun 26.7.5).
constexpr double kTailQuantile = 0.99;
double stretch(std::size_t comparisons, double false_alarm_rate) {
  constexpr double kMiddle = 0.6745;  // Of |z| ...
  constexpr double kTail = 2.5758 - kMiddle;
  constexpr double kFreedom = kBlocks - 1.0;
  const double z = normal_limit(false_alarm_rate / static_cast<double>(comparisons));
  const double student = 1.0 + (z * z + 1.0) / (4.0 * kFreedom) +
                         (5.0 * std::pow(z, 4) + 16.0 * z * z + 3.0) / (96.0 * kFreedom * kFreedom);
  return kLongTails * student * (z - kMiddle) / kTail;
}

// 1 for independent values.
double few_blocks(double correlation, std::size_t window_chunks) {
  const double blocks = static_cast<double>(window_chunks) / static_cast<double>(kBlock);
  return 1.0 + (1.0 - 1.0 / correlation) * std::min(kMostFewBlocks, kFewBlocks / blocks);
}

// Of one kind of departure over the draws of one tag. `grown`: the growth of its limits.
double limit_of(const std::vector<Departure>& drawn, double Departure::* kind, double least,
                double stretched, double grown) {
  std::vector<double> values;
  for (const Departure& one : drawn) values.push_back(one.*kind);
  const double middle = quantile(values, 0.5);
  const double tail = std::max(quantile(values, kTailQuantile) - middle, least);
  return grown * (middle + stretched * tail);
}

std::vector<Candidate> candidates(const ModeReference& reference, std::span<const Observed> window,
                                  double share) {
  std::vector<Candidate> family;
  for (std::size_t tag = 0; tag < window.size(); ++tag) {
    const TagReference& one = reference.tags[tag];
    if (window[tag].n == 0 || one.chunks.empty()) continue;
    const auto n = static_cast<double>(window[tag].n);
    const double tells = std::min(n, share * static_cast<double>(one.moments.n));
    family.push_back({tag, &one, RunningSums(one), correlation_length(one), n, tells, {}, {}, {}});
  }
  return family;
}

std::size_t chunks_of(double share) {
  const double chunks = std::round(share * static_cast<double>(kChunks));
  return static_cast<std::size_t>(std::clamp(chunks, 1.0, static_cast<double>(kMostChunks)));
}

// Draws of windows that cover the reference's states better than usual are put on the common scale.
void scale_by_likeness(std::vector<Candidate>& family, std::span<const double> usual) {
  for (std::size_t i = 0; i < kDraws; ++i) {
    const double scale = likeness(usual, [&](std::size_t tag) { return family[tag].drawn[i].psi; });
    for (Candidate& one : family) {
      one.drawn[i].psi /= scale;
      one.drawn[i].mean /= std::sqrt(scale);
      one.drawn[i].spread /= std::sqrt(scale);
    }
  }
}

}  // namespace

Departure departure(const Moments& reference, const Moments& current, double psi) {
  return departure(current.mean - reference.mean, reference.sd(), current.sd(), reference.sd(),
                   psi);
}

std::vector<Limits> usual_limits(const ModeReference& reference, std::span<const Observed> window,
                                 double share, double false_alarm_rate) {
  std::vector<Limits> limits(window.size());
  std::vector<Candidate> family = candidates(reference, window, share);
  if (family.empty()) return limits;

  std::mt19937_64 random(kSeed);
  const std::size_t chunks = chunks_of(share);
  for (std::size_t i = 0; i < kDraws; ++i) draw(family, chunks, random);

  std::vector<double> usual;
  for (const Candidate& one : family) {
    std::vector<double> values;
    for (const Departure& drawn : one.drawn) values.push_back(drawn.psi);
    usual.push_back(quantile(values, 0.5));
  }
  const double scale =
      likeness(usual, [&](std::size_t i) { return window[family[i].tag].departure.psi; });
  scale_by_likeness(family, usual);
  const double stretched_by_all = stretch(kKinds * family.size(), false_alarm_rate);
  for (std::size_t i = 0; i < family.size(); ++i) {
    const double stretched = stretched_by_all * few_blocks(family[i].correlation, chunks);
    const std::vector<Departure>& drawn = family[i].drawn;
    const double grown = growth(*family[i].reference) * scale;
    const double root = std::sqrt(grown);
    limits[family[i].tag] = {usual[i],
                             {limit_of(drawn, &Departure::psi, kLeastPsi, stretched, grown),
                              limit_of(drawn, &Departure::mean, kLeastMean, stretched, root),
                              limit_of(drawn, &Departure::spread, kLeastSpread, stretched, root)}};
  }
  return limits;
}

}  // namespace hvac::drift
