#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "telemetry/profile.h"
#include "telemetry/quality.h"
#include "telemetry/sample.h"

namespace hvac::telemetry {

enum class TimeColumn { without, with };

/// Writes telemetry as CSV that CsvReader reads back: a column per tag of the profile in the site's
/// unit, values that are not good left empty, a blank row between recordings. The file appears
/// whole on `commit` or not at all. One thread.
class CsvWriter {
 public:
  /// Errors: unavailable.
  [[nodiscard]] static Result<CsvWriter> create(const std::filesystem::path& path,
                                                std::shared_ptr<const AssetProfile> profile,
                                                TimeColumn time);

  /// `values` and `quality`: one per tag, in the profile's units. A change of `recording` writes a
  /// blank row first. Errors: unavailable.
  [[nodiscard]] Result<void> write(std::span<const double> values, std::span<const Quality> quality,
                                   TimePoint time, RecordingId recording);
  [[nodiscard]] Result<void> commit();

 private:
  CsvWriter(AtomicFile file, std::shared_ptr<const AssetProfile> profile, TimeColumn time)
      : file_(std::move(file)), profile_(std::move(profile)), time_(time) {}
  Result<void> flush();

  AtomicFile file_;
  std::shared_ptr<const AssetProfile> profile_;
  TimeColumn time_;
  std::string buffer_;
  bool any_row_ = false;
  RecordingId last_recording_;
};

}  // namespace hvac::telemetry
