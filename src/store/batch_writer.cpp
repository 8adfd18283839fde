#include "store/batch_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/iso_time.h"
#include "store/bytes.h"
#include "store/keys.h"
#include "store/record_codec.h"
#include "store/row_codec.h"

namespace hvac::store {
namespace {

// Folding reads each row once when its minute is over; twice that and a little lets it catch up.
constexpr std::int64_t kFoldedPerRow = 2;
constexpr std::int64_t kFoldedAtLeast = 500;

Result<void> check(const Row& row, const char* what) {
  const auto bad = [&](const std::string& reason) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("{} of \"{}\" at {}: {}", what, row.asset.value, iso_text(row.time), reason));
  };
  if (row.asset.value.empty()) return bad("names no asset");
  if (!row.layout) return bad("has no layout");
  const std::size_t series = row.layout->series.size();
  if (row.values.size() != series || (!row.quality.empty() && row.quality.size() != series)) {
    return bad(fmt::format("{} values and {} qualities for {} series", row.values.size(),
                           row.quality.size(), series));
  }
  return {};
}

Result<void> check_time(TimePoint time, const std::string& what) {
  if (has_key(time)) return {};
  return fail(ErrorCode::invalid_argument, fmt::format("{} at {} ms: not between 1970 and 2248",
                                                       what, time.time_since_epoch().count()));
}

// Where a record belongs: over the one of its millisecond for which `same` is true, or behind all.
struct Slot {
  Key key;
  bool taken;
};

template <class Same>
Result<Slot> find_slot(Reader& reader, Table table, TimePoint time, const Same& same) {
  const std::int64_t ms = clamped_ms(time);
  Slot slot{record_key(ms), false};
  const auto read = reader.scan(table, record_range(ms, ms + 1), Order::ascending,
                                [&](Key key, std::string_view bytes) {
                                  slot = {key, same(bytes)};
                                  if (!slot.taken) ++slot.key;
                                  return !slot.taken;
                                });
  if (!read) return fail(read.error());
  if (slot.key == record_key(ms + 1)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("table {}: more than {} records at {}", name(table), 1 << kSlotBits,
                            iso_text(time)));
  }
  return slot;
}

Result<void> put_one(Writer& writer, Table table, Key key, std::string value) {
  const Entry entry{key, std::move(value)};
  return writer.put(table, {&entry, 1});
}

Result<void> erase_one(Writer& writer, Table table, Key key) {
  const auto erased = writer.erase(table, {key, key + 1}, 1);
  if (!erased) return fail(erased.error());
  return {};
}

}  // namespace

Result<void> check(const Batch& batch) {
  for (const Row& row : batch.samples) {
    if (auto fits = check(row, "sample"); !fits) return fits;
  }
  for (const Row& row : batch.outcomes) {
    if (auto fits = check(row, "outcome"); !fits) return fits;
  }
  for (const Finding& finding : batch.findings) {
    if (auto fits = check_time(finding.time, "finding \"" + finding.kind + "\""); !fits)
      return fits;
  }
  for (const Alert& alert : batch.alerts) {
    if (auto fits = check_time(alert.raised, "alert \"" + alert.id + "\""); !fits) return fits;
  }
  for (const DriftReport& report : batch.drift_reports) {
    if (auto fits = check_time(report.time, "drift report " + report.file); !fits) return fits;
  }
  return {};
}

Result<std::int64_t> kept_from(Reader& reader, Stream stream) {
  const auto bytes = reader.get(Table::limits, static_cast<Key>(stream));
  if (!bytes) return fail(bytes.error());
  return *bytes ? ByteReader(**bytes).fixed<std::int64_t>() : 0;
}

Result<void> keep_from(Writer& writer, Stream stream, std::int64_t from_ms) {
  std::string bytes;
  append_fixed(bytes, from_ms);
  return put_one(writer, Table::limits, static_cast<Key>(stream), std::move(bytes));
}

Result<CommitReport> BatchWriter::write(const Batch& batch) {
  const auto samples = write_rows(Stream::samples, batch.samples);
  if (!samples) return fail(samples.error());
  const auto outcomes = write_rows(Stream::outcomes, batch.outcomes);
  if (!outcomes) return fail(outcomes.error());
  if (auto done = write_findings(batch.findings); !done) return fail(done.error());
  if (auto done = write_alerts(batch.alerts); !done) return fail(done.error());
  if (auto done = write_drift_reports(batch.drift_reports); !done) return fail(done.error());
  if (auto done = write_audit(batch.audit); !done) return fail(done.error());
  if (auto done = write_states(batch.states); !done) return fail(done.error());
  return CommitReport{*samples, *outcomes};
}

