#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "telemetry/profile.h"
#include "telemetry/quality.h"
#include "telemetry/sample.h"

namespace hvac::telemetry {

/// What a row of a stream is.
enum class RowState : std::uint8_t {
  instant,    ///< A new instant.
  blank,      ///< No value at all: ends the recording.
  duplicate,  ///< The instant before logged again.
  reboot,     ///< All zero after a controller reboot.
};

/// Telemetry in memory, column by column in the order of the profile's tags.
/// `columns` and `quality` are [tag][row]; a missing value is NaN with a quality that says why.
struct Table {
  std::shared_ptr<const AssetProfile> profile;
  std::vector<std::int64_t> source_row;  ///< 0-based data row in the file it came from.
  std::vector<RecordingId> recording;
  std::vector<TimePoint> time;  ///< Empty when the source has no time column; else kNoTime where
                                ///< a row has none.
  std::vector<RowState> state;  ///< Never `blank`: blank rows are not in a table.
  std::vector<std::vector<double>> columns;
  std::vector<std::vector<Quality>> quality;

  std::size_t rows() const { return source_row.size(); }
};

/// One row per instant: each duplicate is taken out after its good values have filled the gaps of
/// the row it repeats.
Table merge_duplicates(const Table& table);

/// The rows for which `keep` is true, in order. Requires one entry per row.
Table select_rows(const Table& table, const std::vector<bool>& keep);

/// Row `row` of `table` in the built-in profile's tags (by `Tag::stands_for`).
Sample sample_at(const Table& table, std::size_t row);

}  // namespace hvac::telemetry
