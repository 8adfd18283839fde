#pragma once

#include <filesystem>

#include "app/context.h"
#include "base/progress.h"
#include "base/result.h"

namespace hvac::app {

/// HOME/data/training.csv: what the current models were learned from, as far as this instance
/// knows. A retraining learns from it beside what is new.
std::filesystem::path training_data_file(const Context& context);

/// The usable instants of `file` become the training data when there are none yet: the first model
/// was made of it. Errors: those of telemetry::prepare and the disk.
[[nodiscard]] Result<void> begin_training_data(const Context& context,
                                               const std::filesystem::path& file,
                                               const Progress& progress);

}  // namespace hvac::app
