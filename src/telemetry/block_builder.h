#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "telemetry/block.h"
#include "telemetry/layout_model.h"
#include "telemetry/piece.h"
#include "telemetry/row_tests.h"

namespace hvac::telemetry {

/// Makes blocks of rows whose class is known: joins equals, cuts scrambled rows where the look of
/// their columns changes, and asks each layout so found what its columns hold. One thread.
class BlockBuilder {
 public:
  /// `model` must outlive it.
  explicit BlockBuilder(const LayoutModel& model);

  void add(RowClass row_class, std::span<const double> row, const RowEvidence& evidence);
  std::vector<Block> finish();

 private:
  struct Pending {
    std::vector<double> row;
    RowEvidence evidence;
  };

  void start(RowClass row_class, std::int64_t first);
  void close(std::int64_t end);  // `end`: the row after its last.
  void settle();                 // The pending rows belong to the open piece after all.
  void count(std::span<const double> row, const RowEvidence& evidence);
  bool looks_different(std::span<const double> row) const;
  std::vector<std::vector<ColumnMapping>> mappings() const;  // One per piece.
  Block block_of(const Piece& piece, std::vector<ColumnMapping> mapping) const;
  std::vector<std::string> reasons(const Piece& piece) const;

  const LayoutModel& model_;
  std::vector<Piece> pieces_;
  std::size_t sampled_pieces_ = 0;
  std::int64_t rows_ = 0;
  bool open_ = false;
  Piece piece_;  // The open one.
  std::mt19937_64 random_{1};

  std::vector<std::uint8_t> look_;  // Of each column at present,
  std::vector<int> sureness_;       // and how sure that is.
  std::vector<Pending> pending_;    // The last rows, all of which look different.
  std::int64_t pending_first_ = 0;
};

}  // namespace hvac::telemetry
