#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tree_model.h"
#include "trees/model/lightgbm.h"
#include "trees/model/xgboost.h"

// Any bytes: read or refused; what is read and can be written reads back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hvac;
  const auto ensemble = trees::parse_xgboost({reinterpret_cast<const char*>(data), size});
  if (!ensemble) return 0;
  fuzz::use(*ensemble);
  if (const auto text = trees::lightgbm_text(*ensemble)) {
    fuzz::require(trees::parse_lightgbm(*text).has_value());
  }
  if (const auto json = trees::xgboost_text(*ensemble)) {
    fuzz::require(trees::parse_xgboost(*json).has_value());
  }
  return 0;
}
