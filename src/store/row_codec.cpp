#include "store/row_codec.h"

#include <cmath>
#include <limits>

#include "store/bytes.h"

namespace hvac::store {
namespace {

using telemetry::Quality;

constexpr unsigned kFormBits = 4;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Control {
  Quality quality;
  NumberForm form;
};

Control split(std::uint8_t byte) {
  return {static_cast<Quality>(byte >> kFormBits), static_cast<NumberForm>(byte & 0x0F)};
}

double narrowed(Stream stream, double value) {
  constexpr double limit = std::numeric_limits<float>::max();
  if (stream == Stream::samples || std::abs(value) > limit) return value;
  return static_cast<double>(static_cast<float>(value));
}

}  // namespace

std::string encode_row(Stream stream, std::uint32_t layout, std::span<const double> values,
                       std::span<const Quality> quality) {
  std::string bytes;
  bytes.reserve(4 + values.size() * 5);
  append_varint(bytes, layout);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t place = bytes.size();
    bytes.push_back(0);
    const NumberForm form = append_number(bytes, narrowed(stream, values[i]));
    const Quality judged = !quality.empty()        ? quality[i]
                           : std::isnan(values[i]) ? Quality::missing
                                                   : Quality::good;
    const unsigned control =
        (static_cast<unsigned>(judged) << kFormBits) | static_cast<unsigned>(form);
    bytes[place] = static_cast<char>(control);
  }
  return bytes;
}

std::optional<std::uint32_t> layout_of(std::string_view bytes) {
  ByteReader reader(bytes);
  const std::uint64_t layout = reader.varint();
  if (!reader.good() || layout > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(layout);
}

bool decode_row(std::string_view bytes, std::size_t columns, DecodedRow& row) {
  ByteReader reader(bytes);
  row.layout = static_cast<std::uint32_t>(reader.varint());
  row.values.resize(columns);
  row.quality.resize(columns);
  for (std::size_t i = 0; i < columns && reader.good(); ++i) {
    const Control control = split(reader.fixed<std::uint8_t>());
    if (static_cast<std::size_t>(control.quality) >= telemetry::kQualityCount) return false;
    row.quality[i] = control.quality;
    row.values[i] = reader.number(control.form);
  }
  return reader.good() && reader.at_end();
}

double good_value(std::string_view bytes, std::size_t column) {
  ByteReader reader(bytes);
  reader.varint();
  for (std::size_t i = 0; i < column; ++i) {
    reader.skip_number(split(reader.fixed<std::uint8_t>()).form);
  }
  const Control control = split(reader.fixed<std::uint8_t>());
  const double value = reader.number(control.form);
  return reader.good() && control.quality == Quality::good ? value : kNan;
}

}  // namespace hvac::store
