#include "app/stored_telemetry.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "telemetry/csv_writer.h"

namespace hvac::app {
namespace {

constexpr std::chrono::minutes kGap{10};

/// Places a stored row's values in the order of the profile.
class RowReader {
 public:
  explicit RowReader(const telemetry::AssetProfile& profile) : profile_(profile) {}

  void read(const store::Row& row) {
    if (row.layout != layout_) learn(row.layout);
    values_.assign(profile_.tags.size(), std::numeric_limits<double>::quiet_NaN());
    quality_.assign(profile_.tags.size(), telemetry::Quality::missing);
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      if (!places_[i] || std::isnan(row.values[i])) continue;
      values_[*places_[i]] = row.values[i];
      quality_[*places_[i]] = row.quality.empty() ? telemetry::Quality::good : row.quality[i];
    }
  }
  const std::vector<double>& values() const { return values_; }
  const std::vector<telemetry::Quality>& quality() const { return quality_; }

 private:
  void learn(const std::shared_ptr<const store::Layout>& layout) {
    layout_ = layout;
    places_.clear();
    for (const std::string& series : layout->series) places_.push_back(profile_.find(series));
  }

  const telemetry::AssetProfile& profile_;
  std::shared_ptr<const store::Layout> layout_;
  std::vector<std::optional<std::size_t>> places_;
  std::vector<double> values_;
  std::vector<telemetry::Quality> quality_;
};

Result<std::int64_t> export_asset(const store::Store& store, const store::AssetSummary& asset,
                                  const std::filesystem::path& file,
                                  const std::shared_ptr<const telemetry::AssetProfile>& profile,
                                  TimePoint since, const Progress& progress) {
  const TimePoint first = std::max(asset.first, since);
  if (first > asset.last) return 0;
  auto writer = telemetry::CsvWriter::create(file, profile, telemetry::TimeColumn::with);
  if (!writer) return fail(writer.error());
  RowReader reader(*profile);
  telemetry::RecordingId recording{};
  std::optional<TimePoint> last;
  std::int64_t rows = 0;
  const auto all = std::chrono::duration<double>(asset.last - first).count() + 1.0;
  const auto visited = store.visit(
      store::Stream::samples, asset.asset, {first, asset.last + std::chrono::milliseconds(1)},
      [&](const store::Row& row) -> Result<void> {
        const double done = std::chrono::duration<double>(row.time - first).count() / all;
        if (rows % 4096 == 0 && !progress(done, "collecting " + asset.asset.value)) {
          return fail(ErrorCode::interrupted, "collecting telemetry was stopped");
        }
        if (last && row.time - *last > kGap) ++recording.value;
        last = row.time;
        reader.read(row);
        ++rows;
        return writer->write(reader.values(), reader.quality(), row.time, recording);
      });
  if (!visited) return fail(visited.error());
  if (rows == 0) return 0;
  if (auto committed = writer->commit(); !committed) return fail(committed.error());
  return rows;
}

}  // namespace

Result<std::vector<StoredTelemetry>> export_samples(
    const store::Store& store, const std::filesystem::path& folder,
    const std::shared_ptr<const telemetry::AssetProfile>& profile, TimePoint since,
    const Progress& progress) {
  const auto assets = store.assets();
  if (!assets) return fail(assets.error());
  std::vector<StoredTelemetry> files;
  for (std::size_t i = 0; i < assets->size(); ++i) {
    const auto n = static_cast<double>(assets->size());
    const auto file = folder / ("collected_" + std::to_string(i + 1) + ".csv");
    const auto rows = export_asset(
        store, (*assets)[i], file, profile, since,
        part_of(progress, static_cast<double>(i) / n, (static_cast<double>(i) + 1) / n));
    if (!rows) return fail(rows.error());
    if (*rows > 0) files.push_back({file, *rows});
  }
  return files;
}

Result<std::int64_t> samples_since(const store::Store& store, TimePoint since,
                                   std::int64_t enough) {
  const auto assets = store.assets();
  if (!assets) return fail(assets.error());
  std::int64_t samples = 0;
  const auto good = [](const store::Row& row) {
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      const bool is_good = row.quality.empty() || row.quality[i] == telemetry::Quality::good;
      if (is_good && !std::isnan(row.values[i])) return true;
    }
    return false;
  };
  for (const store::AssetSummary& asset : *assets) {
    const TimePoint end = asset.last + std::chrono::milliseconds(1);
    if (samples >= enough || since >= end) continue;
    const auto visited =
        store.visit(store::Stream::samples, asset.asset, {std::max(asset.first, since), end},
                    [&](const store::Row& row) -> Result<void> {
                      samples += good(row) ? 1 : 0;
                      if (samples < enough) return {};
                      return fail(ErrorCode::interrupted, "that is enough");  // Ends the visit.
                    });
    if (!visited && samples < enough) return fail(visited.error());
  }
  return samples;
}

}  // namespace hvac::app
