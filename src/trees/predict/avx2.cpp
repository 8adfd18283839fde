// Compiled for AVX2 (see CMakeLists.txt); called only where the CPU has it.
#include <immintrin.h>

#include "trees/predict/quick.h"

namespace hvac::trees::quick {
namespace {

constexpr std::size_t kRows = 32;  // Bytes of a register: half of a batch's rows.
constexpr std::size_t kFloats = 8;

inline std::uint32_t bits(__m256 low, __m256 high) {
  const auto a = static_cast<std::uint32_t>(_mm256_movemask_ps(low));
  const auto b = static_cast<std::uint32_t>(_mm256_movemask_ps(high));
  return static_cast<std::uint32_t>(_mm_popcnt_u32(a | b << kFloats));
}

// The start of a table in registers.
struct Pivots {
  __m256 low;
  __m256 high;
};

// Thresholds of a column below `value`, kNanRank for NaN.
inline std::uint8_t rank(const float* table, const Pivots& pivots, float value) {
  constexpr std::uint32_t kBlock = kPivots;
  const __m256 x = _mm256_set1_ps(value);
  const std::uint32_t blocks =
      bits(_mm256_cmp_ps(x, pivots.low, _CMP_NLE_UQ), _mm256_cmp_ps(x, pivots.high, _CMP_NLE_UQ));
  const float* block = table + kPivots + std::size_t{kBlock * blocks};
  const std::uint32_t within = bits(_mm256_cmp_ps(x, _mm256_load_ps(block), _CMP_GT_OQ),
                                    _mm256_cmp_ps(x, _mm256_load_ps(block + kFloats), _CMP_GT_OQ));
  const std::uint32_t below = kBlock * blocks + within;
  return below < kNanRank ? static_cast<std::uint8_t>(below) : kNanRank;
}

inline __m256i load(const std::uint8_t* bytes) {
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(bytes));
}

inline __m256i each_byte(std::uint8_t byte) { return _mm256_set1_epi8(static_cast<char>(byte)); }

// Ranks of the rows, a slot after the other, less 128 because AVX2 compares signed bytes; rows that
// are not there rank as NaN.
void rank_rows(const View& view, const float* rows, std::size_t stride, std::size_t n,
               std::uint8_t* slots) {
  alignas(32) std::uint8_t ranks[kColumns * kBatchRows];
  for (std::size_t i = 0; i < view.column_count; ++i) {
    const float* table = view.tables + view.columns[i].table;
    const float* values = rows + view.columns[i].feature;
    const Pivots pivots = {_mm256_load_ps(table), _mm256_load_ps(table + kFloats)};
    std::uint8_t* out = ranks + i * kBatchRows;
    for (std::size_t row = 0; row < n; ++row) {
      out[row] = rank(table, pivots, values[row * stride]);
    }
    for (std::size_t row = n; row < kBatchRows; ++row) out[row] = kNanRank;
  }
  for (std::size_t i = 0; i < view.slot_count; ++i) {
    const BatchSlot& slot = view.slots[i];
    for (std::size_t half = 0; half < kBatchRows; half += kRows) {
      const __m256i all = load(ranks + slot.column * kBatchRows + half);
      const __m256i missing = _mm256_cmpeq_epi8(all, each_byte(kNanRank));
      const __m256i known = _mm256_blendv_epi8(all, each_byte(slot.nan), missing);
      _mm256_store_si256(reinterpret_cast<__m256i*>(slots + i * kVector + half),
                         _mm256_xor_si256(known, each_byte(slot.invert ^ 128)));
    }
  }
}

// Leaves that `split` clears, added to those already cleared.
inline __m256i decide(const BatchSplit& split, const std::uint8_t* slots, __m256i cleared) {
  const __m256i threshold = _mm256_set1_epi32(static_cast<int>(split.threshold ^ 0x80808080U));
  const __m256i right = _mm256_cmpgt_epi8(load(slots + split.slot), threshold);
  const __m256i keep = _mm256_set1_epi32(static_cast<int>(split.keep));
  return _mm256_or_si256(cleared, _mm256_andnot_si256(keep, right));
}

// The leaf values of eight rows' masks. A leaf's number is how many bits stand above the first one
// left: read from the exponent of the mask as a float, which the bit right below the first may not
// round up. (The sign bit is leaf 0.)
inline __m256 leaf_values(__m256i cleared, const float* leaves) {
  const __m256i left = _mm256_xor_si256(cleared, _mm256_set1_epi32(-1));
  const __m256i top = _mm256_andnot_si256(_mm256_srli_epi32(left, 1), left);
  const __m256i exponent = _mm256_srli_epi32(_mm256_castps_si256(_mm256_cvtepi32_ps(top)), 23);
  const __m256i bias = _mm256_set1_epi32(127 + 31);
  const __m256i number = _mm256_sub_epi32(bias, _mm256_and_si256(exponent, _mm256_set1_epi32(255)));
  const __m256i index = _mm256_andnot_si256(_mm256_srai_epi32(top, 31), number);
  const __m256 bit3 = _mm256_castsi256_ps(_mm256_slli_epi32(index, 28));
  const __m256 bit4 = _mm256_castsi256_ps(_mm256_slli_epi32(index, 27));
  const auto pick = [&](std::size_t begin) {
    return _mm256_permutevar8x32_ps(_mm256_load_ps(leaves + begin), index);
  };
  const __m256 low = _mm256_blendv_ps(pick(0), pick(8), bit3);
  const __m256 high = _mm256_blendv_ps(pick(16), pick(24), bit3);
  return _mm256_blendv_ps(low, high, bit4);
}

// Sums of 32 rows in the order that unpacking leaves them in: lanes 4 L + j of register i belong to
// row 16 L + 4 i + j.
struct Sums {
  __m256 quarter[4];
};

inline void add_leaves(const __m256i (&plane)[kPlanes], const float* leaves, Sums& sums) {
  const __m256i low_01 = _mm256_unpacklo_epi8(plane[0], plane[1]);
  const __m256i high_01 = _mm256_unpackhi_epi8(plane[0], plane[1]);
  const __m256i low_23 = _mm256_unpacklo_epi8(plane[2], plane[3]);
  const __m256i high_23 = _mm256_unpackhi_epi8(plane[2], plane[3]);
  const __m256i masks[4] = {
      _mm256_unpacklo_epi16(low_01, low_23), _mm256_unpackhi_epi16(low_01, low_23),
      _mm256_unpacklo_epi16(high_01, high_23), _mm256_unpackhi_epi16(high_01, high_23)};
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    sums.quarter[i] = _mm256_add_ps(sums.quarter[i], leaf_values(masks[i], leaves));
  }
}

