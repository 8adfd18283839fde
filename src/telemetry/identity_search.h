#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "telemetry/layout_model.h"

namespace hvac::telemetry {

/// A column that takes a tag's place in an identity: column value = scale * tag value.
struct IdentityPart {
  std::size_t tag = 0;
  std::size_t column = 0;
  double scale = 1.0;
};

/// Columns among which an identity of the profile holds, and not by chance.
struct IdentityMatch {
  std::vector<IdentityPart> parts;
  double score = 0.0;
};

/// All ways in which the identities of the profile hold among the columns of `rows`, the best
/// first: columns where they are before columns elsewhere, unscaled before scaled.
/// `rows`: a value per tag of the profile, NaN where missing. Identities of more than three tags
/// are looked for in place only.
std::vector<IdentityMatch> find_identities(const LayoutModel& model,
                                           std::span<const std::vector<double>> rows);

}  // namespace hvac::telemetry
