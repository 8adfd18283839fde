#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hvac::telemetry {

/// A profile has at most this many tags and identities.
inline constexpr std::size_t kMaxTags = 128;
inline constexpr std::size_t kMaxIdentities = 64;

enum class Role { input, target, auxiliary };

/// One column of an asset's telemetry: what it is, in which unit, and what it can believably be.
struct Tag {
  std::string name;  ///< As in the site's files and messages.
  std::string
      stands_for;  ///< Name of the built-in tag whose place it takes; empty for a site's extra tag.
  std::string unit;  ///< Of the value inside the program, after conversion at the edge.
  std::string meaning;
  Role role = Role::auxiliary;
  double low = -std::numeric_limits<double>::infinity();  ///< Least possible value [unit].
  double high = std::numeric_limits<double>::infinity();  ///< Greatest possible value [unit].
  double max_step =
      std::numeric_limits<double>::infinity();  ///< Greatest believable change between neighbouring
                                                ///< samples [unit].
  double resolution = 0.0;                      ///< Step of the sensor [unit]; 0 when unknown.
  bool may_hold = true;  ///< Whether a constant value over many samples is normal (a set-point, a
                         ///< switched-off motor).
  double scale = 1.0;    ///< What a site's value is multiplied by at the edge to be in `unit`.
  double offset = 0.0;   ///< Added after scaling.
};

/// A relation between tags that holds where the columns are right, e.g. CPPR = CPDP - CPSP.
struct Identity {
  std::string tag;         ///< Left side.
  std::string expression;  ///< Right side: + - * / ( ) sqrt numbers and tag names.
  double tolerance = 0.0;  ///< Absolute, in the unit of `tag`.
  double relative = 0.0;   ///< Added: this fraction of the right side's magnitude.
  std::string where;       ///< Tested only where this expression is above 0; empty: everywhere.
};

/// The tag table of a kind of asset. A value; immutable once loaded, shared by pointer.
struct AssetProfile {
  std::string name;
  std::vector<Tag> tags;
  std::vector<Identity> identities;

  /// Column of that tag, if the profile has it.
  std::optional<std::size_t> find(std::string_view tag) const;
};

/// The naval unit cooler's 32 tags.
std::shared_ptr<const AssetProfile> unit_cooler_profile();

/// A site's own profile. `file` names it in messages.
/// Errors: invalid_argument, as "FILE:LINE: what is wrong".
[[nodiscard]] Result<AssetProfile> parse_profile(std::string_view toml, std::string_view file);

}  // namespace hvac::telemetry
