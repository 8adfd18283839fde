#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "trees/model/ensemble.h"

namespace hvac::trees {

/// Turns rows of doubles into rows of floats for an engine: each value becomes the nearest float
/// that every split decides alike (of the two floats around it, where one of them crosses a
/// threshold, the other). Only where thresholds lie between a double and both its floats can a
/// decision still differ. A value; any thread.
class Narrowing {
 public:
  /// For rows of these ensembles, which pass check_ensembles.
  explicit Narrowing(std::span<const Ensemble> ensembles);

  float narrow(std::size_t feature, double value) const;

  /// `row` and `out` have a value per feature.
  void narrow(std::span<const double> row, std::span<float> out) const;

 private:
  struct Feature {
    std::vector<double> thresholds;  ///< Rising; decisions are value <= threshold.
    bool category = false;           ///< Its integer part counts as well.
  };
  std::vector<Feature> features_;
};

}  // namespace hvac::trees
