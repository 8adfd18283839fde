#include "store/folding.h"

#include <algorithm>

namespace hvac::store {

Result<void> Folding::restart(Reader& reader) {
  *this = {};
  for (std::size_t i = 0; i < kStreamCount; ++i) {
    const StreamTables& tables = tables_of(static_cast<Stream>(i));
    for (const Width width : {Width::minute, Width::hour}) {
      const Table marks = width == Width::minute ? tables.minute.marks : tables.hour.marks;
      const auto keys = marks_in(reader, marks, {});
      if (!keys) return fail(keys.error());
      for (const Key key : *keys) saw(key);
      queues_[i][static_cast<std::size_t>(width)].assign(keys->begin(), keys->end());
    }
  }
  return {};
}

void Folding::saw(Key key) {
  const std::uint32_t asset = asset_of(key);
  if (newest_ms_.size() <= asset) newest_ms_.resize(asset + 1);
  newest_ms_[asset] = std::max(newest_ms_[asset], ms_of(key));
}

Result<void> Folding::add_marks(Writer& writer, Stream stream, Width width, std::vector<Key> keys) {
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::vector<Entry> entries;
  entries.reserve(keys.size());
  for (const Key key : keys) entries.push_back({key, {}});
  const StreamTables& tables = tables_of(stream);
  const Table marks = width == Width::minute ? tables.minute.marks : tables.hour.marks;
  const auto added = writer.insert_new(marks, entries);
  if (!added) return fail(added.error());
  auto& queue = queues_[static_cast<std::size_t>(stream)][static_cast<std::size_t>(width)];
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if ((*added)[i]) queue.push_back(keys[i]);
  }
  return {};
}

Result<void> Folding::mark(Writer& writer, Stream stream, const std::vector<Key>& rows) {
  std::vector<Key> minutes;
  minutes.reserve(rows.size());
  for (const Key row : rows) {
    saw(row);
    minutes.push_back(floor_to(kMinuteMs, row));
  }
  std::vector<Key> hours;
  hours.reserve(minutes.size());
  for (const Key minute : minutes) hours.push_back(floor_to(kHourMs, minute));
  if (auto added = add_marks(writer, stream, Width::minute, std::move(minutes)); !added) {
    return added;
  }
  return add_marks(writer, stream, Width::hour, std::move(hours));
}

Result<std::int64_t> Folding::fold(Writer& writer, const Dictionary& dictionary, Stream stream,
                                   Width width, Key key) {
  const bool minute = width == Width::minute;
  const LevelTables& level = minute ? tables_of(stream).minute : tables_of(stream).hour;
  const auto folded = minute ? fold_minute(writer, dictionary, stream, key)
                             : fold_hour(writer, dictionary, stream, key);
  if (!folded) return fail(folded.error());
  const Entry entry{key, encode_rollup(folded->rollup)};
  if (auto put = writer.put(level.rollups, {&entry, 1}); !put) return fail(put.error());
  if (auto erased = writer.erase(level.marks, {key, key + 1}, 1); !erased) return erased;
  return folded->read + 1;
}

template <class Ready>
Result<std::int64_t> Folding::fold_ready(Writer& writer, const Dictionary& dictionary,
                                         Stream stream, std::int64_t budget, const Ready& ready) {
  std::int64_t read = 0;
  for (const Width width : {Width::minute, Width::hour}) {
    auto& queue = queues_[static_cast<std::size_t>(stream)][static_cast<std::size_t>(width)];
    const std::int64_t width_ms = width == Width::minute ? kMinuteMs : kHourMs;
    for (std::size_t left = queue.size(); left > 0 && read < budget; --left) {
      const Key key = queue.front();
      queue.pop_front();
      if (!ready(key, width_ms)) {
        queue.push_back(key);
        continue;
      }
      const auto folded = fold(writer, dictionary, stream, width, key);
      if (!folded) return folded;
      read += *folded;
    }
  }
  return read;
}

Result<std::int64_t> Folding::fold_finished(Writer& writer, const Dictionary& dictionary,
                                            Stream stream, std::int64_t budget) {
  return fold_ready(writer, dictionary, stream, budget, [this](Key key, std::int64_t width_ms) {
    return ms_of(key) + width_ms <= newest_ms_[asset_of(key)];
  });
}

Result<std::int64_t> Folding::fold_before(Writer& writer, const Dictionary& dictionary,
                                          Stream stream, std::int64_t end_ms, std::int64_t budget) {
  return fold_ready(writer, dictionary, stream, budget, [end_ms](Key key, std::int64_t width_ms) {
    return ms_of(key) + width_ms <= end_ms;
  });
}

}  // namespace hvac::store
