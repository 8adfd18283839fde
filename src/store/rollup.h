#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What is kept of the good values of a minute or an hour.
namespace hvac::store {

/// One series' good values.
struct Gathered {
  std::uint64_t n = 0;
  double sum = 0.0;
  double low = 0.0;
  double high = 0.0;

  void add(double value) { add(Gathered{1, value, value, value}); }
  void add(const Gathered& other);
};

/// Per series, indexed by the series' number; n = 0 where there is nothing.
using Rollup = std::vector<Gathered>;

/// Requires room in `into` for each series of `from`, or grows it.
void add_to(Rollup& into, const Rollup& from);

std::string encode_rollup(const Rollup& rollup);

/// False when `bytes` are no rollup.
bool decode_rollup(std::string_view bytes, Rollup& rollup);

/// One series of a stored rollup; n = 0 when it is not there. False when `bytes` are no rollup.
bool find_in_rollup(std::string_view bytes, std::uint32_t series, Gathered& found);

}  // namespace hvac::store
