#pragma once

#include "live/asset_twin.h"
#include "live/asset_view.h"
#include "store/records.h"

namespace hvac::live {

/// What a sample meant, out of the store: without findings, CUSUM, where a departure comes from and
/// how certain the heat balance is.
AssetView stored_view(const Site& site, const store::Row& sample, const store::Row& outcome);

}  // namespace hvac::live
