#pragma once

#include <array>
#include <bitset>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "telemetry/identity_rule.h"
#include "telemetry/profile.h"

/// What is known of an asset's columns beyond their names: the profile's ranges and identities,
/// and what the believable rows of a file itself show. The layout detector judges rows by it.
namespace hvac::telemetry {

using TagSet = std::bitset<kMaxTags>;

inline constexpr std::size_t kPairBins = 10;
inline constexpr std::size_t kNoBin = kPairBins;

/// How the values of a tag look where its column holds what it says.
struct Fingerprint {
  double lattice = 0.0;           ///< All values are multiples of it [unit]; 0 when unknown.
  double integer_share = 1.0;     ///< Fraction of values that are whole numbers; 1 when unknown.
  std::vector<double> quantiles;  ///< Ascending, evenly spaced, 0.5 % to 99.5 %; empty when
                                  ///< unknown.

  std::array<double, kPairBins>
      bin_upper{};  ///< Upper ends of the bins that pairs go by, ascending.

  bool known() const { return !quantiles.empty(); }
  /// Bin of `value`, or kNoBin outside all of them (also for NaN and unknown tags).
  std::size_t bin_of(double value) const;
  double span() const;  ///< Between the 5 % and the 95 % quantile, at least a lattice step [unit].
};

/// The nearest whole number, for values of sensors (|value| < 2^62).
inline double nearest_whole(double value) {
  return static_cast<double>(static_cast<std::int64_t>(value + (value < 0.0 ? -0.5 : 0.5)));
}

/// Whether `value` is a multiple of `step`, apart from rounding in a file.
inline bool on_lattice(double value, double step) {
  const double steps = value / step;
  return std::abs(steps) > 1e12 || std::abs(steps - nearest_whole(steps)) < 1e-4;
}

/// Where one tag's value says roughly what another's can be: states of a machine (fan off), or
/// temperatures that go together.
struct PairRule {
  std::array<std::size_t, 2> tags{};  ///< The one that is looked at, and the one it speaks of.
  // What `tag` can be, wide, by bin of `given`; the last for none.
  std::array<double, kPairBins + 1> low{};
  std::array<double, kPairBins + 1> high{};

  std::size_t given() const { return tags[0]; }
  std::size_t tag() const { return tags[1]; }

  /// Whether `value` of `tag` is possible where `given` is in `bin`; true for NaN.
  bool allows(std::size_t bin, double value) const {
    return !(value < low[bin] || value > high[bin]);
  }
};

/// Correlation of two columns over the rows in which both have values; 0 when it means nothing.
double correlation(std::span<const std::vector<double>> rows, std::size_t a, std::size_t b);

/// Immutable once learned; any thread.
struct LayoutModel {
  std::shared_ptr<const AssetProfile> profile;
  std::vector<Fingerprint> tags;
  std::vector<IdentityRule> identities;
  std::vector<double>
      tight;  ///< By identity: what 99 % of believable rows keep [unit of its left side].
  std::vector<PairRule> pairs;
  std::vector<std::vector<double>> correlations;  ///< [tag][tag]; empty when unknown.
  TagSet in_file;                                 ///< Tags that have any value.
  std::size_t reference_rows = 0;                 ///< Believable rows it was learned from.
};

/// Learns a LayoutModel from the rows of a file, in memory that does not grow with it. One thread.
class LayoutLearner {
 public:
  explicit LayoutLearner(std::shared_ptr<const AssetProfile> profile);

  /// The next data row: a value per tag of the profile, in its units, NaN where missing.
  void add(std::span<const double> row);

  [[nodiscard]] LayoutModel finish();

 private:
  static constexpr std::size_t kMostRows = 16384;

  std::shared_ptr<const AssetProfile> profile_;
  std::vector<std::vector<double>> sample_;  // Every stride_-th row.
  std::size_t stride_ = 1;
  std::size_t seen_ = 0;
  TagSet in_file_;
};

}  // namespace hvac::telemetry
