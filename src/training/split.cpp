#include "training/split.h"

#include <algorithm>
#include <random>

namespace hvac::training {
namespace {

/// Neighbouring rows that stay together.
struct Piece {
  std::size_t begin;
  std::size_t end;
  bool cut_before;  ///< It continues the recording of the piece before it.
};

std::vector<Piece> pieces_of(std::span<const telemetry::Sample> samples) {
  constexpr std::size_t kLongestPiece = 1000;
  constexpr std::size_t kSmall = 6 * kLongestPiece;
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

/// A fold for each piece: in their order, each to the smallest fold so far, give or take its own
/// length by fixed dice, so that what recurs every few recordings does not end up in one fold. What
/// comes later does not change where an earlier piece went.
std::vector<std::size_t> deal(const std::vector<Piece>& pieces, std::size_t folds) {
  std::vector<std::size_t> fold;
  std::vector<std::size_t> rows(folds, 0);
  std::mt19937_64 dice(1);
  for (const Piece& piece : pieces) {
    const std::size_t length = piece.end - piece.begin;
    std::vector<std::size_t> about;
    for (const std::size_t n : rows) about.push_back(n + dice() % length);
    const auto smallest = static_cast<std::size_t>(std::ranges::min_element(about) - about.begin());
    fold.push_back(smallest);
    rows[smallest] += length;
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
