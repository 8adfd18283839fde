#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "drift/compare.h"

using namespace hvac::drift;

// Whatever bytes a stored reference holds, it is refused or can be compared with: every PSI is a
// number.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto read = parse_reference({reinterpret_cast<const char*>(data), size});
  if (!read) return 0;
  Window window(std::make_shared<const Reference>(std::move(*read)));
  const std::vector<double> values(window.reference().tags.size(), 20.0);
  for (std::uint32_t row = 0; row < 150; ++row) window.push("unknown", row / 50, values);
  for (const FeatureDrift& feature : compare(window, {}).features) {
    if (!std::isfinite(feature.psi())) std::abort();
  }
  return 0;
}
