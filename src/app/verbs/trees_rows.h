#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace hvac::app {

/// Reads rows of numbers from a CSV file for a model: columns by name where the header names all of
/// the model's features (further columns are passed over), else by position where there are as many
/// columns as features. An empty field is missing (NaN); nan, inf and -inf are read. Commas,
/// semicolons or tabs. One thread.
class RowReader {
 public:
  /// Errors: not_found; invalid_argument when the columns do not fit the features.
  [[nodiscard]] static Result<RowReader> open(const std::filesystem::path& path,
                                              std::span<const std::string> features);

  /// The next row's values, one per feature, into `row`; false at the end of the file.
  /// Errors: invalid_argument, naming line and column of what is no number.
  [[nodiscard]] Result<bool> next(std::span<double> row);

  /// How much of the file is read, in [0, 1].
  double done() const;

 private:
  RowReader() = default;
  Result<void> choose_columns(const std::vector<std::string_view>& header,
                              std::span<const std::string> features);

  std::filesystem::path path_;
  std::ifstream file_;
  std::uintmax_t size_ = 0;
  std::uintmax_t read_ = 0;
  char separator_ = ',';
  std::string line_;
  std::size_t number_ = 0;            // Of the line, from 1.
  bool first_is_data_ = false;        // The first line is a row, not a header.
  std::size_t width_ = 0;             // Columns in the file.
  std::vector<std::size_t> columns_;  // Per feature: its column.
  std::vector<std::string_view> fields_;
};

}  // namespace hvac::app
