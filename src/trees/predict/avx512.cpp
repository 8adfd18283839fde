// Compiled for AVX-512 (see CMakeLists.txt); called only where the CPU has it.
#include <immintrin.h>

#include "trees/predict/quick.h"

namespace hvac::trees::quick {
namespace {

// Thresholds of `column` below `value`, 0 for NaN.
inline std::uint32_t rank(const View& view, const RankColumn& column, float value) {
  const float* table = view.tables + column.table;
  const __m512 x = _mm512_set1_ps(value);
  const auto blocks = static_cast<std::uint32_t>(
      _mm_popcnt_u32(_mm512_cmp_ps_mask(x, _mm512_load_ps(table), _CMP_GT_OQ)));
  const __m512 block = _mm512_load_ps(table + kPivots + kPivots * blocks);
  const auto within =
      static_cast<std::uint32_t>(_mm_popcnt_u32(_mm512_cmp_ps_mask(x, block, _CMP_GT_OQ)));
  return static_cast<std::uint32_t>(kPivots) * blocks + within;
}

// Where the inverted mask's first set bit, from the top, says which leaf.
inline __m512 leaf_values(__m512i cleared, const float* leaves) {
  const __m512i lanes =
      _mm512_slli_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), 5);
  const __m512i first =
      _mm512_lzcnt_epi32(_mm512_ternarylogic_epi32(cleared, cleared, cleared, 0x55));
  return _mm512_i32gather_ps(_mm512_add_epi32(lanes, first), leaves, 4);
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
  alignas(64) std::uint8_t nan_left[kColumns] = {};
  alignas(64) std::uint8_t nan_right[kColumns] = {};
  for (std::size_t i = 0; i < view.column_count; ++i) {
    const float value = row[view.columns[i].feature];
    const auto below = static_cast<std::uint8_t>(rank(view, view.columns[i], value));
    nan_left[i] = below;
    nan_right[i] = value != value ? std::uint8_t{255} : below;
  }
  return {_mm512_load_si512(nan_left), _mm512_load_si512(nan_right)};
}

}  // namespace

void predict_avx512(const View& view, const float* row, float* sums) {
  const Ranks ranks = rank_row(view, row);
  const std::uint8_t* data = view.steps;
  const float* leaves = view.group_leaves;
  std::size_t group = 0;
  for (std::size_t output = 0; output < view.outputs; ++output) {
    __m512 sum = _mm512_setzero_ps();
    for (; group < view.group_count && view.groups[group].output == output; ++group) {
      __m512i even = _mm512_setzero_si512();
      __m512i odd = _mm512_setzero_si512();
      for (std::uint32_t i = 0; i < view.groups[group].steps; i += 2) {
        even = step(ranks, data, even);
        odd = step(ranks, data + kStepBytes, odd);
        data += 2 * kStepBytes;
      }
      sum = _mm512_add_ps(sum, leaf_values(_mm512_or_si512(even, odd), leaves));
      leaves += kGroupTrees * kLeaves;
    }
    sums[output] = _mm512_reduce_add_ps(sum);
  }
}

namespace {

// Ranks of the rows, a slot after the other; rows that are not there rank as the first one.
void rank_rows(const View& view, const float* rows, std::size_t stride, std::size_t n,
               std::uint8_t* slots) {
  alignas(64) std::uint8_t ranks[kColumns * kBatchRows];
  std::uint64_t missing[kColumns] = {};
  for (std::size_t r = 0; r < kBatchRows; ++r) {
    const float* row = rows + (r < n ? r : 0) * stride;
    for (std::size_t i = 0; i < view.column_count; ++i) {
      const float value = row[view.columns[i].feature];
      ranks[i * kBatchRows + r] = static_cast<std::uint8_t>(rank(view, view.columns[i], value));
      missing[i] |= std::uint64_t{value != value} << r;
    }
  }
  for (std::size_t i = 0; i < view.slot_count; ++i) {
    const BatchSlot& slot = view.slots[i];
    const __m512i known = _mm512_load_si512(ranks + slot.column * kBatchRows);
    const __m512i all = _mm512_mask_mov_epi8(known, missing[slot.column],
                                             _mm512_set1_epi8(static_cast<char>(slot.nan)));
    _mm512_store_si512(slots + i * kVector,
                       _mm512_xor_si512(all, _mm512_set1_epi8(static_cast<char>(slot.invert))));
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
