#pragma once

#include <cstdint>
#include <set>

#include "base/result.h"
#include "store/dictionary.h"
#include "store/engine.h"
#include "store/keys.h"
#include "store/records.h"
#include "store/rollup.h"

/// Rollups: a minute or hour of one asset in one entry. A mark on it says that its rows have
/// changed since: then the stored rollup does not count and its source does.
namespace hvac::store {

inline constexpr std::int64_t kMinuteMs = 60'000;
inline constexpr std::int64_t kHourMs = 60 * kMinuteMs;

struct LevelTables {
  Table rollups;
  Table marks;
};
struct StreamTables {
  Table rows;
  LevelTables minute;
  LevelTables hour;
};
const StreamTables& tables_of(Stream stream);

/// The key of the minute or hour that a row's key lies in.
inline Key floor_to(std::int64_t width_ms, Key key) {
  const std::int64_t ms = ms_of(key);
  return key - ms % width_ms;
}

/// The keys in `marks` that lie in `range`.
[[nodiscard]] Result<std::set<Key>> marks_in(Reader& reader, Table marks, KeyRange range);

/// A rollup made from its source, and how many entries were read for it.
struct Folded {
  Rollup rollup;
  std::int64_t read = 0;
};

/// Errors: corrupt for stored bytes that make no sense, and the reader's.
[[nodiscard]] Result<Folded> fold_minute(Reader& reader, const Dictionary& dictionary,
                                         Stream stream, Key minute);
[[nodiscard]] Result<Folded> fold_hour(Reader& reader, const Dictionary& dictionary, Stream stream,
                                       Key hour);

}  // namespace hvac::store
