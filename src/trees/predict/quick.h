#pragma once

#include <cstddef>
#include <cstdint>

/// Layout of the vector engines, as plain data: the files that are compiled for one CPU include
/// nothing else, so that no function of the standard library is compiled for that CPU only.
/// Internal to predict/.
///
/// QuickScorer: a tree's leaves are the bits of a 32-bit mask, in the order of a walk that visits
/// the smaller child of each split first. A split clears the leaves of its first child when a row
/// goes to the other one; the first leaf left over is the row's. Splits are independent of each
/// other, so that many are decided at once and none is a branch.
/// Source: Lucchese et al., "QuickScorer" (SIGIR 2015); Ye et al., "RapidScorer" (KDD 2018).
namespace hvac::trees::quick {

inline constexpr std::size_t kLeaves = 32;       // Bits of a leaf mask.
inline constexpr std::size_t kPlanes = 4;        // Bytes of a leaf mask.
inline constexpr std::size_t kColumns = 64;      // Ranks of a row in one register.
inline constexpr std::size_t kThresholds = 254;  // Ranks are bytes, and 255 is that of NaN.
inline constexpr std::uint8_t kNanRank = 255;
inline constexpr std::size_t kVector = 64;  // Bytes of a register.
inline constexpr std::size_t kPivots = 16;
inline constexpr std::size_t kOutputs = 64;

/// Where the ranks of a column come from: rank = thresholds below the value. `table` holds 16
/// pivots (the last threshold of each block), then blocks of 16 thresholds, filled up with +inf.
/// NaN is above every pivot and reads the block behind the sixteenth, whatever stands there: the
/// last table is followed by as much.
struct RankColumn {
  std::uint32_t feature;
  std::uint32_t table;  ///< Index of its first float in `tables`.
};

/// Single row, 16 trees side by side: lane = (tree, byte of its mask). A step decides one split in
/// each lane: 64 slot bytes (column; +64: NaN goes right; +128: cleared when it goes left),
/// 64 threshold ranks, 64 bytes of leaves to clear.
inline constexpr std::size_t kGroupTrees = 16;
inline constexpr std::size_t kStepBytes = 3 * kVector;
inline constexpr std::uint8_t kNanRightBit = 64;
inline constexpr std::uint8_t kInvertBit = 128;
struct Group {
  std::uint32_t steps;  ///< Even.
  std::uint32_t output;
};

/// Batch, 64 rows side by side: a step decides one split per byte of a tree's mask.
struct BatchSplit {
  std::uint32_t threshold;  ///< Rank, in each of the four bytes.
  std::uint32_t keep;       ///< Leaves to keep, in each of the four bytes.
  std::uint32_t slot;       ///< Byte offset of the 64 rows' ranks.
};
struct BatchStep {
  BatchSplit planes[kPlanes];
};
struct BatchTree {
  std::uint32_t steps;
  std::uint32_t output;
};

/// What a batch keeps of a column's ranks: where NaN goes, and whether ranks count downwards.
struct BatchSlot {
  std::uint32_t column;
  std::uint8_t nan;     ///< Rank that NaN gets.
  std::uint8_t invert;  ///< 255: 255 - rank. 0: rank.
};

struct View {
  const RankColumn* columns;
  std::size_t column_count;
  const float* tables;
  const Group* groups;  ///< By output.
  std::size_t group_count;
  const std::uint8_t* steps;  ///< kStepBytes each, group after group.
  const float* group_leaves;  ///< kGroupTrees x kLeaves per group.
  const BatchSlot* slots;
  std::size_t slot_count;
  const BatchTree* trees;  ///< By output.
  std::size_t tree_count;
  const BatchStep* batch_steps;
  const float* tree_leaves;  ///< kLeaves per tree.
  std::size_t outputs;
};

inline constexpr std::size_t kBatchRows = 64;
inline constexpr std::size_t kMaxSlots = 4 * kColumns;

/// Sums of leaves of one row per output. Needs AVX-512 F, BW, DQ, VL, CD and VBMI.
void predict_avx512(const View& view, const float* row, float* sums);

/// The same of `n` <= 64 rows that are `stride` floats apart: sums[output * 64 + row].
void predict_batch_avx512(const View& view, const float* rows, std::size_t stride, std::size_t n,
                          float* sums);

/// The same. Needs AVX2 and POPCNT.
void predict_batch_avx2(const View& view, const float* rows, std::size_t stride, std::size_t n,
                        float* sums);

}  // namespace hvac::trees::quick
