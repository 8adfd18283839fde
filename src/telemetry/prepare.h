#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "telemetry/check.h"
#include "telemetry/profile.h"

namespace hvac::telemetry {

/// What became of one file that went into a prepared data set.
struct PreparedSource {
  std::filesystem::path path;
  std::string sha256;
  CheckReport check;
  std::int64_t used_rows = 0;
  std::int64_t repeated_rows = 0;  ///< Already there from this or an earlier file.
  std::int64_t samples = 0;        ///< That the used rows stand for, as JudgedRow counts them.
};

struct TagRange {
  std::int64_t values = 0;
  double low = 0.0;
  double high = 0.0;
};

/// A data set made ready for training, and where it comes from.
struct Prepared {
  std::vector<PreparedSource> sources;
  std::int64_t rows = 0;     ///< Instants.
  std::int64_t samples = 0;  ///< Rows of logs that they stand for: what the guide counts.
  std::int64_t recordings = 0;
  std::vector<TagRange> ranges;  ///< Of the good values, in the order of the profile.
};

struct PrepareOptions {
  std::int64_t least_samples = 10'000;  ///< Below it the data set is refused; 0: never.
  TimePoint since = kNoTime;  ///< Instants before it, and those without a time, are left out.
};

/// Joins the usable instants of `sources`, in their order, into `output` (CSV), each instant once.
/// Nothing is written when it fails.
/// Errors: as check_file; rejected when they stand for fewer than `least_samples` samples.
[[nodiscard]] Result<Prepared> prepare(const std::vector<std::filesystem::path>& sources,
                                       const std::filesystem::path& output,
                                       std::shared_ptr<const AssetProfile> profile,
                                       const PrepareOptions& options,
                                       const Progress& progress = no_progress());

/// Where the provenance of the prepared data set `data` is kept: beside it, named after it.
std::filesystem::path provenance_file(std::filesystem::path data);

/// What the provenance of the prepared data set `data` says of its samples; nothing when there is
/// none or when it is of other bytes than those with this hash.
struct KnownSamples {
  std::int64_t rows;
  std::int64_t samples;
};
std::optional<KnownSamples> known_samples(const std::filesystem::path& data,
                                          const std::string& sha256);

}  // namespace hvac::telemetry
