#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/records.h"

/// Rows as bytes: layout number, per value its quality and form in one byte, then the number.
namespace hvac::store {

/// `quality` is as in Row. Outcomes are narrowed to floats.
std::string encode_row(Stream stream, std::uint32_t layout, std::span<const double> values,
                       std::span<const telemetry::Quality> quality);

/// Values and quality of a stored row.
struct DecodedRow {
  std::uint32_t layout = 0;
  std::vector<double> values;
  std::vector<telemetry::Quality> quality;
};

/// The layout's number of a stored row, if it is one.
std::optional<std::uint32_t> layout_of(std::string_view bytes);

/// Into `row`, whose memory is used again. False when `bytes` are no row of `columns` values.
bool decode_row(std::string_view bytes, std::size_t columns, DecodedRow& row);

/// The value in one column of a stored row where it is good; NaN where not.
double good_value(std::string_view bytes, std::size_t column);

}  // namespace hvac::store
