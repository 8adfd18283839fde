#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "telemetry/profile.h"
#include "telemetry/quality.h"
#include "telemetry/sample.h"

namespace hvac::telemetry {

/// Telemetry in memory, column by column in the order of the profile's tags.
/// `columns` and `quality` are [tag][row]; a missing value is NaN with a quality that says why.
struct Table {
  std::shared_ptr<const AssetProfile> profile;
  std::vector<std::int64_t> source_row;  ///< 0-based data row in the file it came from.
  std::vector<RecordingId> recording;
  std::vector<TimePoint> time;  ///< Empty when the source has no time column.
  std::vector<std::vector<double>> columns;
  std::vector<std::vector<Quality>> quality;

  std::size_t rows() const { return source_row.size(); }
};

/// Row `row` of `table` in the built-in profile's tags (by `Tag::stands_for`).
Sample sample_at(const Table& table, std::size_t row);

}  // namespace hvac::telemetry
