#pragma once

#include <array>

#include "features/features.h"
#include "telemetry/tags.h"

namespace hvac::twin {

/// A value per target, indexed by `telemetry::index(TargetTag)`.
template <class T>
using PerTarget = std::array<T, telemetry::kTargetCount>;

struct Interval {
  double low;
  double high;
};

/// One target's prediction, in the target's unit (degC, degC, m3/h).
struct TargetPrediction {
  double value;
  Interval interval90;  ///< Holds the measured value in 90 % of cases.
  double physics;       ///< What first principles alone say; NaN when they cannot.
};

/// How far the inputs lie from what the model was trained on.
struct Domain {
  double distance;    ///< 0 = in the middle, 1 = at the edge of the training data, above = outside.
  int worst_feature;  ///< Index of the feature that lies farthest out; -1 when none is known.

  bool inside() const { return distance <= 1.0; }
};

struct Prediction {
  PerTarget<TargetPrediction> targets;
  double q_thermal_kw;  ///< Sensible heat taken from the air [kW], from the predicted air side;
                        ///< negative when the air is heated. NaN without UCAIT.
  features::Regime regime;
  features::Evidence evidence;
  Domain domain;
};

}  // namespace hvac::twin
