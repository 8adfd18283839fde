#include "store/retention.h"

#include <algorithm>

#include "store/batch_writer.h"
#include "store/keys.h"
#include "store/levels.h"
#include "store/record_codec.h"

namespace hvac::store {
namespace {

// Short enough that a commit that waits for it does not notice.
constexpr std::int64_t kRemovedPerStep = 4000;
constexpr std::uint32_t kAssetsPerStep = 64;

std::int64_t horizon_ms(TimePoint now, std::chrono::days age) { return clamped_ms(now - age); }

// Whole hours, so that no rollup loses half of what it is made of.
std::int64_t whole_hours(std::int64_t ms) { return ms - ms % kHourMs; }

Result<std::int64_t> remove_closed_alerts(Writer& writer, KeyRange range) {
  std::vector<Key> closed;
  const auto read =
      writer.scan(Table::alerts, range, Order::ascending, [&](Key key, std::string_view bytes) {
        const auto alert = parse_alert(bytes, {});
        if (alert && alert->state == AlertState::closed) {
          closed.push_back(key);
        }
        return std::ssize(closed) < kRemovedPerStep;
      });
  if (!read) return fail(read.error());
  for (const Key key : closed) {
    if (auto erased = writer.erase(Table::alerts, {key, key + 1}, 1); !erased) return erased;
  }
  return std::ssize(closed);
}

Result<std::int64_t> remove_records(Writer& writer, TimePoint now, const RetentionPolicy& policy) {
  const auto before = [now](std::chrono::days age) {
    return record_range(0, horizon_ms(now, age));
  };
  const auto alerts = remove_closed_alerts(writer, before(policy.alerts));
  if (!alerts) return alerts;
  const auto findings = writer.erase(Table::findings, before(policy.findings), kRemovedPerStep);
  if (!findings) return findings;
  const auto reports =
      writer.erase(Table::drift_reports, before(policy.drift_reports), kRemovedPerStep);
  if (!reports) return reports;
  return *alerts + *findings + *reports;
}

}  // namespace

Result<std::int64_t> Retention::remove_rows(Writer& writer, std::uint32_t asset,
                                            std::int64_t budget) {
  std::int64_t removed = 0;
  const auto erase_before = [&](Table table, std::int64_t ms) -> Result<void> {
    const auto erased =
        writer.erase(table, {row_key(asset, 0), row_key(asset, ms)}, budget - removed);
    if (!erased) return fail(erased.error());
    removed += *erased;
    return {};
  };
  for (std::size_t i = 0; i < kStreamCount; ++i) {
    const StreamTables& tables = tables_of(static_cast<Stream>(i));
    if (auto done = erase_before(tables.rows, keep_ms_[i]); !done) return fail(done.error());
    for (const Table table : {tables.minute.rollups, tables.hour.rollups}) {
      if (auto done = erase_before(table, keep_rollups_ms_); !done) return fail(done.error());
    }
  }
  return removed;
}

Result<RetentionReport> Retention::step(Writer& writer, const Dictionary& dictionary,
                                        Folding& folding, TimePoint now,
                                        const RetentionPolicy& policy) {
  const std::chrono::days ages[] = {policy.samples, policy.outcomes};
  keep_rollups_ms_ = whole_hours(horizon_ms(now, policy.rollups));
  for (std::size_t i = 0; i < kStreamCount; ++i) {
    const auto stream = static_cast<Stream>(i);
    const auto kept = kept_from(writer, stream);
    if (!kept) return fail(kept.error());
    // May go back too: a clock that was wrong for a while must not keep rows out for years.
    keep_ms_[i] = whole_hours(horizon_ms(now, ages[i]));
    keep_rollups_ms_ = std::min(keep_rollups_ms_, keep_ms_[i]);
    if (keep_ms_[i] != *kept) {
      if (auto put = keep_from(writer, stream, keep_ms_[i]); !put) return fail(put.error());
    }
    // What goes must be in its rollups first.
    const auto folded =
        folding.fold_before(writer, dictionary, stream, keep_ms_[i], kRemovedPerStep);
    if (!folded) return fail(folded.error());
    if (*folded > 0) return RetentionReport{0, false};
  }
  RetentionReport report;
  const auto assets = static_cast<std::uint32_t>(dictionary.names(NameKind::asset).size());
  const std::uint32_t last = std::min(assets, next_asset_ + kAssetsPerStep);
  while (next_asset_ < last) {
    const auto removed = remove_rows(writer, next_asset_, kRemovedPerStep - report.removed);
    if (!removed) return fail(removed.error());
    report.removed += *removed;
    if (report.removed >= kRemovedPerStep) return RetentionReport{report.removed, false};
    ++next_asset_;
  }
  if (next_asset_ < assets) return RetentionReport{report.removed, false};
  const auto records = remove_records(writer, now, policy);
  if (!records) return fail(records.error());
  report.removed += *records;
  report.finished = *records < kRemovedPerStep;
  if (report.finished) next_asset_ = 0;
  return report;
}

}  // namespace hvac::store
