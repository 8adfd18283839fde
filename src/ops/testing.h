#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <string>

#include "base/files.h"
#include "ops/backup.h"
#include "ops/instance.h"
#include "ops/restore.h"
#include "registry/registry.h"
#include "store/store.h"
#include "store/testing.h"
#include "twin/parts.h"
#include "twin/testing.h"

/// What the tests of operations share: an instance with everything that one has, but small.
namespace hvac::ops::testing {

namespace fs = std::filesystem;
using store::at_ms;
using store::kNewYearMs;

/// A model of one stump per target. `shift` moves its air outlet temperature [K].
inline twin::BundleFiles small_model(double shift) {
  using twin::testing::stump;
  twin::ModelParts parts;
  parts.info = {"", "xgboost", "simulated", "2026-01-01T00:00:00Z", "abc", 7};
  parts.features = {"UCWIT", "UCAIT"};
  parts.ensembles[0] = {stump(0, 10.0, -1.0 + shift, 1.0 + shift), stump(0, 10.0, -2.0, 2.0),
                        stump(0, 10.0, -30.0, 30.0)};
  for (auto& range : parts.domain.ranges) range = {0.0, 1000.0};
  parts.card = "{}\n";
  return twin::bundle_files(parts).value();
}

class SmallInstance {
 public:
  explicit SmallInstance(fs::path folder) : home(std::move(folder)) {
    registry::Registry models(home / "models");
    EXPECT_TRUE(models.register_candidate(small_model(0.0), {"test", "first", "", ""}));
    put("config.toml", "[server]\nport = 8000\n");
    put("logs/api.log", std::string(3000, 'l'));
    put("monitoring/drift_report.json", "{\"status\":\"stable\"}");
    put("monitoring/drift_report_20260101.json", "{\"status\":\"warning\"}");
    put("maintenance/benchmark_results.json", "{}");
    open();
    add_rows(0, 200);
  }

  void put(const std::string& path, std::string_view bytes) const {
    EXPECT_TRUE(write_file_atomically(home / path, bytes));
  }
  std::string text(const std::string& path) const {
    return read_file(home / path).value_or("(not there)");
  }

  /// Seconds [from, to) after the new year.
  void add_rows(std::int64_t from, std::int64_t to) {
    const auto layout = store::layout_with({"UCAIT", "UCWIT"});
    store::Batch batch;
    for (std::int64_t i = from; i < to; ++i) {
      const double t = static_cast<double>(i);
      batch.samples.push_back(
          store::row_of("cooler", kNewYearMs + i * 1000, layout, {20.0 + std::sin(t), 7.1}));
    }
    batch.states.push_back({"twin/cooler", std::to_string(to)});
    batch.audit.push_back({at_ms(kNewYearMs + to * 1000), "test", "rows", std::to_string(to)});
    ASSERT_TRUE(store->commit(batch));
  }
  std::int64_t rows() const { return store->counts().value().samples; }

  void open() {
    auto opened = store::open_sqlite(home / "data" / "telemetry.db");
    ASSERT_TRUE(opened) << opened.error().message;
    store = std::move(*opened);
  }
  void close() { store.reset(); }

  BackupSource source() const { return {home, store.get(), "", "1.0.0"}; }
  Catalog catalog() const { return Catalog(home / "backups"); }

  Result<BackupReport> backup(BackupKind kind, std::int64_t second,
                              const std::optional<Secret>& secret = std::nullopt) const {
    return create_backup(
        catalog(), source(), {kind, secret}, [second] { return at_ms(kNewYearMs + second * 1000); },
        no_progress());
  }

  /// Closes the store, restores and opens it again.
  Result<RestoreReport> restore(RestoreRequest request, std::int64_t second = 100'000) {
    close();
    request.by = "test";
    auto claimed = claim_instance(home);
    if (!claimed) return fail(claimed.error());
    auto report = restore_backup(
        catalog(), home, request, [second] { return at_ms(kNewYearMs + second * 1000); },
        no_progress());
    open();
    return report;
  }

  fs::path home;
  std::unique_ptr<store::Store> store;
};

}  // namespace hvac::ops::testing
