#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hvac::registry {

/// Which model of a registry: counted from 1, written "v1".
struct Version {
  std::uint32_t number = 0;
  friend auto operator<=>(Version, Version) = default;
};

inline std::string text(Version version) { return "v" + std::to_string(version.number); }

/// The version that `text` spells ("v17"), or nothing.
std::optional<Version> parse_version(std::string_view text);

}  // namespace hvac::registry
