#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "drift/reference.h"
#include "telemetry/profile.h"
#include "telemetry/sample.h"

/// From checked telemetry to trained and honestly evaluated models.
namespace hvac::training {

/// Samples fit for training and scoring: one per instant, in order, none from a block of rows whose
/// columns do not hold what the header says.
struct Dataset {
  std::vector<telemetry::Sample> samples;
  std::string source;        ///< File name.
  std::string sha256;        ///< Of the file.
  std::int64_t rows = 0;     ///< Data rows in the file.
  std::int64_t refused = 0;  ///< Of them in blocks that are not good.
  /// Usable rows, an instant that was logged twice counted twice: what a log calls its samples. Of
  /// a prepared data set, in which each instant is once: of the logs it was made of, as its
  /// provenance says.
  std::int64_t usable_rows = 0;
  std::string first_time;  ///< ISO 8601 UTC; empty without a time column.
  std::string last_time;
  /// What later telemetry is compared with; nothing when there are too few rows for it.
  std::shared_ptr<const drift::Reference> drift_reference;
};

/// Reads and checks a telemetry file. Errors: those of `telemetry::check_file`; rejected when no
/// usable row is left, saying why.
[[nodiscard]] Result<Dataset> load_dataset(
    const std::filesystem::path& file,
    const std::shared_ptr<const telemetry::AssetProfile>& profile, const Progress& progress);

}  // namespace hvac::training
