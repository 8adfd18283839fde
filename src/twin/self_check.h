#pragma once

#include <string>

#include "base/result.h"
#include "twin/model.h"
#include "twin/parts.h"

/// What a model said when it was made, kept in its bundle: that the bytes are whole does not say
/// that this program still makes the same predictions of them.
namespace hvac::twin {

inline constexpr char kSelfCheckName[] = "check.json";

/// Predictions of fixed instants, six fields and full ones, without and with a history.
std::string self_check_text(const Model& model);

/// Whether `model` still says what its bundle remembers, to 0.01 %; a bundle that remembers nothing
/// passes. Errors: corrupt, naming the instant, the target and both values.
[[nodiscard]] Result<void> self_check(const Model& model, const BundleFiles& files);

}  // namespace hvac::twin
