#pragma once

#include <optional>
#include <string_view>

namespace hvac::access {

/// What a caller may do; each includes those before it.
enum class Role {
  anyone,     ///< No key needed: health, the pages.
  viewer,     ///< Reads and predicts.
  operator_,  ///< Also acknowledges, shelves, signs, switches a demo's faults.
  admin,      ///< Also promotes, rolls back, rebaselines, changes the configuration.
};

/// "anyone", "viewer", "operator", "admin".
std::string_view name(Role role);

/// The role that a key can have of that name, if there is one.
std::optional<Role> role_named(std::string_view name);

}  // namespace hvac::access
