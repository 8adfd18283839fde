#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "telemetry/check.h"
#include "telemetry/csv_reader.h"
#include "telemetry/judge.h"

namespace hvac::telemetry {

/// Judges the rows of a reader and hands them on in order once no later row can change what is
/// known of them. Memory is bounded. One thread.
class RowPipeline {
 public:
  using Sink = std::function<Result<void>(const JudgedRow&)>;

  RowPipeline(std::shared_ptr<const AssetProfile> profile, Sink sink);

  /// Errors: those of the sink.
  [[nodiscard]] Result<void> push(const CsvRow& row);
  [[nodiscard]] Result<void> finish();

  /// The values of the row pushed last, in the profile's units.
  std::span<const double> last_values() const { return rows_[newest_].values; }

 private:
  struct Row {
    JudgedRow judged;
    std::vector<double> values;
    std::vector<Quality> quality;
  };
  void amend(std::span<const Amendment> amendments);
  Result<void> emit_oldest();

  // Enough for the look-back of the judge with as many rows between that are no instants.
  static constexpr std::size_t kHeld = 128;
  StreamJudge judge_;
  Sink sink_;
  std::vector<Row> rows_;  // A ring.
  std::size_t newest_ = 0;
  std::size_t held_ = 0;
};

}  // namespace hvac::telemetry
