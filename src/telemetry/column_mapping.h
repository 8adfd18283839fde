#pragma once

#include <span>
#include <vector>

#include "telemetry/block.h"
#include "telemetry/layout_model.h"

namespace hvac::telemetry {

/// Which columns of `rows` hold another tag than their own, as far as the data tell: identities
/// searched over all columns and scales, then what values each tag has and what tags say of each
/// other. Columns whose content stays unclear are left out; a column is named for one tag only.
/// `rows`: a sample of one block, a value per tag of the profile, NaN where missing.
std::vector<ColumnMapping> find_mapping(const LayoutModel& model,
                                        std::span<const std::vector<double>> rows);

}  // namespace hvac::telemetry
