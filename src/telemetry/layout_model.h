#pragma once

#include <bitset>
#include <cstddef>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "telemetry/expression.h"
#include "telemetry/profile.h"

/// What is known of an asset's columns beyond their names: the profile's ranges and identities,
/// and what the believable rows of a file itself show. The layout detector judges rows by it.
namespace hvac::telemetry {

using TagSet = std::bitset<kMaxTags>;

/// How the values of a tag look where its column holds what it says.
struct Fingerprint {
  double lattice = 0.0;           ///< All values are multiples of it [unit]; 0 when unknown.
  double integer_share = 1.0;     ///< Fraction of values that are whole numbers; 1 when unknown.
  std::vector<double> quantiles;  ///< Ascending, evenly spaced, 0.5 % to 99.5 %; empty when
                                  ///< unknown.

  bool known() const { return !quantiles.empty(); }
  double span() const;  ///< Between the 5 % and the 95 % quantile, at least a lattice step [unit].
};

/// Where one tag's value says roughly what another's can be: states of a machine (fan off), or
/// temperatures that go together.
struct PairRule {
  std::size_t given = 0;      ///< Tag that is looked at ...
  std::size_t tag = 0;        ///< ... and the one it says something of.
  std::vector<double> upper;  ///< Upper ends of the bins of `given`; outside all of them: no word.
  double lowest = 0.0;        ///< Lower end of the first bin.
  std::vector<double> low;    ///< Per bin, of `tag`; wide.
  std::vector<double> high;

  /// Whether `value` of `tag` is possible beside `given_value`; true when the rule says nothing.
  bool allows(double given_value, double value) const;
};

/// An identity of the profile, ready to be tested.
struct IdentityRule {
  std::size_t left = 0;
  Expression right;
  double tolerance = 0.0;
  double relative = 0.0;
  double tight = 0.0;  ///< What 99 % of believable rows keep [unit of the left side].
  std::vector<std::size_t> columns;
};

/// Correlation of two columns over the rows in which both have values; 0 when it means nothing.
double correlation(std::span<const std::vector<double>> rows, std::size_t a, std::size_t b);

/// Immutable once learned; any thread.
struct LayoutModel {
  std::shared_ptr<const AssetProfile> profile;
  std::vector<Fingerprint> tags;
  std::vector<IdentityRule> identities;
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
