#include "telemetry/column_mapping.h"

namespace hvac::telemetry {
std::vector<ColumnMapping> find_mapping(const LayoutModel&, std::span<const std::vector<double>>) {
  return {};
}
}  // namespace hvac::telemetry
