#include "store/store.h"

#include <fmt/format.h>

#include <mutex>

#include "base/files.h"
#include "base/guarded.h"
#include "store/batch_writer.h"
#include "store/changes.h"
#include "store/dictionary.h"
#include "store/engine.h"
#include "store/folding.h"
#include "store/history.h"
#include "store/keys.h"
#include "store/levels.h"
#include "store/memory_engine.h"
#include "store/postgres_engine.h"
#include "store/record_codec.h"
#include "store/retention.h"
#include "store/row_codec.h"
#include "store/sqlite_engine.h"
#include "store/verify.h"

namespace hvac::store {
namespace {

using KnownNames = std::shared_ptr<const Dictionary>;

// As many entries as are read at once, so that neither memory nor a database's snapshot grows with
// the range.
constexpr std::size_t kPage = 4096;

tl::unexpected<Error> damaged(Table table, Key key) {
  return fail(ErrorCode::corrupt, fmt::format("table {}: entry {} is damaged", name(table), key));
}

}  // namespace

struct Store::Inside {
  // The writer's; under one lock.
  struct WriteSide {
    Folding folding;
    Retention retention;
    bool ready = false;  // Whether `folding` has its queue.
  };

  std::unique_ptr<Engine> engine;
  mutable Guarded<KnownNames> names{std::make_shared<const Dictionary>()};
  Guarded<WriteSide> write_side;

  // The names that `reader` sees.
  Result<KnownNames> names_in(Reader& reader) const {
    KnownNames known = names.with([](const KnownNames& current) { return current; });
    const auto behind = known->behind(reader);
    if (!behind) return fail(behind.error());
    if (!*behind) return known;
    auto fresh = std::make_shared<Dictionary>(*known);
    if (auto caught_up = fresh->catch_up(reader); !caught_up) return fail(caught_up.error());
    names.with([&](KnownNames& current) { current = fresh; });
    return fresh;
  }

  // Runs `work(writer, dictionary, side)` in a transaction and commits it.
  template <class Work>
  auto write(const Work& work)
      -> decltype(work(std::declval<Writer&>(), std::declval<Dictionary&>(),
                       std::declval<WriteSide&>())) {
    return write_side.with(
        [&](WriteSide& side) -> decltype(work(std::declval<Writer&>(), std::declval<Dictionary&>(),
                                              side)) {
          const auto writer = engine->write();
          if (!writer) return fail(writer.error());
          const auto known = names_in(**writer);
          if (!known) return fail(known.error());
          if (!side.ready) {
            if (auto restarted = side.folding.restart(**writer); !restarted) {
              return fail(restarted.error());
            }
          }
          side.ready = false;  // Until all is committed.
          const auto dictionary = std::make_shared<Dictionary>(**known);
          auto done = work(**writer, *dictionary, side);
          if (!done) return done;
          if (auto committed = (*writer)->commit(); !committed) return fail(committed.error());
          side.ready = true;
          names.with([&](KnownNames& current) { current = dictionary; });
          return done;
        });
  }

  // One page of entries from `range` on.
  Result<std::vector<Entry>> page(Reader& reader, Table table, KeyRange range) const {
    std::vector<Entry> entries;
    const auto read =
        reader.scan(table, range, Order::ascending, [&](Key key, std::string_view value) {
          entries.push_back({key, std::string(value)});
          return entries.size() < kPage;
        });
    if (!read) return fail(read.error());
    return entries;
  }

  // All entries of the range, in pages; `visit(names, entry)` runs while no snapshot is held.
  template <class Visit>
  Result<void> for_each(Table table, KeyRange range, const Visit& visit) const {
    while (true) {
      auto reader = engine->read();
      if (!reader) return fail(reader.error());
      const auto known = names_in(**reader);
      if (!known) return fail(known.error());
      const auto entries = page(**reader, table, range);
      if (!entries) return fail(entries.error());
      reader->reset();
      for (const Entry& entry : *entries) {
        if (auto visited = visit(**known, entry); !visited) return visited;
      }
      if (entries->size() < kPage) return {};
      range.from = entries->back().key + 1;
    }
  }

