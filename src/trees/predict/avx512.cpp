// Compiled for AVX-512 (see CMakeLists.txt); called only where the CPU has it.
#include <immintrin.h>

#include "trees/predict/quick.h"

namespace hvac::trees::quick {
namespace {

// Thresholds of a column below `value`, kNanRank for NaN. `pivots` is the start of `table`.
inline std::uint32_t rank(const float* table, __m512 pivots, float value) {
  constexpr std::uint32_t kBlock = kPivots;
  const __m512 x = _mm512_set1_ps(value);
  const auto blocks = static_cast<std::uint32_t>(
      _mm_popcnt_u32(_cvtmask16_u32(_mm512_cmp_ps_mask(x, pivots, _CMP_NLE_UQ))));
  const __m512 block = _mm512_load_ps(table + kPivots + std::size_t{kBlock * blocks});
  const auto within = static_cast<std::uint32_t>(
      _mm_popcnt_u32(_cvtmask16_u32(_mm512_cmp_ps_mask(x, block, _CMP_GT_OQ))));
  const std::uint32_t below = kBlock * blocks + within;
  return below < kNanRank ? below : kNanRank;
}

// Adds the sixteen trees' leaf values to `sums`. A leaf's number is that of the first bit not
// cleared. Sixteen plain loads: a gather takes several times as long on AMD's cores and no less on
// Intel's.
inline void add_leaves(__m512i cleared, const float* leaves, float (&sums)[4]) {
  alignas(64) std::uint32_t first[kGroupTrees];
  const __m512i left = _mm512_ternarylogic_epi32(cleared, cleared, cleared, 0x55);
  _mm512_store_si512(first, _mm512_lzcnt_epi32(left));
#pragma GCC unroll 16
  for (std::size_t tree = 0; tree < kGroupTrees; ++tree) {
    sums[tree % 4] += leaves[tree * kLeaves + first[tree]];
  }
}

struct Ranks {
  __m512i nan_left;
  __m512i nan_right;
};

inline __m512i step(const Ranks& ranks, const std::uint8_t* data, __m512i cleared) {
  const __m512i slots = _mm512_load_si512(data);
  const __m512i rank = _mm512_permutex2var_epi8(ranks.nan_left, slots, ranks.nan_right);
  const __mmask64 right = _mm512_cmpgt_epu8_mask(rank, _mm512_load_si512(data + kVector));
  const __mmask64 clear = _kxor_mask64(right, _mm512_movepi8_mask(slots));
  return _mm512_or_si512(cleared, _mm512_maskz_loadu_epi8(clear, data + 2 * kVector));
}

inline Ranks rank_row(const View& view, const float* row) {
  alignas(64) std::uint8_t ranks[kColumns] = {};
  for (std::size_t i = 0; i < view.column_count; ++i) {
    const float* table = view.tables + view.columns[i].table;
    ranks[i] =
        static_cast<std::uint8_t>(rank(table, _mm512_load_ps(table), row[view.columns[i].feature]));
  }
  const __m512i nan_right = _mm512_load_si512(ranks);
  const __mmask64 known = _mm512_cmpneq_epu8_mask(nan_right, _mm512_set1_epi8(-1));
  return {_mm512_maskz_mov_epi8(known, nan_right), nan_right};
}

}  // namespace

void predict_avx512(const View& view, const float* row, float* sums) {
  const Ranks ranks = rank_row(view, row);
  const std::uint8_t* data = view.steps;
  const float* leaves = view.group_leaves;
  std::size_t group = 0;
  for (std::size_t output = 0; output < view.outputs; ++output) {
    float sum[4] = {};
    for (; group < view.group_count && view.groups[group].output == output; ++group) {
      __m512i even = _mm512_setzero_si512();
      __m512i odd = _mm512_setzero_si512();
      for (std::uint32_t i = 0; i < view.groups[group].steps; i += 2) {
        even = step(ranks, data, even);
        odd = step(ranks, data + kStepBytes, odd);
        data += 2 * kStepBytes;
      }
      add_leaves(_mm512_or_si512(even, odd), leaves, sum);
      leaves += kGroupTrees * kLeaves;
    }
    sums[output] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  }
}

namespace {

// Ranks of the rows, a slot after the other; rows that are not there rank as NaN.
void rank_rows(const View& view, const float* rows, std::size_t stride, std::size_t n,
               std::uint8_t* slots) {
  alignas(64) std::uint8_t ranks[kColumns * kBatchRows];
  for (std::size_t i = 0; i < view.column_count; ++i) {
    const float* table = view.tables + view.columns[i].table;
    const float* values = rows + view.columns[i].feature;
    const __m512 pivots = _mm512_load_ps(table);
    std::uint8_t* out = ranks + i * kBatchRows;
    _mm512_store_si512(out, _mm512_set1_epi8(-1));
    for (std::size_t row = 0; row < n; ++row) {
      out[row] = static_cast<std::uint8_t>(rank(table, pivots, values[row * stride]));
    }
  }
  for (std::size_t i = 0; i < view.slot_count; ++i) {
    const BatchSlot& slot = view.slots[i];
    const __m512i all = _mm512_load_si512(ranks + slot.column * kBatchRows);
    const __mmask64 missing = _mm512_cmpeq_epu8_mask(all, _mm512_set1_epi8(-1));
    const __m512i nan = _mm512_set1_epi8(static_cast<char>(slot.nan));
    _mm512_store_si512(slots + i * kVector,
                       _mm512_xor_si512(_mm512_mask_mov_epi8(all, missing, nan),
                                        _mm512_set1_epi8(static_cast<char>(slot.invert))));
  }
}

inline __m512i decide(const BatchSplit& split, const std::uint8_t* slots, __m512i mask) {
  const __m512i threshold = _mm512_set1_epi32(static_cast<int>(split.threshold));
  const __mmask64 clear = _mm512_cmpgt_epu8_mask(_mm512_load_si512(slots + split.slot), threshold);
  // mask & (~clear | keep)
  return _mm512_ternarylogic_epi32(mask, _mm512_movm_epi8(clear),
                                   _mm512_set1_epi32(static_cast<int>(split.keep)), 0xB0);
}

// Sums of 64 rows in the order that unpacking four planes of bytes leaves them in: lanes 4 L + j of
// register i belong to row 16 L + 4 i + j.
struct Sums {
  __m512 quarter[4];
};

inline void add_leaves(const __m512i (&plane)[kPlanes], const float* leaves, Sums& sums) {
  const __m512i low_01 = _mm512_unpacklo_epi8(plane[0], plane[1]);
  const __m512i high_01 = _mm512_unpackhi_epi8(plane[0], plane[1]);
  const __m512i low_23 = _mm512_unpacklo_epi8(plane[2], plane[3]);
  const __m512i high_23 = _mm512_unpackhi_epi8(plane[2], plane[3]);
  const __m512i masks[4] = {
      _mm512_unpacklo_epi16(low_01, low_23), _mm512_unpackhi_epi16(low_01, low_23),
      _mm512_unpacklo_epi16(high_01, high_23), _mm512_unpackhi_epi16(high_01, high_23)};
  const __m512 first = _mm512_load_ps(leaves);
  const __m512 second = _mm512_load_ps(leaves + kLeaves / 2);
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const __m512 value = _mm512_permutex2var_ps(first, _mm512_lzcnt_epi32(masks[i]), second);
    sums.quarter[i] = _mm512_add_ps(sums.quarter[i], value);
  }
}

}  // namespace

