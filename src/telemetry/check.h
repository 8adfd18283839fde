#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "telemetry/block.h"
#include "telemetry/csv_reader.h"
#include "telemetry/profile.h"
#include "telemetry/table.h"

/// The check of a telemetry file: every value judged, mislabelled blocks found.
namespace hvac::telemetry {

/// How many values of a tag have each quality, and how many of its fields were no number.
struct TagCounts {
  std::array<std::int64_t, kQualityCount> by_quality{};  ///< Indexed by Quality.
  std::int64_t malformed = 0;                            ///< Among the missing.

  std::int64_t of(Quality quality) const { return by_quality[static_cast<std::size_t>(quality)]; }
};

struct CheckSummary {
  std::int64_t rows = 0;  ///< Data rows of the file, blank ones too.
  std::int64_t blank_rows = 0;
  std::int64_t duplicate_rows = 0;
  std::int64_t reboot_rows = 0;
  std::int64_t recordings = 0;
  std::int64_t usable_rows = 0;  ///< New instants in good blocks with a good value.
  TimePoint first_time = kNoTime;
  TimePoint last_time = kNoTime;
  std::vector<TagCounts> tags;  ///< In the order of the profile; over all rows but blank ones.
  CsvReport file;
};

struct CheckedData {
  Table table;  ///< All rows but blank ones, as they stand in the file.
  std::vector<Block> blocks;
  CheckSummary summary;
  std::vector<bool> usable;  ///< Per row of the table.

  /// Whether a row may be used for training and scoring: a new instant in a good block.
  bool row_usable(std::size_t row) const { return usable[row]; }
};

/// Reads and judges the whole file into memory.
/// Errors: as CsvReader; interrupted when `progress` says stop.
[[nodiscard]] Result<CheckedData> check_file(const std::filesystem::path& path,
                                             std::shared_ptr<const AssetProfile> profile,
                                             const Progress& progress = no_progress());

/// The rows to train on: the usable ones, one per instant, gaps filled from their duplicates.
Table usable_instants(const CheckedData& data);

struct CheckReport {
  std::vector<Block> blocks;
  CheckSummary summary;
};

/// The same check in bounded memory, whatever the size of the file.
/// Errors: as check_file.
[[nodiscard]] Result<CheckReport> check_stream(const std::filesystem::path& path,
                                               std::shared_ptr<const AssetProfile> profile,
                                               const Progress& progress = no_progress());

/// What an operator should know: what is wrong, where, and what to do about it; empty when the
/// data are good. A sensor that errs now and then is counted, not told.
std::vector<std::string> problems(const CheckReport& report, const AssetProfile& profile);

/// One judged row of a file, in the profile's units. Refers to memory of the caller.
struct JudgedRow {
  std::int64_t row = 0;
  RowState state = RowState::instant;
  RecordingId recording;
  TimePoint time = kNoTime;
  std::span<const double> values;
  std::span<const Quality> quality;
  /// Rows of the file that it stands for: an instant that was logged twice is two samples of a log.
  std::int64_t samples = 1;
};

/// Reads the file once more and shows its usable instants in order, duplicates merged, in bounded
/// memory. `blocks` are what check_stream found in it. The first error of `visit` ends it.
/// Errors: as check_file, and those of `visit`.
[[nodiscard]] Result<void> visit_usable(const std::filesystem::path& path,
                                        std::shared_ptr<const AssetProfile> profile,
                                        const std::vector<Block>& blocks,
                                        const std::function<Result<void>(const JudgedRow&)>& visit,
                                        const Progress& progress = no_progress());

}  // namespace hvac::telemetry
