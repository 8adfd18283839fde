#pragma once

#include <cstdint>

#include "trees/model/ensemble.h"
#include "twin/parts.h"

/// What the tests of models share.
namespace hvac::twin::testing {

/// One split of a model with the features UCWIT (0) and UCAIT (1): `left` up to the threshold,
/// `right` above it.
inline trees::Ensemble stump(std::int32_t feature, double threshold, double left, double right) {
  trees::Ensemble ensemble;
  ensemble.feature_names = {"UCWIT", "UCAIT"};
  ensemble.objective = "regression";
  trees::Tree tree;
  trees::Split split;
  split.feature = feature;
  split.threshold = threshold;
  split.left = ~0;
  split.right = ~1;
  split.cover = 10.0;
  tree.splits = {split};
  tree.leaf_values = {left, right};
  tree.leaf_covers = {4.0, 6.0};
  ensemble.trees = {tree};
  return ensemble;
}

/// The files of a small model that works.
inline BundleFiles small_bundle() {
  ModelParts parts;
  parts.info = {"", "xgboost", "simulated", "2026-01-01T00:00:00Z", "abc", 7};
  parts.features = {"UCWIT", "UCAIT"};
  parts.ensembles[0].assign(3, stump(0, 10.0, -1.0, 1.0));
  parts.card = "{}\n";
  return bundle_files(parts).value();
}

}  // namespace hvac::twin::testing
