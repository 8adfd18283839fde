#pragma once

#include <memory>
#include <span>
#include <vector>

#include "telemetry/block.h"
#include "telemetry/layout_model.h"

namespace hvac::telemetry {

/// Finds blocks of rows whose columns do not hold what the header says. A row is suspect when no
/// single wrong sensor explains what it breaks (ranges, identities, the values a tag can have, what
/// tags say of each other); the most likely course of good and bad blocks through the rows is
/// found by the Viterbi algorithm, so boundaries are exact to the row. Bad blocks are cut where the
/// look of the columns changes, and each is asked what its columns hold instead.
/// Feed it every data row once, in order; memory does not grow with their number. One thread.
class LayoutDetector {
 public:
  explicit LayoutDetector(LayoutModel model);
  ~LayoutDetector();
  LayoutDetector(LayoutDetector&&) noexcept;
  LayoutDetector& operator=(LayoutDetector&&) noexcept;

  /// The next data row: a value per tag of the profile, in its order and units, NaN where missing.
  /// A row of NaN only is a blank row and ends a recording.
  void add(std::span<const double> row);

  /// The blocks, in order, covering every row added.
  [[nodiscard]] std::vector<Block> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hvac::telemetry
