#include "store/changes.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/bytes.h"
#include "store/keys.h"

namespace hvac::store {
namespace {

// A day of commits at one a second, and more than a disk takes in the half minute between two
// backups. A backup that falls further behind starts anew.
constexpr std::int64_t kRemembered = 100'000;
constexpr std::int64_t kForgottenAtOnce = 16;
// Rows further apart are noted apart, so that a late one does not draw in all that lies between.
constexpr Key kApart = 600'000;

bool is_noted(Table table) {
  switch (table) {
    case Table::samples:
    case Table::outcomes:
    case Table::findings:
    case Table::alerts:
    case Table::drift_reports:
    case Table::audit:
    case Table::states:
      return true;
    default:
      return false;
  }
}

bool is_rows(Table table) { return table == Table::samples || table == Table::outcomes; }

// Whether `key` belongs to the range that ends with `last`: entries that lie between them are taken
// as well, which does no harm.
bool continues(Table table, Key last, Key key) {
  if (!is_rows(table)) return key == last || key == last + 1;
  return asset_of(key) == asset_of(last) && key >= last && key - last <= kApart;
}

std::string encode(const std::vector<ChangedRange>& ranges) {
  std::string bytes;
  for (const ChangedRange& range : ranges) {
    append_varint(bytes, static_cast<std::uint64_t>(range.table));
    append_varint(bytes, static_cast<std::uint64_t>(range.from));
    append_varint(bytes, static_cast<std::uint64_t>(range.last - range.from));
  }
  return bytes;
}

bool decode(std::string_view bytes, std::vector<ChangedRange>& ranges) {
  ByteReader reader(bytes);
  while (reader.good() && !reader.at_end()) {
    const auto table = static_cast<Table>(reader.varint());
    const Key from = static_cast<Key>(reader.varint());
    const Key last = from + static_cast<Key>(reader.varint());
    if (!reader.good() || !is_noted(table) || from < 0 || last < from) return false;
    ranges.push_back({table, from, last});
  }
  return reader.good();
}

std::vector<ChangedRange> joined(std::vector<ChangedRange> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const ChangedRange& a, const ChangedRange& b) {
    return a.table != b.table ? a.table < b.table : a.from < b.from;
  });
  std::vector<ChangedRange> whole;
  for (const ChangedRange& range : ranges) {
    if (!whole.empty() && whole.back().table == range.table &&
        (range.from <= whole.back().last ||
         continues(range.table, whole.back().last, range.from))) {
      whole.back().last = std::max(whole.back().last, range.last);
    } else {
      whole.push_back(range);
    }
  }
  return whole;
}

}  // namespace

void ChangeRecorder::note(Table table, Key key) {
  if (!is_noted(table)) return;
  if (!ranges_.empty() && ranges_.back().table == table &&
      continues(table, ranges_.back().last, key)) {
    ranges_.back().last = key;
  } else {
    ranges_.push_back({table, key, key});
  }
}

Result<std::vector<bool>> ChangeRecorder::insert_new(Table table, std::span<const Entry> entries) {
  auto added = to_.insert_new(table, entries);
  if (!added) return added;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if ((*added)[i]) note(table, entries[i].key);
  }
  return added;
}

Result<void> ChangeRecorder::put(Table table, std::span<const Entry> entries) {
  if (auto done = to_.put(table, entries); !done) return done;
  for (const Entry& entry : entries) note(table, entry.key);
  return {};
}

Result<void> ChangeRecorder::finish() {
  if (ranges_.empty()) return {};
  const auto last = last_change(to_);
  if (!last) return fail(last.error());
  const Entry entry{*last + 1, encode(joined(std::move(ranges_)))};
  ranges_.clear();
  if (auto done = to_.put(Table::changes, {&entry, 1}); !done) return done;
  const auto forgotten =
      to_.erase(Table::changes, {0, std::max<Key>(0, entry.key - kRemembered)}, kForgottenAtOnce);
  if (!forgotten) return fail(forgotten.error());
  return {};
}

Result<std::int64_t> last_change(Reader& reader) {
  std::int64_t last = 0;
  const auto read =
      reader.scan(Table::changes, {}, Order::descending, [&](Key key, std::string_view) {
        last = key;
        return false;
      });
  if (!read) return fail(read.error());
  return last;
}

Result<std::vector<ChangedRange>> changes_after(Reader& reader, std::int64_t after) {
  const auto last = last_change(reader);
  if (!last) return fail(last.error());
  std::vector<ChangedRange> ranges;
  std::int64_t expected = after + 1;
  bool gap = after > *last;
  std::optional<Key> damaged;
  const auto read = reader.scan(Table::changes, {after + 1}, Order::ascending,
                                [&](Key key, std::string_view bytes) {
                                  gap = gap || key != expected++;
                                  if (!decode(bytes, ranges)) damaged = key;
                                  return !gap && !damaged;
                                });
  if (!read) return fail(read.error());
  if (damaged) {
    return fail(ErrorCode::corrupt, fmt::format("table changes: entry {} is damaged", *damaged));
  }
  if (gap) {
    return fail(ErrorCode::conflict,
                fmt::format("what was stored since commit {} is no longer known (the last is {})",
                            after, *last));
  }
  return joined(std::move(ranges));
}

}  // namespace hvac::store
