#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hvac::telemetry {

/// Whether the columns of a block of rows hold what the header says.
enum class Verdict : std::uint8_t {
  good,        ///< They do.
  relabelled,  ///< They hold other tags; `mapping` says which.
  unusable,    ///< They hold neither, as far as the data tell.
  empty,       ///< Nothing, or almost nothing, is in them.
};

std::string_view name(Verdict verdict);

/// What a column was found to hold instead of its own tag.
struct ColumnMapping {
  std::string column;  ///< As in the header.
  std::string holds;   ///< Tag whose values it holds.
  double scale = 1.0;  ///< Column value = scale * tag value (100 for a Kv x 100).

  friend bool operator==(const ColumnMapping&, const ColumnMapping&) = default;
};

/// Neighbouring rows with one verdict. Rows are 0-based data rows, both ends included.
struct Block {
  std::int64_t first_row = 0;
  std::int64_t last_row = 0;
  Verdict verdict = Verdict::good;
  std::vector<std::string> reasons;    ///< In words, the strongest first.
  std::vector<ColumnMapping> mapping;  ///< Only for `relabelled`.
};

}  // namespace hvac::telemetry
