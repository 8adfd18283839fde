#include "store/rollup.h"

#include <algorithm>

#include "store/bytes.h"

namespace hvac::store {
namespace {

// A number that only damaged bytes exceed: it would make a rollup of gigabytes.
constexpr std::uint64_t kMaxSeries = 1U << 20U;

struct Head {
  std::uint64_t series = 0;
  std::uint64_t n = 0;
  NumberForm low = NumberForm::missing;
  NumberForm high = NumberForm::missing;
};

Head read_head(ByteReader& reader, std::uint64_t next_series) {
  Head head;
  head.series = next_series + reader.varint();
  head.n = reader.varint();
  const auto forms = reader.fixed<std::uint8_t>();
  head.low = static_cast<NumberForm>(forms & 0x0F);
  head.high = static_cast<NumberForm>(forms >> 4U);
  return head;
}

Gathered read_values(ByteReader& reader, const Head& head) {
  Gathered values;
  values.n = head.n;
  values.sum = reader.fixed<double>();
  values.low = reader.number(head.low);
  values.high = reader.number(head.high);
  return values;
}

}  // namespace

void Gathered::add(const Gathered& other) {
  if (other.n == 0) return;
  low = n == 0 ? other.low : std::min(low, other.low);
  high = n == 0 ? other.high : std::max(high, other.high);
  sum += other.sum;
  n += other.n;
}

void add_to(Rollup& into, const Rollup& from) {
  if (into.size() < from.size()) into.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) into[i].add(from[i]);
}

std::string encode_rollup(const Rollup& rollup) {
  std::string bytes;
  std::size_t next = 0;
  for (std::size_t i = 0; i < rollup.size(); ++i) {
    if (rollup[i].n == 0) continue;
    append_varint(bytes, i - next);
    append_varint(bytes, rollup[i].n);
    const std::size_t place = bytes.size();
    bytes.push_back(0);
    append_fixed(bytes, rollup[i].sum);
    const auto low = static_cast<unsigned>(append_number(bytes, rollup[i].low));
    const auto high = static_cast<unsigned>(append_number(bytes, rollup[i].high));
    bytes[place] = static_cast<char>(low | (high << 4U));
    next = i + 1;
  }
  return bytes;
}

bool decode_rollup(std::string_view bytes, Rollup& rollup) {
  rollup.clear();
  ByteReader reader(bytes);
  while (!reader.at_end() && reader.good()) {
    const Head head = read_head(reader, rollup.size());
    if (head.series >= kMaxSeries) return false;
    rollup.resize(head.series + 1);
    rollup[head.series] = read_values(reader, head);
  }
  return reader.good();
}

bool find_in_rollup(std::string_view bytes, std::uint32_t series, Gathered& found) {
  found = {};
  ByteReader reader(bytes);
  std::uint64_t next = 0;
  while (!reader.at_end() && reader.good()) {
    const Head head = read_head(reader, next);
    if (head.series >= series) {
      if (head.series == series) found = read_values(reader, head);
      return reader.good();
    }
    reader.fixed<double>();
    reader.skip_number(head.low);
    reader.skip_number(head.high);
    next = head.series + 1;
  }
  return reader.good();
}

}  // namespace hvac::store
