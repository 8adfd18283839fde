#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "store/engine.h"

/// Keys of rows (asset, then time) and of records (time, then a slot).
namespace hvac::store {

inline constexpr int kTimeBits = 43;  ///< Milliseconds from 1970 to 2248.
inline constexpr int kSlotBits = 20;
inline constexpr std::int64_t kEndOfTime = std::int64_t{1} << kTimeBits;
inline constexpr std::uint32_t kMaxAssets = (1U << kSlotBits) - 1;

/// Milliseconds since 1970, cut to what a key can hold.
inline std::int64_t clamped_ms(TimePoint time) {
  const std::int64_t ms = time.time_since_epoch().count();
  return ms < 0 ? 0 : ms > kEndOfTime ? kEndOfTime : ms;
}

/// The last hour is left free, so that the hour of a row ends before the next asset's keys begin.
inline bool has_key(TimePoint time) {
  const std::int64_t ms = time.time_since_epoch().count();
  return ms >= 0 && ms < kEndOfTime - 3'600'000;
}

inline TimePoint time_from_ms(std::int64_t ms) { return TimePoint(std::chrono::milliseconds(ms)); }

/// Requires 0 <= ms <= kEndOfTime and asset <= kMaxAssets.
inline Key row_key(std::uint32_t asset, std::int64_t ms) {
  return (static_cast<Key>(asset) << kTimeBits) + ms;
}
inline std::uint32_t asset_of(Key key) { return static_cast<std::uint32_t>(key >> kTimeBits); }
inline std::int64_t ms_of(Key key) { return key & (kEndOfTime - 1); }

/// The first key of the record slots of that millisecond. Requires ms < kEndOfTime.
inline Key record_key(std::int64_t ms) { return static_cast<Key>(ms) << kSlotBits; }

/// The records of [from, to); the end of time as `to` means all.
inline KeyRange record_range(std::int64_t from_ms, std::int64_t to_ms) {
  KeyRange range;
  if (from_ms < kEndOfTime) range.from = record_key(from_ms);
  if (to_ms < kEndOfTime) range.to = record_key(to_ms);
  return range;
}

}  // namespace hvac::store
