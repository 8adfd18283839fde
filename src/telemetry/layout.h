#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "telemetry/block.h"
#include "telemetry/profile.h"

namespace hvac::telemetry {

/// Finds blocks of rows whose columns do not hold what the header says, from the data alone:
/// ranges, identities, and relations between tags learned from the rows themselves.
/// Feed it every data row once, in order; memory stays small (a summary per window of rows).
/// One thread.
class LayoutDetector {
 public:
  explicit LayoutDetector(std::shared_ptr<const AssetProfile> profile);
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
