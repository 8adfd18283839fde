#include "store/levels.h"

#include <fmt/format.h>

#include <array>

#include "store/row_codec.h"

namespace hvac::store {
namespace {

constexpr std::array<StreamTables, kStreamCount> kTables = {
    StreamTables{Table::samples,
                 {Table::sample_minutes, Table::sample_minute_marks},
                 {Table::sample_hours, Table::sample_hour_marks}},
    StreamTables{Table::outcomes,
                 {Table::outcome_minutes, Table::outcome_minute_marks},
                 {Table::outcome_hours, Table::outcome_hour_marks}}};

tl::unexpected<Error> damaged(Table table, Key key) {
  return fail(ErrorCode::corrupt, fmt::format("table {}: entry {} is damaged", name(table), key));
}

// Adds a row's good values to the rollup. False when the row makes no sense.
bool add_row(std::string_view bytes, const Dictionary& dictionary, DecodedRow& row,
             Rollup& rollup) {
  const auto layout = layout_of(bytes);
  if (!layout || *layout >= dictionary.layouts().size()) return false;
  const std::vector<std::uint32_t>& series = dictionary.layouts()[*layout].series;
  if (!decode_row(bytes, series.size(), row)) return false;
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (row.quality[i] != telemetry::Quality::good) continue;
    if (rollup.size() <= series[i]) rollup.resize(series[i] + 1);
    rollup[series[i]].add(row.values[i]);
  }
  return true;
}

}  // namespace

const StreamTables& tables_of(Stream stream) { return kTables[static_cast<std::size_t>(stream)]; }

Result<std::set<Key>> marks_in(Reader& reader, Table marks, KeyRange range) {
  std::set<Key> found;
  const auto read = reader.scan(marks, range, Order::ascending, [&](Key key, std::string_view) {
    found.insert(found.end(), key);
    return true;
  });
  if (!read) return fail(read.error());
  return found;
}

Result<Folded> fold_minute(Reader& reader, const Dictionary& dictionary, Stream stream,
                           Key minute) {
  const Table rows = tables_of(stream).rows;
  Folded folded;
  DecodedRow row;
  std::optional<Key> wrong;
  const auto read = reader.scan(rows, {minute, minute + kMinuteMs}, Order::ascending,
                                [&](Key key, std::string_view bytes) {
                                  ++folded.read;
                                  if (!add_row(bytes, dictionary, row, folded.rollup)) wrong = key;
                                  return !wrong;
                                });
  if (!read) return fail(read.error());
  if (wrong) return damaged(rows, *wrong);
  return folded;
}

Result<Folded> fold_hour(Reader& reader, const Dictionary& dictionary, Stream stream, Key hour) {
  const LevelTables& minutes = tables_of(stream).minute;
  const KeyRange range{hour, hour + kHourMs};
  const auto marked = marks_in(reader, minutes.marks, range);
  if (!marked) return fail(marked.error());
  Folded folded;
  Rollup one;
  std::optional<Key> wrong;
  const auto read =
      reader.scan(minutes.rollups, range, Order::ascending, [&](Key key, std::string_view bytes) {
        if (marked->contains(key)) return true;
        ++folded.read;
        if (!decode_rollup(bytes, one)) wrong = key;
        add_to(folded.rollup, one);
        return !wrong;
      });
  if (!read) return fail(read.error());
  if (wrong) return damaged(minutes.rollups, *wrong);
  for (const Key minute : *marked) {
    const auto fresh = fold_minute(reader, dictionary, stream, minute);
    if (!fresh) return fresh;
    folded.read += fresh->read;
    add_to(folded.rollup, fresh->rollup);
  }
  return folded;
}

}  // namespace hvac::store
