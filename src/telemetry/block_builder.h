#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "telemetry/block.h"
#include "telemetry/layout_model.h"
#include "telemetry/row_tests.h"

namespace hvac::telemetry {

/// What a run of rows was found to be, before its columns are looked at.
enum class RowClass : std::uint8_t { good, scrambled, sparse };

/// Makes blocks of rows whose class is known: joins equals, cuts scrambled rows where the look of
/// their columns changes, and asks each piece what it holds. One thread.
class BlockBuilder {
 public:
  /// `model` must outlive it.
  explicit BlockBuilder(const LayoutModel& model);

  void add(RowClass row_class, std::span<const double> row, const RowEvidence& evidence);
  std::vector<Block> finish();

 private:
  /// A coarse class of values.
  using Look = std::uint8_t;

  void settle();                 // The pending rows belong to the open block after all.
  void close(std::int64_t end);  // `end`: the row after its last.
  void start(RowClass row_class, std::int64_t first);
  void count(std::span<const double> row, const RowEvidence& evidence);
  bool looks_different(std::span<const double> row);
  std::vector<std::string> reasons() const;
  std::string shown_values(std::size_t tag) const;

  const LayoutModel& model_;
  std::vector<Block> blocks_;
  std::int64_t rows_ = 0;

  // The block being built.
  bool open_ = false;
  RowClass class_ = RowClass::good;
  std::int64_t first_ = 0;
  std::int64_t filled_ = 0;  // Its rows with values.
  std::array<std::int64_t, kMaxTags> outside_{};
  std::array<std::int64_t, kMaxTags> dead_{};
  std::array<std::int64_t, kMaxTags> off_lattice_{};
  std::array<std::int64_t, kMaxIdentities> broken_{};
  std::vector<std::vector<double>> sample_;  // A reservoir.
  std::mt19937_64 random_{1};

  // How each column looks at present, and how sure that is.
  std::vector<Look> look_;
  std::vector<int> sureness_;
  struct Pending {
    std::vector<double> row;
    RowEvidence evidence;
  };
  std::vector<Pending> pending_;  // The last rows, all of which look different.
  std::int64_t pending_first_ = 0;
};

}  // namespace hvac::telemetry
