#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/asset_id.h"
#include "store/records.h"
#include "telemetry/profile.h"
#include "twin/step.h"

/// What a running twin produces, as a store keeps it.
namespace hvac::store {

/// A series per tag, in the profile's order.
std::shared_ptr<const Layout> sample_layout(const telemetry::AssetProfile& profile);

/// The series of outcomes by that version of a model. Per target: "UCAOT.predicted", ".low",
/// ".high" (of the model alone), ".physics", ".tracked", ".tracked_low", ".tracked_high", ".bias",
/// ".measured", ".residual"; then "q_thermal_kw", "domain_distance", "regime" (0 fan on, 1 fan off,
/// 2 unknown), "air_kw", "water_kw", "health_index", "health_trend_per_day", "days_to_threshold",
/// "air_flow_m3_h", "air_flow_is_virtual" (0, 1).
std::shared_ptr<const Layout> outcome_layout(std::string_view model_version);

/// Requires a layout made by `outcome_layout`. What the outcome does not have is missing.
Row outcome_row(const AssetId& asset, const twin::Outcome& outcome,
                std::shared_ptr<const Layout> layout);

/// Its time is since when it holds: however often a twin repeats it, it is kept once.
Finding stored_finding(const AssetId& asset, const twin::Finding& finding);

}  // namespace hvac::store
