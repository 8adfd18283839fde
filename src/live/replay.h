#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/progress.h"
#include "base/result.h"
#include "ingest/sink.h"
#include "live/asset_twin.h"
#include "store/store.h"

/// What was, once more, the way it came.
namespace hvac::live {

/// Called with the time of what comes next; returning false ends the replay.
using Pace = std::function<bool(TimePoint next)>;

struct FileReplay {
  std::filesystem::path file;
  AssetId asset;
  /// Times of rows that have none: from `start` on, so far apart; a blank row is a longer gap.
  TimePoint start{std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}};
  std::chrono::milliseconds interval{10'000};
  std::size_t batch = 500;  ///< Readings handed over at once.
};

struct FileReplayReport {
  std::uint64_t readings = 0;  ///< Handed to the sink.
  std::uint64_t skipped = 0;   ///< Rows of another length than the header.
};

/// Hands the rows of a telemetry file to `sink` as readings, in their order.
/// Errors: those of telemetry::CsvReader and of the sink; interrupted.
[[nodiscard]] Result<FileReplayReport> replay_file(
    const FileReplay& replay, std::shared_ptr<const telemetry::AssetProfile> profile,
    ingest::Sink& sink, const Pace& pace, const Progress& progress);

/// How outcomes made again compare with those that are stored.
struct Comparison {
  std::uint64_t stepped = 0;    ///< Samples of the range that had an outcome.
  std::uint64_t same = 0;       ///< Outcomes that are the same, bit for bit.
  std::uint64_t different = 0;  ///< Outcomes that are not.
  std::optional<TimePoint> first_different;
  std::string first_series;  ///< Which series differs there.
};

struct StoredReplay {
  AssetId asset;
  store::TimeRange range;  ///< What is compared; the twin is stepped from its first sample on.
};

/// The model of a version. Errors: as registry::load_model.
using ModelOf = std::function<Result<ModelPointer>(const std::string& version)>;

/// Steps a new twin through all stored samples of an asset that had an outcome, with the models
/// that served then, and compares what it says with what is stored. `show` gets each view of the
/// range. Errors: those of the store and of `model_of`; not_found for an asset without rows;
/// interrupted.
[[nodiscard]] Result<Comparison> replay_stored(
    const StoredReplay& replay, const store::Store& store,
    std::shared_ptr<const telemetry::AssetProfile> profile, const ModelOf& model_of,
    const std::function<void(const ViewPointer&)>& show, const Pace& pace,
    const Progress& progress);

}  // namespace hvac::live
