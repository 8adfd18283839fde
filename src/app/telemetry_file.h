#pragma once

#include <filesystem>

#include "app/context.h"
#include "base/progress.h"
#include "base/result.h"
#include "training/dataset.h"

namespace hvac::app {

/// What a telemetry file holds for training and scoring, read with the command's asset profile.
/// Errors: those of `load_profile` and `training::load_dataset`.
[[nodiscard]] Result<training::Dataset> load_telemetry(const Context& context,
                                                       const std::filesystem::path& file,
                                                       const Progress& progress);

}  // namespace hvac::app
