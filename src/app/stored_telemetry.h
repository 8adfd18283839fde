#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "store/store.h"
#include "telemetry/profile.h"

namespace hvac::app {

/// One asset's samples as a telemetry file.
struct StoredTelemetry {
  std::filesystem::path file;
  std::int64_t rows = 0;
};

/// Writes the samples from `since` on of each asset in `store` that has any into a CSV file of its
/// own in `folder`; what is not good is left empty, and a gap of more than ten minutes begins a new
/// recording. Errors: those of the store; unavailable when the disk fails; interrupted.
[[nodiscard]] Result<std::vector<StoredTelemetry>> export_samples(
    const store::Store& store, const std::filesystem::path& folder,
    const std::shared_ptr<const telemetry::AssetProfile>& profile, TimePoint since,
    const Progress& progress);

/// How many instants with a good value are in `store` from `since` on, of all assets; it stops
/// counting at `enough`. Errors: those of the store.
[[nodiscard]] Result<std::int64_t> samples_since(const store::Store& store, TimePoint since,
                                                 std::int64_t enough);

}  // namespace hvac::app