void sum_half(const View& view, const std::uint8_t* slots, float* sums) {
  const BatchStep* steps = view.batch_steps;
  std::size_t tree = 0;
  for (std::size_t output = 0; output < view.outputs; ++output) {
    const __m256 zero = _mm256_setzero_ps();
    Sums sum = {{zero, zero, zero, zero}};
    for (; tree < view.tree_count && view.trees[tree].output == output; ++tree) {
      const __m256i none = _mm256_setzero_si256();
      __m256i plane[kPlanes] = {none, none, none, none};
      for (std::uint32_t i = 0; i < view.trees[tree].steps; ++i, ++steps) {
        plane[0] = decide(steps->planes[0], slots, plane[0]);
        plane[1] = decide(steps->planes[1], slots, plane[1]);
        plane[2] = decide(steps->planes[2], slots, plane[2]);
        plane[3] = decide(steps->planes[3], slots, plane[3]);
      }
      add_leaves(plane, view.tree_leaves + tree * kLeaves, sum);
    }
    for (int i = 0; i < 4; ++i) {
      alignas(32) float lanes[kFloats];
      _mm256_store_ps(lanes, sum.quarter[i]);
      for (int lane = 0; lane < 8; ++lane) {
        sums[output * kBatchRows + static_cast<std::size_t>(16 * (lane / 4) + 4 * i + lane % 4)] =
            lanes[lane];
      }
    }
  }
}

}  // namespace

void predict_batch_avx2(const View& view, const float* rows, std::size_t stride, std::size_t n,
                        float* sums) {
  alignas(32) std::uint8_t slots[kMaxSlots * kVector];
  rank_rows(view, rows, stride, n, slots);
  sum_half(view, slots, sums);
  if (n > kRows) sum_half(view, slots + kRows, sums + kRows);
}

}  // namespace hvac::trees::quick
