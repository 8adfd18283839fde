#include "training/split.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <random>

namespace hvac::training {
namespace {

constexpr std::size_t kLongestPiece = 1000;
/// Of fewer rows than this, folds are alike only when they are dealt with the whole in view.
constexpr std::size_t kSmall = 6 * kLongestPiece;

/// Neighbouring rows that stay together.
struct Piece {
  std::size_t begin;
  std::size_t end;
  bool cut_before;  ///< It continues the recording of the piece before it.
};

std::vector<Piece> pieces_of(std::span<const telemetry::Sample> samples) {
  const std::size_t longest =
      samples.size() >= kSmall ? kLongestPiece : std::max<std::size_t>(samples.size() / 10, 1);
  std::vector<Piece> pieces;
  std::size_t begin = 0;
  while (begin < samples.size()) {
    std::size_t end = begin + 1;
    while (end < samples.size() && samples[end].recording == samples[begin].recording) ++end;
    const std::size_t parts = (end - begin + longest - 1) / longest;
    for (std::size_t p = 0; p < parts; ++p) {
      pieces.push_back(
          {begin + (end - begin) * p / parts, begin + (end - begin) * (p + 1) / parts, p > 0});
    }
    begin = end;
  }
  return pieces;
}

/// In which order pieces are dealt. Large data: in their own, so that what comes later does not
/// change where an earlier piece went. Small data: the largest first, ties by fixed dice.
std::vector<std::size_t> order_of(const std::vector<Piece>& pieces) {
  std::vector<std::size_t> order(pieces.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (pieces.empty() || pieces.back().end >= kSmall) return order;
  std::mt19937_64 dice(1);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[dice() % i]);
  std::ranges::stable_sort(order, std::greater{},
                           [&](std::size_t p) { return pieces[p].end - pieces[p].begin; });
  return order;
}

/// A fold for each piece: each to the smallest fold so far.
std::vector<std::size_t> deal(const std::vector<Piece>& pieces, std::size_t folds) {
  std::vector<std::size_t> fold(pieces.size());
  std::vector<std::size_t> rows(folds, 0);
  for (const std::size_t p : order_of(pieces)) {
    const auto smallest = static_cast<std::size_t>(std::ranges::min_element(rows) - rows.begin());
    fold[p] = smallest;
    rows[smallest] += pieces[p].end - pieces[p].begin;
  }
  return fold;
}

}  // namespace

std::vector<Split> grouped_folds(std::span<const telemetry::Sample> samples, std::size_t folds) {
  const std::vector<Piece> pieces = pieces_of(samples);
  const std::vector<std::size_t> fold = deal(pieces, folds);
  std::vector<Split> splits(folds);
  for (std::size_t k = 0; k < folds; ++k) {
    Split& split = splits[k];
    split.train.assign(samples.size(), 1);
    split.test.assign(samples.size(), 0);
    for (std::size_t p = 0; p < pieces.size(); ++p) {
      if (fold[p] != k) continue;
      std::fill(split.test.begin() + static_cast<std::ptrdiff_t>(pieces[p].begin),
                split.test.begin() + static_cast<std::ptrdiff_t>(pieces[p].end), std::uint8_t{1});
      const bool cut_after = p + 1 < pieces.size() && pieces[p + 1].cut_before;
      const std::size_t from =
          pieces[p].begin - (pieces[p].cut_before ? std::min(kEmbargoRows, pieces[p].begin) : 0);
      const std::size_t to =
          std::min(samples.size(), pieces[p].end + (cut_after ? kEmbargoRows : 0));
      std::fill(split.train.begin() + static_cast<std::ptrdiff_t>(from),
                split.train.begin() + static_cast<std::ptrdiff_t>(to), std::uint8_t{0});
    }
  }
  return splits;
}

Split last_block(std::size_t rows, double fraction) {
  const auto tested = static_cast<std::size_t>(static_cast<double>(rows) * fraction);
  const std::size_t begin = rows - tested;
  Split split{std::vector<std::uint8_t>(rows, 0), std::vector<std::uint8_t>(rows, 0)};
  std::fill(
      split.train.begin(),
      split.train.begin() + static_cast<std::ptrdiff_t>(begin - std::min(begin, kEmbargoRows)),
      std::uint8_t{1});
  std::fill(split.test.begin() + static_cast<std::ptrdiff_t>(begin), split.test.end(),
            std::uint8_t{1});
  return split;
}

}  // namespace hvac::training
