#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "telemetry/expression.h"
#include "telemetry/profile.h"

namespace hvac::telemetry {

enum class IdentityOutcome : std::uint8_t {
  untestable,  ///< A value is missing, or its condition does not hold.
  trivial,     ///< It holds, but so close to 0 that it would anyway.
  holds,
  broken,
};

/// An identity of a profile, ready to be tested on rows. A value.
struct IdentityRule {
  std::size_t left = 0;
  Expression right;
  std::optional<Expression> where;  ///< Tested only where this is above 0.
  double tolerance = 0.0;
  double relative = 0.0;
  std::vector<std::size_t> columns;  ///< Those of both sides; the left one last.

  /// `row`: a value per tag, NaN where there is none to be believed.
  IdentityOutcome test(std::span<const double> row) const;
};

/// The identities of `profile`, which must be valid (built in or from parse_profile).
std::vector<IdentityRule> compile_identities(const AssetProfile& profile);

}  // namespace hvac::telemetry
