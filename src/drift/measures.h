#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "drift/reference.h"
#include "drift/window.h"

/// By how much two distributions differ. Counts are of the same bins or cells.
namespace hvac::drift {

/// Population stability index: sum over bins of (q - p) ln(q / p), with shares (count + 1/2) /
/// (total + bins / 2). Source: Siddiqi, Credit Risk Scorecards (2006), ch. 9; the half is that of
/// Jeffreys' prior.
double psi(std::span<const std::uint64_t> reference, std::span<const std::uint64_t> current);

/// Its expected value when nothing has changed and values are independent: (bins - 1)(1/n + 1/m).
/// Source: Yurdakul & Naranjo (2020), Journal of Risk Model Validation 14(4).
double expected_psi(std::size_t bins, std::uint64_t n, std::uint64_t m);

/// Kolmogorov and Smirnov's distance: the greatest difference of the distribution functions, at the
/// cuts of the reference.
double kolmogorov_smirnov(const TagReference& reference, const Tally& current);

/// Wasserstein's distance of first order [the tag's unit]: the area between the distribution
/// functions, straight between the cuts.
double wasserstein(const TagReference& reference, const Tally& current);

/// Share of the values beyond the 2 % and 98 % quantiles of the reference, in [0, 1]; 0 of a tag by
/// value.
double share_in_tails(const TagReference& reference, const Tally& current);

/// Share of the values beyond the fences of the reference, in [0, 1].
double share_beyond(const TagReference& reference, const Tally& current);

}  // namespace hvac::drift
