#pragma once

#include <chrono>
#include <optional>

#include "api/json_writer.h"
#include "base/clock.h"
#include "live/asset_view.h"
#include "store/records.h"

namespace hvac::api {

/// An asset that has been silent for longer is stale.
inline constexpr std::chrono::seconds kStaleAfter{300};

/// Everything one sample meant, as an object; with `now` also whether it is stale.
void write_view(JsonWriter& json, const live::AssetView& view,
                std::optional<TimePoint> now = std::nullopt);

/// The same as far as the store keeps it: without findings, inputs and where a departure comes
/// from.
void write_stored_outcome(JsonWriter& json, const store::Row& row);

}  // namespace hvac::api
