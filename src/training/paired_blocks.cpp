#include "training/paired_blocks.h"

#include <boost/json.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <tuple>

namespace hvac::training {
namespace {

namespace json = boost::json;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr twin::PerTarget<double> kUsual = {20.0, 15.0, 700.0};  // degC, degC, m3/h

double spread(const PairedSums& s) { return s.yy - s.y * s.y / s.n; }

double r2(const PairedSums& s, std::size_t which) {
  const double all = spread(s);
  return all > 0.0 ? 1.0 - s.errors[which].squares / all : kNan;
}

constexpr std::size_t kEstimates = 5;
std::array<double, kEstimates> estimates_of(const PairedSums& s) {
  const ErrorSums& first = s.errors[0];
  const ErrorSums& second = s.errors[1];
  return {r2(s, 1), second.held / s.n, r2(s, 1) - r2(s, 0),
          (second.relative - first.relative) / s.relative_n, second.absolute / first.absolute};
}

/// What `values_of` makes of the blocks' sums, and of those of blocks drawn anew.
template <class ValuesOf>
auto bootstrap_once(const std::vector<PairedSums>& blocks, const BootstrapOptions& options,
                    double tail, ValuesOf&& values_of) {
  PairedSums all;
  for (const PairedSums& block : blocks) all.add(block);
  const auto values = values_of(all);
  std::array<Estimate, std::tuple_size_v<std::decay_t<decltype(values)>>> result{};
  for (std::size_t e = 0; e < result.size(); ++e) result[e] = {values[e], kNan, kNan};
  if (blocks.size() < kLeastBlocks) return result;
  std::array<std::vector<double>, result.size()> drawn;
  std::mt19937_64 random(options.seed);
  for (int i = 0; i < options.resamples; ++i) {
    PairedSums some;
    for (std::size_t b = 0; b < blocks.size(); ++b) some.add(blocks[random() % blocks.size()]);
    const auto now = values_of(some);
    for (std::size_t e = 0; e < result.size(); ++e) {
      if (!std::isnan(now[e])) drawn[e].push_back(now[e]);
    }
  }
  for (std::size_t e = 0; e < result.size(); ++e) {
    result[e].low = quantile(drawn[e], tail);
    result[e].high = quantile(drawn[e], 1.0 - tail);
  }
  return result;
}

/// Two neighbours in one.
std::vector<PairedSums> joined(const std::vector<PairedSums>& blocks) {
  std::vector<PairedSums> pairs;
  for (std::size_t i = 0; i < blocks.size(); i += 2) {
    pairs.push_back(blocks[i]);
    if (i + 1 < blocks.size()) pairs.back().add(blocks[i + 1]);
  }
  return pairs;
}

/// The widest interval of blocks as they are and of ever longer ones, while there are enough to
/// draw from: how long rows err together - a whole recording, often - is not known beforehand.
template <class ValuesOf>
auto bootstrap(std::vector<PairedSums> blocks, const BootstrapOptions& options, double tail,
               ValuesOf&& values_of) {
  auto widest = bootstrap_once(blocks, options, tail, values_of);
  while (blocks.size() >= 4 * kLeastBlocks) {
    blocks = joined(blocks);
    const auto longer = bootstrap_once(blocks, options, tail, values_of);
    for (std::size_t e = 0; e < widest.size(); ++e) {
      widest[e].low = std::fmin(widest[e].low, longer[e].low);
      widest[e].high = std::fmax(widest[e].high, longer[e].high);
    }
  }
  return widest;
}

/// The numbers of a block in a fixed order, for reading and writing.
template <class Sums, class Visit>
void for_each_number(Sums& s, Visit&& visit) {
  visit(s.n), visit(s.y), visit(s.yy), visit(s.relative_n);
  for (auto& e : s.errors) {
    visit(e.squares), visit(e.absolute), visit(e.relative), visit(e.signed_sum), visit(e.held);
  }
}
constexpr std::size_t kNumbers = 14;

}  // namespace

void PairedSums::add(const PairedSums& other) {
  n += other.n;
  y += other.y;
  yy += other.yy;
  relative_n += other.relative_n;
  for (std::size_t i = 0; i < errors.size(); ++i) {
    errors[i].squares += other.errors[i].squares;
    errors[i].absolute += other.errors[i].absolute;
    errors[i].relative += other.errors[i].relative;
    errors[i].signed_sum += other.errors[i].signed_sum;
    errors[i].held += other.errors[i].held;
  }
}

Score PairedSums::score(std::size_t which) const {
  Score result{static_cast<std::size_t>(n), kNan, kNan, kNan, kNan, kNan, kNan, kNan};
  if (result.n < kLeastScored) return result;
  const ErrorSums& e = errors[which];
  result.r2 = training::r2(*this, which);
  result.mae = e.absolute / n;
  result.mape = relative_n > 0.0 ? e.relative / relative_n : kNan;
  result.rmse = std::sqrt(e.squares / n);
  result.bias = e.signed_sum / n;
  result.coverage90 = e.held / n;
  return result;
}

void PairedBlocks::add(telemetry::RecordingId recording, double measured,
                       const twin::TargetPrediction& first, const twin::TargetPrediction& second) {
  const bool next = blocks_.empty() || recording_ != recording ||
                    blocks_.back().n >= static_cast<double>(block_rows_);
  if (next) blocks_.emplace_back();
  recording_ = recording;
  PairedSums& sums = blocks_.back();
  const double y = measured - kUsual[telemetry::index(target_)];
  sums.n += 1.0;
  sums.y += y;
  sums.yy += y * y;
  if (measured != 0.0) sums.relative_n += 1.0;
  const std::array<const twin::TargetPrediction*, 2> both = {&first, &second};
  for (std::size_t i = 0; i < both.size(); ++i) {
    const double off = both[i]->value - measured;
    ErrorSums& e = sums.errors[i];
    e.squares += off * off;
    e.absolute += std::abs(off);
    if (measured != 0.0) e.relative += std::abs(off / measured);
    e.signed_sum += off;
    const twin::Interval& interval = both[i]->interval90;
    e.held += interval.low <= measured && measured <= interval.high ? 1.0 : 0.0;
  }
}

void PairedBlocks::keep_newest(std::size_t blocks) {
  if (blocks_.size() <= blocks) return;
  blocks_.erase(blocks_.begin(), blocks_.end() - static_cast<std::ptrdiff_t>(blocks));
}

void PairedBlocks::coarsen(std::size_t blocks) {
  while (blocks_.size() > blocks) {
    blocks_ = joined(blocks_);
    block_rows_ *= 2;
  }
}

PairedSums PairedBlocks::sums() const {
  PairedSums all;
  for (const PairedSums& block : blocks_) all.add(block);
  return all;
}

PairedEstimates PairedBlocks::estimate(const BootstrapOptions& options, double tail) const {
  const auto e = bootstrap(blocks_, options, tail, estimates_of);
  return {e[0], e[1], e[2], e[3], e[4]};
}

std::array<Estimate, 2> PairedBlocks::mean_squares(const BootstrapOptions& options,
                                                   double tail) const {
  return bootstrap(blocks_, options, tail, [](const PairedSums& s) {
    return std::array{s.errors[0].squares / s.n, s.errors[1].squares / s.n};
  });
}

json::array PairedBlocks::to_json() const {
  json::array blocks;
  for (const PairedSums& block : blocks_) {
    json::array numbers;
    for_each_number(block, [&](double number) { numbers.push_back(number); });
    blocks.push_back(std::move(numbers));
  }
  return blocks;
}

bool PairedBlocks::from_json(const json::value& blocks) {
  if (!blocks.is_array()) return false;
  std::vector<PairedSums> read;
  for (const json::value& block : blocks.get_array()) {
    if (!block.is_array() || block.get_array().size() != kNumbers) return false;
    const json::array& numbers = block.get_array();
    std::size_t at = 0;
    bool good = true;
    for_each_number(read.emplace_back(), [&](double& number) {
      json::error_code error;
      number = numbers[at++].to_number<double>(error);
      good = good && !error;
    });
    if (!good) return false;
  }
  blocks_ = std::move(read);
  recording_ = std::nullopt;
  return true;
}

}  // namespace hvac::training