  // The newest records of a table.
  template <class Record>
  Result<std::vector<Record>> newest(Table table, KeyRange range, std::size_t limit,
                                     std::optional<Record> (*parse)(std::string_view,
                                                                    TimePoint)) const {
    const auto reader = engine->read();
    if (!reader) return fail(reader.error());
    std::vector<Record> records;
    std::optional<Key> wrong;
    if (limit == 0) return records;
    const auto read =
        (*reader)->scan(table, range, Order::descending, [&](Key key, std::string_view bytes) {
          auto record = parse(bytes, time_from_ms(key >> kSlotBits));
          if (!record) wrong = key;
          if (record) records.push_back(std::move(*record));
          return !wrong && records.size() < limit;
        });
    if (!read) return fail(read.error());
    if (wrong) return damaged(table, *wrong);
    return records;
  }
};

Store::Store(std::unique_ptr<Engine> engine) : inside_(std::make_unique<Inside>()) {
  inside_->engine = std::move(engine);
}
Store::~Store() = default;

Result<CommitReport> Store::commit(const Batch& batch) {
  if (auto fits = check(batch); !fits) return fail(fits.error());
  return inside_->write([&](Writer& writer, Dictionary& dictionary, Inside::WriteSide& side) {
    ChangeRecorder recorder(writer);
    auto report = BatchWriter(recorder, dictionary, side.folding).write(batch);
    if (!report) return report;
    if (auto recorded = recorder.finish(); !recorded) {
      return Result<CommitReport>(fail(recorded.error()));
    }
    return report;
  });
}

Result<RetentionReport> Store::enforce_retention(TimePoint now, const RetentionPolicy& policy) {
  return inside_->write([&](Writer& writer, Dictionary& dictionary, Inside::WriteSide& side) {
    return side.retention.step(writer, dictionary, side.folding, now, policy);
  });
}

Result<std::vector<AssetSummary>> Store::assets() const {
  const auto reader = inside_->engine->read();
  if (!reader) return fail(reader.error());
  const auto known = inside_->names_in(**reader);
  if (!known) return fail(known.error());
  std::vector<AssetSummary> summaries;
  const std::vector<std::string>& assets = (*known)->names(NameKind::asset);
  for (std::uint32_t i = 0; i < assets.size(); ++i) {
    const KeyRange range{row_key(i, 0), row_key(i, kEndOfTime)};
    std::vector<Key> ends;
    for (const Order order : {Order::ascending, Order::descending}) {
      const auto read =
          (*reader)->scan(Table::samples, range, order, [&](Key key, std::string_view) {
            ends.push_back(key);
            return false;
          });
      if (!read) return fail(read.error());
    }
    if (ends.size() < 2) continue;
    summaries.push_back(
        {AssetId{assets[i]}, time_from_ms(ms_of(ends[0])), time_from_ms(ms_of(ends[1]))});
  }
  return summaries;
}

Result<std::vector<std::string>> Store::series(const AssetId& asset, Stream stream) const {
  const auto reader = inside_->engine->read();
  if (!reader) return fail(reader.error());
  const auto known = inside_->names_in(**reader);
  if (!known) return fail(known.error());
  const auto number = (*known)->find(NameKind::asset, asset.value);
  if (!number) return fail(ErrorCode::not_found, "no rows of asset \"" + asset.value + "\"");
  std::optional<std::uint32_t> layout;
  const KeyRange range{row_key(*number, 0), row_key(*number, kEndOfTime)};
  const auto read = (*reader)->scan(tables_of(stream).rows, range, Order::descending,
                                    [&](Key, std::string_view bytes) {
                                      layout = layout_of(bytes);
                                      return false;
                                    });
  if (!read) return fail(read.error());
  if (!layout || *layout >= (*known)->layouts().size()) return std::vector<std::string>{};
  return (*known)->layouts()[*layout].layout->series;
}

Result<History> Store::history(const HistoryQuery& query) const {
  if (auto fits = check(query); !fits) return fail(fits.error());
  const auto reader = inside_->engine->read();
  if (!reader) return fail(reader.error());
  const auto known = inside_->names_in(**reader);
  if (!known) return fail(known.error());
  const auto asset = (*known)->find(NameKind::asset, query.asset.value);
  if (!asset) return fail(ErrorCode::not_found, "no rows of asset \"" + query.asset.value + "\"");
  const auto series = (*known)->find(NameKind::series, query.series);
  if (!series) return fail(ErrorCode::not_found, "no rows with series \"" + query.series + "\"");
  return read_history(**reader, **known, query, *asset, *series);
}

Result<void> Store::visit(Stream stream, const AssetId& asset, TimeRange range,
                          const RowSink& sink) const {
  auto reader = inside_->engine->read();
  if (!reader) return fail(reader.error());
  const auto known = inside_->names_in(**reader);
  if (!known) return fail(known.error());
  reader->reset();
  const auto number = (*known)->find(NameKind::asset, asset.value);
  if (!number || !(range.from < range.to)) return {};
  const Table table = tables_of(stream).rows;
  DecodedRow decoded;
  const KeyRange keys{row_key(*number, clamped_ms(range.from)),
                      row_key(*number, clamped_ms(range.to))};
  return inside_->for_each(
      table, keys, [&](const Dictionary& names, const Entry& entry) -> Result<void> {
        const auto layout = layout_of(entry.value);
        if (!layout || *layout >= names.layouts().size()) return damaged(table, entry.key);
        const auto& columns = names.layouts()[*layout].layout;
        if (!decode_row(entry.value, columns->series.size(), decoded)) {
          return damaged(table, entry.key);
        }
        return sink(
            Row{asset, time_from_ms(ms_of(entry.key)), columns, decoded.values, decoded.quality});
      });
}

Result<std::vector<Finding>> Store::findings(TimeRange range, std::size_t limit) const {
  return inside_->newest(Table::findings,
                         record_range(clamped_ms(range.from), clamped_ms(range.to)), limit,
                         parse_finding);
}

Result<std::vector<Alert>> Store::alerts(TimeRange raised, std::size_t limit) const {
  return inside_->newest(Table::alerts,
                         record_range(clamped_ms(raised.from), clamped_ms(raised.to)), limit,
                         parse_alert);
}

Result<std::vector<Alert>> Store::open_alerts() const {
  const auto reader = inside_->engine->read();
  if (!reader) return fail(reader.error());
  std::vector<Key> keys;
  const auto read =
      (*reader)->scan(Table::open_alerts, {}, Order::descending, [&](Key key, std::string_view) {
        keys.push_back(key);
        return true;
      });
  if (!read) return fail(read.error());
  std::vector<Alert> alerts;
  for (const Key key : keys) {
    const auto bytes = (*reader)->get(Table::alerts, key);
    if (!bytes) return fail(bytes.error());
    auto alert = parse_alert(*bytes ? **bytes : std::string(), time_from_ms(key >> kSlotBits));
    if (!alert) return damaged(Table::alerts, key);
    alerts.push_back(std::move(*alert));
  }
  return alerts;
}

Result<std::vector<DriftReport>> Store::drift_reports(TimeRange range, std::size_t limit) const {
  return inside_->newest(Table::drift_reports,
                         record_range(clamped_ms(range.from), clamped_ms(range.to)), limit,
                         parse_drift_report);
}

Result<std::vector<ChainedAudit>> Store::audit(std::int64_t from, std::size_t limit) const {
  std::vector<ChainedAudit> entries;
  if (limit == 0) return entries;
  const auto reader = inside_->engine->read();
  if (!reader) return fail(reader.error());
  std::optional<Key> wrong;
  const auto read =
      (*reader)->scan(Table::audit, {from}, Order::ascending, [&](Key key, std::string_view bytes) {
        auto entry = parse_audit(bytes, key);
        if (!entry) wrong = key;
        if (entry) entries.push_back(std::move(*entry));
        return !wrong && entries.size() < limit;
      });
  if (!read) return fail(read.error());
  if (wrong) return damaged(Table::audit, *wrong);
  return entries;
}

Result<std::optional<std::string>> Store::state(const std::string& name) const {
  const auto reader = inside_->engine->read();
  if (!reader) return fail(reader.error());
  const auto known = inside_->names_in(**reader);
  if (!known) return fail(known.error());
  const auto number = (*known)->find(NameKind::state, name);
  if (!number) return std::nullopt;
  return (*reader)->get(Table::states, *number);
}

Result<void> Store::verify() const {
  if (auto sound = inside_->engine->verify(); !sound) return sound;
  for (std::size_t i = 0; i < kTableCount; ++i) {
    const auto table = static_cast<Table>(i);
    EntryCheck entries(table);
    const auto checked = inside_->for_each(
        table, {},
        [&](const Dictionary& names, const Entry& entry) { return entries.push(names, entry); });
    if (!checked) return checked;
  }
  return {};
}

Result<RecordCounts> Store::counts() const {
  const auto reader = inside_->engine->read();
  if (!reader) return fail(reader.error());
  RecordCounts counts;
  const std::pair<Table, std::int64_t*> places[] = {
      {Table::samples, &counts.samples},   {Table::outcomes, &counts.outcomes},
      {Table::findings, &counts.findings}, {Table::alerts, &counts.alerts},
      {Table::audit, &counts.audit},       {Table::drift_reports, &counts.drift_reports}};
  for (const auto& [table, place] : places) {
    const auto counted = (*reader)->count(table);
    if (!counted) return fail(counted.error());
    *place = *counted;
  }
  return counts;
}

Result<std::int64_t> Store::last_commit() const {
  const auto reader = inside_->engine->read();
  if (!reader) return fail(reader.error());
  return last_change(**reader);
}

Result<std::int64_t> Store::write_changes(std::int64_t after,
                                          const std::filesystem::path& path) const {
  std::vector<ChangedRange> ranges;
  std::int64_t last = 0;
  {
    const auto reader = inside_->engine->read();
    if (!reader) return fail(reader.error());
    const auto number = last_change(**reader);
    if (!number) return number;
    last = *number;
    auto changed = changes_after(**reader, after);
    if (!changed) return fail(changed.error());
    ranges = std::move(*changed);
  }
  auto file = AtomicFile::create(path);
  if (!file) return fail(file.error());
  ChangeFileWriter out([&](std::string_view bytes) { return file->write(bytes); });
  for (const ChangedRange& range : ranges) {
    const auto written = inside_->for_each(range.table, {range.from, range.last + 1},
                                           [&](const Dictionary& names, const Entry& entry) {
                                             return out.add(names, range.table, entry);
                                           });
    if (!written) return fail(written.error());
  }
  if (auto ended = out.end(last); !ended) return fail(ended.error());
  if (auto kept = file->commit(); !kept) return fail(kept.error());
  return last;
}

Result<CommitReport> Store::apply_changes(const std::filesystem::path& path) {
  const auto before = counts();
  if (!before) return fail(before.error());
  CommitReport report;
  const auto read = read_change_file(path, before->audit, [&](const Batch& batch) -> Result<void> {
    const auto added = commit(batch);
    if (!added) return fail(added.error());
    for (const auto& [sum, part] : {std::pair{&report.samples, &added->samples},
                                    std::pair{&report.outcomes, &added->outcomes}}) {
      sum->stored += part->stored;
      sum->repeated += part->repeated;
      sum->refused += part->refused;
    }
    return {};
  });
  if (!read) return fail(read.error());
  return report;
}

Result<void> Store::backup_to(const std::filesystem::path& path) const {
  return inside_->engine->backup_to(path);
}

std::unique_ptr<Store> open_memory() { return std::make_unique<Store>(make_memory_engine()); }

Result<std::unique_ptr<Store>> open_sqlite(const std::filesystem::path& file,
                                           const SqliteOptions& options) {
  auto engine = make_sqlite_engine(file, options);
  if (!engine) return fail(engine.error());
  return std::make_unique<Store>(std::move(*engine));
}

Result<std::unique_ptr<Store>> open_postgres(const std::string& connection) {
  auto engine = make_postgres_engine(connection);
  if (!engine) return fail(engine.error());
  return std::make_unique<Store>(std::move(*engine));
}

}  // namespace hvac::store
