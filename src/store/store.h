#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/records.h"

/// Everything the twin must not forget: one interface over memory, SQLite and PostgreSQL.
namespace hvac::store {

class Engine;

/// [from, to)
struct TimeRange {
  TimePoint from;
  TimePoint to;
};

/// An asset that has rows, and how far its samples reach.
struct AssetSummary {
  AssetId asset;
  TimePoint first;
  TimePoint last;
};

struct HistoryQuery {
  AssetId asset;
  Stream stream = Stream::samples;
  std::string series;
  TimeRange range;
  std::size_t max_points = 1000;  ///< 1 .. 100,000
};

/// The good values from `time` on for the width of the history. A raw value stands alone, n = 1.
struct HistoryPoint {
  TimePoint time;
  std::uint64_t n = 0;
  double mean = 0.0;
  double low = 0.0;
  double high = 0.0;
};

/// What was read to answer.
enum class Level : std::uint8_t { raw, minute, hour };

struct History {
  Level level = Level::raw;
  std::chrono::milliseconds width{0};  ///< Of each point; 0 where points are single values.
  std::vector<HistoryPoint> points;    ///< In order of time; none where there is no good value.
};

/// How long each kind is kept. Audit, states and open alerts stay.
struct RetentionPolicy {
  std::chrono::days samples{90};
  std::chrono::days outcomes{90};
  std::chrono::days rollups{90};  ///< At least as long as the rows they are made of.
  std::chrono::days findings{90};
  std::chrono::days alerts{90};
  std::chrono::days drift_reports{90};
};

struct RetentionReport {
  std::int64_t removed = 0;  ///< Records removed by this step.
  bool finished = true;      ///< Nothing more is too old: else call again.
};

/// Reading may go on in any thread and never makes a writer wait for long. Writing functions
/// (`commit`, `enforce_retention`) wait for each other; the program calls them from one thread,
/// its writer. Several processes may share one SQLite file or one PostgreSQL database.
///
/// Every function fails with `unavailable` while the disk is full or read-only, the database is
/// locked or its server is away, and works again once the cause is gone; with `corrupt`, naming the
/// file, when stored bytes make no sense.
class Store {
 public:
  explicit Store(std::unique_ptr<Engine> engine);
  ~Store();

  /// Stores the whole batch, or nothing of it when it fails. What it returned for is on disk.
  /// Errors: invalid_argument for a row that does not fit its layout or names no asset.
  [[nodiscard]] Result<CommitReport> commit(const Batch& batch);

  /// Removes a few thousand of the records that are too old at `now`, so that commits need not wait
  /// long. Call it until it says that it is finished.
  [[nodiscard]] Result<RetentionReport> enforce_retention(TimePoint now,
                                                          const RetentionPolicy& policy = {});

  [[nodiscard]] Result<std::vector<AssetSummary>> assets() const;

  /// The series of an asset's newest row of that stream; none when it has no row.
  /// Errors: not_found for an asset that has none at all.
  [[nodiscard]] Result<std::vector<std::string>> series(const AssetId& asset, Stream stream) const;

  /// At most `max_points` points of one series: values gathered over equal widths from the coarsest
  /// rollup that is fine enough, and single values in ranges of a few hours that have no more.
  /// At level minute and hour, `from` is rounded down to one and `to` up.
  /// Errors: not_found for an asset or series that has no rows; invalid_argument for an empty range
  /// or a number of points outside its limits.
  [[nodiscard]] Result<History> history(const HistoryQuery& query) const;

  /// Hands the rows of an asset on in order of time, in bounded memory; none for an unknown asset.
  /// Rows that are committed meanwhile may or may not be among them.
  /// Errors: those of `sink`, which ends the visit.
  using RowSink = std::function<Result<void>(const Row&)>;
  [[nodiscard]] Result<void> visit(Stream stream, const AssetId& asset, TimeRange range,
                                   const RowSink& sink) const;

  /// The newest `limit` records of the range, newest first.
  [[nodiscard]] Result<std::vector<Finding>> findings(TimeRange range, std::size_t limit) const;
  [[nodiscard]] Result<std::vector<Alert>> alerts(TimeRange raised, std::size_t limit) const;
  [[nodiscard]] Result<std::vector<DriftReport>> drift_reports(TimeRange range,
                                                               std::size_t limit) const;

  /// All alerts that are open, however old, newest first.
  [[nodiscard]] Result<std::vector<Alert>> open_alerts() const;

  /// At most `limit` entries from that number on, oldest first.
  [[nodiscard]] Result<std::vector<ChainedAudit>> audit(std::int64_t from, std::size_t limit) const;

  /// What was last stored under that name, if anything.
  [[nodiscard]] Result<std::optional<std::string>> state(const std::string& name) const;

  /// Checks the database's structure, every row and the chain of the audit. Takes time in
  /// proportion to what is stored. Errors: corrupt, naming what is wrong.
  [[nodiscard]] Result<void> verify() const;

  /// How much is stored. Reads every key.
  [[nodiscard]] Result<RecordCounts> counts() const;

  /// The number of the last commit that wrote anything; 0 before the first.
  [[nodiscard]] Result<std::int64_t> last_commit() const;

  /// Writes everything that commits after number `after` wrote, as it is now, into `file`, whole or
  /// not at all. Returns the number of the last commit in it. Errors: conflict when it is no longer
  /// known what was written since (the last few thousand commits are): then only a whole copy will
  /// do.
  [[nodiscard]] Result<std::int64_t> write_changes(std::int64_t after,
                                                   const std::filesystem::path& file) const;

  /// Adds what `write_changes` wrote; what is there already is not added twice. Errors: corrupt for
  /// a file that is none, is damaged or does not follow on what is stored.
  [[nodiscard]] Result<CommitReport> apply_changes(const std::filesystem::path& file);

  /// A consistent copy as one SQLite file, made while the store is in use; `path` is replaced only
  /// by a whole copy. Errors: conflict for a store that is not backed up this way, saying how it
  /// is.
  [[nodiscard]] Result<void> backup_to(const std::filesystem::path& path) const;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

/// A store that forgets everything at its end.
std::unique_ptr<Store> open_memory();

struct SqliteOptions {
  std::chrono::milliseconds lock_wait{2000};  ///< How long to wait for another process's lock.
  std::int64_t max_bytes = 0;                 ///< The file may not grow beyond it; 0: no limit.
};

/// The store in that file (HOME/data/telemetry.db); makes it and its folder when missing and brings
/// an older version up to date. Errors: corrupt when the file is no store or damaged; conflict when
/// a newer program wrote it; unavailable.
[[nodiscard]] Result<std::unique_ptr<Store>> open_sqlite(const std::filesystem::path& file,
                                                         const SqliteOptions& options = {});

/// The store in a PostgreSQL database ("host=… dbname=… user=… password=…", "postgresql://…"), in
/// the schema `hvac_twin`. Errors: unavailable; conflict when a newer program wrote it.
[[nodiscard]] Result<std::unique_ptr<Store>> open_postgres(const std::string& connection);

}  // namespace hvac::store
