#pragma once

#include <cstdint>
#include <span>

#include "training/intervals.h"
#include "twin/parts.h"

/// How much first principles have to say beside the trees.
namespace hvac::training {

/// Per target, regime and evidence the share of first principles with the smallest mean absolute
/// error of the rows whose `use` is 1; none where rows are rare or it gains little.
/// Source: stacked regression (Breiman 1996) with one weight.
twin::PhysicsShare fit_physics_share(std::span<const Residual> unseen,
                                     std::span<const std::uint8_t> use);

/// What the prediction is off by once first principles have their share.
Residual mixed(const Residual& residual, const twin::PhysicsShare& share);

}  // namespace hvac::training
