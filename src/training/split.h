#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "telemetry/sample.h"

namespace hvac::training {

/// Which rows a model may learn from and which it is scored on. A row in neither is embargoed.
struct Split {
  std::vector<std::uint8_t> train;  ///< 1 = learns from it.
  std::vector<std::uint8_t> test;   ///< 1 = scored on it.
};

/// `folds` splits that never cut a recording: every row is tested once, by a model that saw no row
/// of its recording. Recordings longer than 1000 rows (of fewer than 6000 rows: than a tenth) are
/// cut into pieces, and rows within kEmbargoRows of a cut are in no training set of the
/// neighbouring piece's fold. Of 6000 rows and more, which fold a row is in depends on the rows
/// before it alone: models of the same data, or of data that have grown since, say of a row what
/// they learned from the same other recordings.
std::vector<Split> grouped_folds(std::span<const telemetry::Sample> samples, std::size_t folds);

/// Tests on the last `fraction` of the rows, trains on what ends kEmbargoRows before.
Split last_block(std::size_t rows, double fraction);

/// Longer than any window that features look back over.
inline constexpr std::size_t kEmbargoRows = 60;

}  // namespace hvac::training
