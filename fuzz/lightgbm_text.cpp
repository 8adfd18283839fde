#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tree_model.h"
#include "trees/model/lightgbm.h"

// Any bytes: read or refused; what is read is written so that it reads back and is written the
// same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hvac;
  const auto ensemble = trees::parse_lightgbm({reinterpret_cast<const char*>(data), size});
  if (!ensemble) return 0;
  fuzz::use(*ensemble);
  const auto text = trees::lightgbm_text(*ensemble);
  if (!text) return 0;
  const auto again = trees::parse_lightgbm(*text);
  fuzz::require(again.has_value());
  const auto twice = trees::lightgbm_text(*again);
  fuzz::require(twice.has_value() && *twice == *text);
  return 0;
}