void predict_batch_avx512(const View& view, const float* rows, std::size_t stride, std::size_t n,
                          float* sums) {
  alignas(64) std::uint8_t slots[kMaxSlots * kVector];
  rank_rows(view, rows, stride, n, slots);
  const BatchStep* steps = view.batch_steps;
  std::size_t tree = 0;
  for (std::size_t output = 0; output < view.outputs; ++output) {
    const __m512 zero = _mm512_setzero_ps();
    Sums sum = {{zero, zero, zero, zero}};
    for (; tree < view.tree_count && view.trees[tree].output == output; ++tree) {
      const __m512i all = _mm512_set1_epi8(-1);
      __m512i plane[kPlanes] = {all, all, all, all};
      for (std::uint32_t i = 0; i < view.trees[tree].steps; ++i, ++steps) {
        plane[0] = decide(steps->planes[0], slots, plane[0]);
        plane[1] = decide(steps->planes[1], slots, plane[1]);
        plane[2] = decide(steps->planes[2], slots, plane[2]);
        plane[3] = decide(steps->planes[3], slots, plane[3]);
      }
      add_leaves(plane, view.tree_leaves + tree * kLeaves, sum);
    }
    for (int i = 0; i < 4; ++i) {
      alignas(64) float lanes[16];
      _mm512_store_ps(lanes, sum.quarter[i]);
      for (int lane = 0; lane < 16; ++lane) {
        sums[output * kBatchRows + static_cast<std::size_t>(16 * (lane / 4) + 4 * i + lane % 4)] =
            lanes[lane];
      }
    }
  }
}

}  // namespace hvac::trees::quick
