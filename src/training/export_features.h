#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "training/dataset.h"
#include "training/fit.h"

namespace hvac::training {

struct ExportedFeatures {
  std::size_t train_rows = 0;
  std::size_t test_rows = 0;
  std::vector<std::string> files;  ///< Names within the folder.
};

/// Writes X_train.csv, X_test.csv, y_train.csv, y_test.csv and features.json into `folder`: the
/// features of the schema and the measured targets of each instant, missing values left empty. The
/// test rows are one fold of the grouped protocol (whole recordings, an embargo at cuts); physics
/// among the features was fitted to the training rows alone.
/// Errors: rejected when too few rows have a target; unavailable; interrupted.
[[nodiscard]] Result<ExportedFeatures> export_features(const Dataset& data,
                                                       const std::filesystem::path& folder,
                                                       const FitOptions& options,
                                                       const Progress& progress);

}  // namespace hvac::training
