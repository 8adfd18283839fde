#pragma once

#include <optional>

#include "base/clock.h"
#include "physics/cooler.h"

namespace hvac::twin {

/// What the coil's measured outlet says of its conductance.
/// Returns UA over the clean UA that `cooler` describes (1 = clean), or nothing when the instant
/// does not tell: fan off, heater on, too little temperature difference or water, or an outlet that
/// no conductance explains. `air_outlet_c`: as measured.
std::optional<double> conductance_ratio(const physics::CoolerParameters& cooler,
                                        const physics::CoolerInputs& inputs, double air_outlet_c);

/// The coil's state of health.
struct Health {
  double index;          ///< Smoothed UA over clean UA; 1 = clean.
  double trend_per_day;  ///< Change of the index [1/day]; NaN until a week of data tells.
  std::optional<double> days_to_threshold;  ///< Until the index falls to kCleanAt, at this trend.
};

/// At this index the coil or filter is due for cleaning.
inline constexpr double kCleanAt = 0.7;

/// Follows the ratio over time. A value.
class HealthTracker {
 public:
  /// Adds one reading; `time` must not go back.
  void push(TimePoint time, double ratio);

  /// Nothing until enough readings are in.
  std::optional<Health> health() const;

  template <class Self, class Archive>
  static void archive(Self& self, Archive& archive) {
    archive(self.level_, self.weight_, self.first_, self.last_day_, self.sum_w_, self.sum_t_,
            self.sum_y_, self.sum_tt_, self.sum_ty_);
  }

 private:
  double level_ = 0.0;   ///< Exponentially weighted mean.
  double weight_ = 0.0;  ///< Readings in it.
  // Exponentially weighted regression of the level on time [days since first_].
  std::optional<TimePoint> first_;
  double last_day_ = 0.0;
  double sum_w_ = 0.0;
  double sum_t_ = 0.0;
  double sum_y_ = 0.0;
  double sum_tt_ = 0.0;
  double sum_ty_ = 0.0;
};

}  // namespace hvac::twin
