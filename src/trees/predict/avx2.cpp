// Compiled for AVX2 (see CMakeLists.txt); called only where the CPU has it.
#include <immintrin.h>

#include "trees/predict/quick.h"

namespace hvac::trees::quick {
namespace {

constexpr std::size_t kRows = 32;  // Bytes of a register: half of a batch's rows.
constexpr std::size_t kFloats = 8;

inline std::uint32_t count_above(__m256 x, const float* thresholds) {
  const auto low = static_cast<std::uint32_t>(
      _mm256_movemask_ps(_mm256_cmp_ps(x, _mm256_load_ps(thresholds), _CMP_GT_OQ)));
  const auto high = static_cast<std::uint32_t>(
      _mm256_movemask_ps(_mm256_cmp_ps(x, _mm256_load_ps(thresholds + kFloats), _CMP_GT_OQ)));
  return static_cast<std::uint32_t>(_mm_popcnt_u32(low | high << kFloats));
}

// Thresholds of `column` below `value`, 0 for NaN.
inline std::uint8_t rank(const View& view, const RankColumn& column, float value) {
  const float* table = view.tables + column.table;
  const __m256 x = _mm256_set1_ps(value);
  const std::uint32_t blocks = count_above(x, table);
  const std::uint32_t within = count_above(x, table + kPivots + kPivots * blocks);
  return static_cast<std::uint8_t>(static_cast<std::uint32_t>(kPivots) * blocks + within);
}

// Ranks of the rows, a slot after the other, less 128 because AVX2 compares signed bytes; rows that
// are not there rank as the first one.
void rank_rows(const View& view, const float* rows, std::size_t stride, std::size_t n,
               std::uint8_t* slots) {
  alignas(32) std::uint8_t ranks[kColumns * kBatchRows];
  alignas(32) std::uint8_t missing[kColumns * kBatchRows];
  for (std::size_t r = 0; r < kBatchRows; ++r) {
    const float* row = rows + (r < n ? r : 0) * stride;
    for (std::size_t i = 0; i < view.column_count; ++i) {
      const float value = row[view.columns[i].feature];
      ranks[i * kBatchRows + r] = rank(view, view.columns[i], value);
      missing[i * kBatchRows + r] = value != value ? std::uint8_t{255} : std::uint8_t{0};
    }
  }
  for (std::size_t i = 0; i < view.slot_count; ++i) {
    const BatchSlot& slot = view.slots[i];
    const __m256i nan = _mm256_set1_epi8(static_cast<char>(slot.nan));
    const __m256i flip = _mm256_set1_epi8(static_cast<char>(slot.invert ^ 128));
    for (std::size_t half = 0; half < kBatchRows; half += kRows) {
      const std::size_t at = slot.column * kBatchRows + half;
      const __m256i known = _mm256_load_si256(reinterpret_cast<const __m256i*>(ranks + at));
      const __m256i gone = _mm256_load_si256(reinterpret_cast<const __m256i*>(missing + at));
      _mm256_store_si256(reinterpret_cast<__m256i*>(slots + i * kVector + half),
                         _mm256_xor_si256(_mm256_blendv_epi8(known, nan, gone), flip));
    }
  }
}

// Leaves that `split` clears, added to those already cleared.
inline __m256i decide(const BatchSplit& split, const std::uint8_t* slots, __m256i cleared) {
  const __m256i threshold = _mm256_set1_epi32(static_cast<int>(split.threshold ^ 0x80808080U));
  const __m256i rank = _mm256_load_si256(reinterpret_cast<const __m256i*>(slots + split.slot));
  const __m256i right = _mm256_cmpgt_epi8(rank, threshold);
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
