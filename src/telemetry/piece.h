#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "telemetry/layout_model.h"
#include "telemetry/row_tests.h"

namespace hvac::telemetry {

/// What a run of rows was found to be, before its columns are looked at.
enum class RowClass : std::uint8_t { good, scrambled, sparse };

/// A coarse class of values: machines switch between few, columns with other contents differ in
/// it. Missing is 0; classes are below kLooks.
std::uint8_t look_of(double value);
inline constexpr std::size_t kLooks = 24;

/// Neighbouring rows of one class and, where they are scrambled, of one look.
struct Piece {
  RowClass row_class = RowClass::good;
  std::int64_t first = 0;
  std::int64_t last = -1;
  std::int64_t filled = 0;  ///< Its rows with values.
  // Rows of it that break something.
  std::array<std::int64_t, kMaxTags> outside{};
  std::array<std::int64_t, kMaxTags> dead{};
  std::array<std::int64_t, kMaxTags> off_lattice{};
  std::array<std::int64_t, kMaxIdentities> broken{};
  std::vector<std::vector<double>> sample;  ///< Rows drawn from it; of scrambled pieces only.
};

/// Numbers of groups, from 0, one per piece of `pieces`: scrambled pieces whose columns look alike
/// share one, through others if need be; it is the same layout in other states of the machine.
std::vector<std::size_t> group_by_look(std::span<const Piece> pieces);

}  // namespace hvac::telemetry
