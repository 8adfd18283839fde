#include "store/store.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "store/row_codec.h"
#include "store/testing.h"
#include "store/twin_rows.h"
#include "telemetry/profile.h"

// What the store costs beside the least that SQLite can do with the same bytes (one table, one
// transaction per batch, the same flushes), and what rollups save a month's plot.
// Usage: bench_store [postgres connection string]
namespace hvac::store {
namespace {

using Seconds = std::chrono::duration<double>;
constexpr int kAssets = 1000;

double now_s() {
  return std::chrono::duration_cast<Seconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

double cpu_s() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peak_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

// A result that cannot be: the benchmark ends.
template <class T>
T must(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "{}\n", result.error().message);
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// Telemetry as sensors give it: 32 tags with one decimal, and what the twin made of it.
class Fleet {
 public:
  Batch batch(std::int64_t from_ms, int assets, int rows_each, std::int64_t step_ms) {
    Batch made;
    for (int i = 0; i < rows_each; ++i) {
      for (int asset = 0; asset < assets; ++asset) {
        const std::string id = fmt::format("cooler-{}", asset);
        const std::int64_t ms = from_ms + i * step_ms;
        made.samples.push_back(row_of(id, ms, samples_, tags()));
        made.outcomes.push_back(row_of(id, ms, outcomes_, results()));
      }
    }
    return made;
  }

 private:
  std::vector<double> tags() {
    std::vector<double> values(samples_->series.size());
    for (double& value : values) value = std::round(10.0 * (20.0 + noise_(random_))) / 10.0;
    return values;
  }
  std::vector<double> results() {
    std::vector<double> values(outcomes_->series.size());
    for (double& value : values) value = 20.0 + noise_(random_);
    return values;
  }

  std::shared_ptr<const Layout> samples_ = sample_layout(*telemetry::unit_cooler_profile());
  std::shared_ptr<const Layout> outcomes_ = outcome_layout("v1");
  std::mt19937_64 random_{1};
  std::normal_distribution<double> noise_{0.0, 5.0};
};

struct Cost {
  double wall_s = 0.0;
  double cpu_s = 0.0;
  std::int64_t rows = 0;

  void print(const std::string& what) const {
    const auto n = static_cast<double>(rows);
    fmt::print("  {:<46} {:>9.0f} samples/s, {:>5.1f} us CPU each\n", what, n / wall_s,
               1e6 * cpu_s / n);
  }
};

template <class Work>
void add_cost(Cost& cost, std::size_t rows, const Work& work) {
  const double wall = now_s();
  const double cpu = cpu_s();
  work();
  cost.wall_s += now_s() - wall;
  cost.cpu_s += cpu_s() - cpu;
  cost.rows += static_cast<std::int64_t>(rows);
}

// The peer: the same bytes appended to one table, a transaction and a flush per batch.
class BareTable {
 public:
  explicit BareTable(const std::filesystem::path& file) {
    sqlite3_open(file.c_str(), &db_);
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16384");
    run("CREATE TABLE bare(key INTEGER PRIMARY KEY, value BLOB NOT NULL)");
    sqlite3_prepare_v2(db_, "INSERT INTO bare(value) VALUES(?)", -1, &insert_, nullptr);
  }
  ~BareTable() {
    sqlite3_finalize(insert_);
    sqlite3_close(db_);
  }
  BareTable(const BareTable&) = delete;
  BareTable& operator=(const BareTable&) = delete;

  void commit(const Batch& batch) {
    run("BEGIN");
    for (const auto& [stream, rows] : {std::pair(Stream::samples, &batch.samples),
                                       std::pair(Stream::outcomes, &batch.outcomes)}) {
      for (const Row& row : *rows) insert(encode_row(stream, 0, row.values, row.quality));
    }
    run("COMMIT");
  }

 private:
  void run(const char* sql) { sqlite3_exec(db_, sql, nullptr, nullptr, nullptr); }
  void insert(const std::string& bytes) {
    sqlite3_bind_blob64(insert_, 1, bytes.data(), bytes.size(), SQLITE_STATIC);
    sqlite3_step(insert_);
    sqlite3_reset(insert_);
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

void compare_commits(Store& store, const std::string& name, int rows_per_batch, int seconds) {
  const ScratchFolder scratch;
  BareTable bare(scratch.path() / "bare.db");
  Fleet fleet;
  Cost ours;
  Cost theirs;
  const std::int64_t step_ms = 50;  // 20 samples a second of each asset.
  const int rows_each = rows_per_batch / kAssets;
  const int batches = seconds * 20 / rows_each;
  for (int i = 0; i < batches; ++i) {
    const Batch batch =
        fleet.batch(kNewYearMs + i * rows_each * step_ms, kAssets, rows_each, step_ms);
    add_cost(theirs, batch.samples.size(), [&] { bare.commit(batch); });
    add_cost(ours, batch.samples.size(), [&] { must(store.commit(batch)); });
  }
  fmt::print("{}, batches of {} samples with outcomes from {} assets, {} s of telemetry:\n", name,
             rows_per_batch, kAssets, seconds);
  ours.print("store (keys, duplicates, rollups)");
  theirs.print("bare table, same bytes");
  fmt::print(
      "  wall {:.2f} x, CPU {:.2f} x the bare table; {:.2f} x real time; peak memory {:.0f} MB\n",
      ours.wall_s / theirs.wall_s, ours.cpu_s / theirs.cpu_s, seconds / ours.wall_s, peak_mb());
}

// The fastest of nine: other programs' work is not ours.
double best_ms(const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i < 9; ++i) {
    const double start = now_s();
    work();
    best = std::min(best, 1e3 * (now_s() - start));
  }
  return best;
}

void plot_a_month(Store& store) {
  constexpr std::int64_t kDayMs = 86'400'000;
  constexpr int kDays = 30;
  Fleet fleet;
  for (int day = 0; day < kDays; ++day) {
    must(store.commit(fleet.batch(kNewYearMs + day * kDayMs, 1, 8640, 10'000)));
  }
  const TimeRange month{at_ms(kNewYearMs), at_ms(kNewYearMs + kDays * kDayMs)};
  const AssetId asset{"cooler-0"};
  const double scan_ms = best_ms([&] {
    double sum = 0.0;
    must(store.visit(Stream::samples, asset, month, [&](const Row& row) -> Result<void> {
      sum += row.values[4];
      return {};
    }));
    if (!(sum > 0.0)) fmt::print("nothing read\n");
  });
  fmt::print("a month of one asset at 10 s ({} rows), rows themselves: {:.0f} ms\n", kDays * 8640,
             scan_ms);
  for (const std::size_t points : {500UL, 1000UL, 2000UL, 5000UL}) {
    for (const auto& [stream, series] :
         {std::pair(Stream::samples, "UCAIT"), std::pair(Stream::outcomes, "UCAOT.residual")}) {
      const HistoryQuery query{asset, stream, series, month, points};
      const std::size_t got = must(store.history(query)).points.size();
      const double ms = best_ms([&] { must(store.history(query)); });
      fmt::print(
          "  {:<15} at most {:>4} points: {:>4} in {:>6.2f} ms, {:>5.0f} x less than the rows\n",
          series, points, got, ms, scan_ms / ms);
    }
  }
}

void all(int argc, char** argv) {
  const ScratchFolder scratch;
  plot_a_month(*must(open_sqlite(scratch.path() / "month.db")));
  for (const int rows : {20'000, 5'000}) {
    const auto store = must(open_sqlite(scratch.path() / fmt::format("fleet-{}.db", rows)));
    compare_commits(*store, "SQLite", rows, rows == 20'000 ? 90 : 20);
  }
  if (argc > 1) compare_commits(*must(open_postgres(argv[1])), "PostgreSQL", 20'000, 30);
}

}  // namespace
}  // namespace hvac::store

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // Each line as it comes: this takes minutes.
  hvac::store::all(argc, argv);
  return 0;
}
