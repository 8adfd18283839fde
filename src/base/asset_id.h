#pragma once

#include <compare>
#include <string>

namespace hvac {

/// Which machine: a site's own name of it, e.g. "chiller-room-2". Never empty where an asset is
/// meant.
struct AssetId {
  std::string value;
  friend auto operator<=>(const AssetId&, const AssetId&) = default;
};

}  // namespace hvac
