#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "telemetry/layout_model.h"

namespace hvac::telemetry {

/// What speaks against the header in one row.
struct RowEvidence {
  std::size_t present = 0;   ///< Values that are there.
  TagSet outside;            ///< Tags outside their range, not by a dead or wrapped sensor.
  TagSet dead;               ///< Tags that read 0 or a wrapped number where that cannot be.
  TagSet off_lattice;        ///< Tags with finer values than they ever have.
  TagSet coarse;             ///< Tags with whole numbers where they hardly ever have.
  std::uint64_t broken = 0;  ///< Identities that do not hold, a bit each.
  double cover = 0.0;        ///< Fewest sensors that must be wrong to explain all this; a dead or
                             ///< coarse one counts half.
  bool exchanged = false;    ///< More than one sensor is wrong, and exchanging columns explains it.
  bool all_zero = false;     ///< Every value is 0: a reboot says nothing of the columns.
};

/// From this cover on a row cannot be explained by one sensor.
inline constexpr double kMoreThanOne = 2.0;

/// Tests rows against a model. Not thread-safe: it keeps scratch memory.
class RowTests {
 public:
  /// `model` must outlive it.
  explicit RowTests(const LayoutModel& model);

  RowEvidence test(std::span<const double> row);

 private:
  RowEvidence judge_values(std::span<const double> row) const;
  double cover_of(const RowEvidence& evidence);
  void find_bins(std::span<const double> row);
  void find_broken_pairs(std::span<const double> row);
  double weight(std::span<const double> row);
  std::vector<int> charges(const RowEvidence& evidence) const;
  bool exchanges_explain(std::span<const double> row, const RowEvidence& evidence);

  const LayoutModel& model_;
  std::vector<std::size_t> bins_;                           // Of each tag's value, for pairs.
  std::vector<std::span<const std::size_t>> broken_pairs_;  // The two tags of each.
  std::vector<std::span<const std::size_t>> open_;          // Not yet explained.
  std::vector<double> trial_;
  int credit_ = 0;  // Looking for exchanges is slow: where many rows need it, some go without.
};

}  // namespace hvac::telemetry
