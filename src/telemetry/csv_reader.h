#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/profile.h"
#include "telemetry/sample.h"

namespace hvac::telemetry {

enum class RowKind : std::uint8_t {
  values,
  blank,   ///< No value in any column: ends a recording.
  ragged,  ///< More or fewer fields than the header: nothing in it can be trusted to a column.
};

/// One data row as it stands in the file. Refers to the reader's memory until the next call.
struct CsvRow {
  std::int64_t row = 0;  ///< 0-based data row; blank rows count.
  RowKind kind = RowKind::blank;
  TimePoint time = kNoTime;
  std::span<const double> values;  ///< One per tag of the profile, in the site's unit; NaN missing.
};

/// Something in a file that could not be read, to show to an operator.
struct CsvProblem {
  std::int64_t row = 0;  ///< 0-based data row; the line in the file is row + 2.
  std::string column;    ///< Empty when it is the whole row.
  std::string what;
};

/// How a file is written, and what was wrong with it so far.
struct CsvReport {
  char delimiter = ',';
  std::vector<std::string> unknown_columns;  ///< In the file, not in the profile: not read.
  std::vector<std::string> absent_tags;      ///< In the profile, not in the file: all missing.
  std::string time_column;                   ///< Empty when there is none.
  std::vector<std::int64_t> malformed;       ///< Per tag: fields that are no number.
  std::int64_t malformed_times = 0;
  std::int64_t ragged_rows = 0;
  bool truncated = false;            ///< The last line is incomplete.
  std::vector<CsvProblem> problems;  ///< The first few.
};

/// Reads telemetry in CSV row by row in bounded memory: comma, semicolon or tab; decimal point or
/// comma; byte-order mark; CRLF; quoted fields; columns in any order; an optional time column
/// (ISO 8601, or epoch in s or ms). A line is a row: a quoted field does not reach over lines.
/// One thread.
class CsvReader {
 public:
  /// Errors: not_found; unavailable when the file cannot be read; invalid_argument when the first
  /// line is no header with tags of `profile` (the message names what was expected).
  [[nodiscard]] static Result<CsvReader> open(const std::filesystem::path& path,
                                              std::shared_ptr<const AssetProfile> profile);
  /// The same from memory. `name` stands for the file in messages.
  [[nodiscard]] static Result<CsvReader> from_text(std::string text, std::string name,
                                                   std::shared_ptr<const AssetProfile> profile);
  ~CsvReader();
  CsvReader(CsvReader&&) noexcept;
  CsvReader& operator=(CsvReader&&) noexcept;

  /// Reads the next row into `row`; false at the end of the file.
  /// Errors: unavailable when reading fails; invalid_argument for a line above 1 MiB.
  [[nodiscard]] Result<bool> next(CsvRow& row);

  const CsvReport& report() const;

  /// Part of the file that has been read, in [0, 1].
  double progress() const;

 private:
  struct State;
  explicit CsvReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hvac::telemetry