// Sorted, each key once.
Result<std::vector<Entry>> BatchWriter::encode_rows(Stream stream, const std::vector<Row>& rows,
                                                    RowCounts& counts) {
  const auto limit = kept_from(writer_, stream);
  if (!limit) return fail(limit.error());
  std::unordered_map<const Layout*, std::uint32_t> layouts;
  std::vector<Entry> entries;
  entries.reserve(rows.size());
  for (const Row& row : rows) {
    if (!has_key(row.time) || clamped_ms(row.time) < *limit) {
      ++counts.refused;
      continue;
    }
    const auto asset = dictionary_.number_of(NameKind::asset, row.asset.value, writer_);
    if (!asset) return fail(asset.error());
    if (*asset > kMaxAssets) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("asset \"{}\": more than {} assets", row.asset.value, kMaxAssets));
    }
    auto layout = layouts.find(row.layout.get());
    if (layout == layouts.end()) {
      const auto number = dictionary_.number_of(row.layout, writer_);
      if (!number) return fail(number.error());
      layout = layouts.emplace(row.layout.get(), *number).first;
    }
    entries.push_back({row_key(*asset, clamped_ms(row.time)),
                       encode_row(stream, layout->second, row.values, row.quality)});
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.key < b.key; });
  const auto end = std::unique(entries.begin(), entries.end(),
                               [](const Entry& a, const Entry& b) { return a.key == b.key; });
  counts.repeated += entries.end() - end;
  entries.erase(end, entries.end());
  return entries;
}

Result<RowCounts> BatchWriter::write_rows(Stream stream, const std::vector<Row>& rows) {
  RowCounts counts;
  const auto entries = encode_rows(stream, rows, counts);
  if (!entries) return fail(entries.error());
  const auto added = writer_.insert_new(tables_of(stream).rows, *entries);
  if (!added) return fail(added.error());
  std::vector<Key> keys;
  keys.reserve(entries->size());
  for (std::size_t i = 0; i < entries->size(); ++i) {
    if ((*added)[i]) keys.push_back((*entries)[i].key);
  }
  counts.stored = static_cast<std::int64_t>(keys.size());
  counts.repeated += static_cast<std::int64_t>(entries->size() - keys.size());
  if (auto marked = folding_.mark(writer_, stream, keys); !marked) return fail(marked.error());
  const std::int64_t budget = kFoldedAtLeast + kFoldedPerRow * counts.stored;
  const auto folded = folding_.fold_finished(writer_, dictionary_, stream, budget);
  if (!folded) return fail(folded.error());
  return counts;
}

Result<void> BatchWriter::write_findings(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    const auto slot =
        find_slot(writer_, Table::findings, finding.time, [&](std::string_view bytes) {
          const auto other = parse_finding(bytes, finding.time);
          return other && other->asset == finding.asset && other->kind == finding.kind &&
                 other->subject == finding.subject;
        });
    if (!slot) return fail(slot.error());
    if (slot->taken) continue;
    if (auto put = put_one(writer_, Table::findings, slot->key, encode(finding)); !put) return put;
  }
  return {};
}

Result<void> BatchWriter::write_alerts(const std::vector<Alert>& alerts) {
  for (const Alert& alert : alerts) {
    const auto slot = find_slot(writer_, Table::alerts, alert.raised, [&](std::string_view bytes) {
      const auto other = parse_alert(bytes, alert.raised);
      return other && other->id == alert.id;
    });
    if (!slot) return fail(slot.error());
    if (auto put = put_one(writer_, Table::alerts, slot->key, encode(alert)); !put) return put;
    const bool open = alert.state == AlertState::open;
    auto indexed = open ? put_one(writer_, Table::open_alerts, slot->key, {})
                        : erase_one(writer_, Table::open_alerts, slot->key);
    if (!indexed) return indexed;
  }
  return {};
}

Result<void> BatchWriter::write_drift_reports(const std::vector<DriftReport>& reports) {
  for (const DriftReport& report : reports) {
    const auto slot =
        find_slot(writer_, Table::drift_reports, report.time, [&](std::string_view bytes) {
          const auto other = parse_drift_report(bytes, report.time);
          return other && other->file == report.file;
        });
    if (!slot) return fail(slot.error());
    if (auto put = put_one(writer_, Table::drift_reports, slot->key, encode(report)); !put) {
      return put;
    }
  }
  return {};
}

Result<void> BatchWriter::write_audit(const std::vector<AuditEntry>& entries) {
  if (entries.empty()) return {};
  std::optional<ChainedAudit> last;
  Key number = 0;
  const auto read =
      writer_.scan(Table::audit, {}, Order::descending, [&](Key key, std::string_view bytes) {
        number = key;
        last = parse_audit(bytes, key);
        return false;
      });
  if (!read) return read;
  if (number > 0 && !last) {
    return fail(ErrorCode::corrupt, fmt::format("audit entry {} is damaged", number));
  }
  std::string before = last ? last->hash : std::string();
  std::vector<Entry> chained;
  for (const AuditEntry& entry : entries) {
    const ChainedAudit next = chain(entry, ++number, before);
    chained.push_back({number, encode(next)});
    before = next.hash;
  }
  const auto added = writer_.insert_new(Table::audit, chained);
  if (!added) return fail(added.error());
  return {};
}

Result<void> BatchWriter::write_states(const std::vector<StateEntry>& states) {
  for (const StateEntry& state : states) {
    const auto number = dictionary_.number_of(NameKind::state, state.name, writer_);
    if (!number) return fail(number.error());
    if (auto put = put_one(writer_, Table::states, *number, state.bytes); !put) return put;
  }
  return {};
}

}  // namespace hvac::store
