#include "plant/environment.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "physics/moist_air.h"

namespace hvac::plant {
namespace {

constexpr double kHour = 3600.0;
constexpr double kDay = 24.0 * kHour;
constexpr double kYear = 365.25 * kDay;
constexpr double kTwoPi = 2.0 * std::numbers::pi;

double seconds(TimePoint time) {
  return static_cast<double>(time.time_since_epoch().count()) / 1000.0;
}

// One step of a mean-reverting random walk of that spread and memory.
double wander(Random& random, double value, double mean, double spread, double memory_s,
              double step_s) {
  const double kept = std::exp(-step_s / memory_s);
  return mean + (value - mean) * kept + spread * std::sqrt(1.0 - kept * kept) * random.normal();
}

// Whether an event that comes once in `mean_s` comes within a step.
bool comes(Random& random, double mean_s, double step_s) { return random.chance(step_s / mean_s); }

// People in the room over the day: watches change at 8, 16 and 0 h.
double usual_people(double hour) { return hour < 8.0 ? 0.5 : hour < 16.0 ? 3.0 : 1.5; }

}  // namespace

Environment::Environment(std::uint64_t seed, TimePoint start)
    : random_(seed ^ 0x656e7669726f6eULL), season_offset_c_(random_.between(-2.0, 2.0)) {
  supply_set_c_ = random_.between(6.0, 12.0);
  set_point_c_ = std::round(random_.between(18.0, 25.0));
  front_c_ = 3.0 * random_.normal();
  supply_phase_ = random_.uniform() + std::fmod(seconds(start) / kDay, 1.0);
}

void Environment::operators_choose(double hour, double step_s) {
  if (comes(random_, 10 * kHour, step_s)) set_point_c_ = std::round(random_.between(17.0, 27.0));
  if (comes(random_, wanted_ ? 12 * kHour : 2.5 * kHour, step_s)) wanted_ = !wanted_;
  if (comes(random_, 1.5 * kHour, step_s)) {
    equipment_w_ =
        random_.chance(0.3) ? random_.between(0.0, 200.0) : random_.between(200.0, 1300.0);
  }
  if (comes(random_, kHour, step_s)) people_ = std::max(usual_people(hour) + random_.normal(), 0.0);
  if (comes(random_, 8 * kHour, step_s)) supply_set_c_ = random_.between(6.0, 14.0);
  if (comes(random_, 3 * kHour, step_s)) {
    supply_swing_k_ = random_.between(0.3, 3.5);
    supply_period_s_ = random_.between(400.0, 1800.0);
  }
}

Surroundings Environment::step(TimePoint now, double step_s) {
  const double t = seconds(now);
  const double hour = std::fmod(t, kDay) / kHour;
  operators_choose(hour, step_s);

  front_c_ = wander(random_, front_c_, 0.0, 3.0, 2 * kDay, step_s);
  outdoor_humidity_ =
      std::clamp(wander(random_, outdoor_humidity_, 0.7, 0.15, kDay, step_s), 0.2, 1.0);
  // Warmest late in July and at 15 h.
  const double season = 14.0 + 10.0 * std::cos(kTwoPi * (t / kYear - 0.56));
  const double day = std::cos(kTwoPi * (hour - 15.0) / 24.0);
  const double outdoor_c = season + season_offset_c_ + 4.0 * day + front_c_;

  // The chiller's thermostat makes a saw-tooth: slowly up, quickly down.
  supply_phase_ = std::fmod(supply_phase_ + step_s / supply_period_s_, 1.0);
  const double saw = supply_phase_ < 0.8 ? supply_phase_ / 0.8 : (1.0 - supply_phase_) / 0.2;
  // In the cold half of the year the loop carries heating water.
  constexpr double kHeatingBelow = 6.0;  // degC outdoors, of season and front
  const bool hot_water = season + season_offset_c_ + front_c_ < kHeatingBelow;
  const double supply_c = (hot_water ? 26.0 + supply_set_c_ : supply_set_c_ - supply_swing_k_) +
                          2.0 * supply_swing_k_ * saw;

  const double sun_w = std::max(std::sin(kTwoPi * (hour - 6.0) / 24.0), 0.0) * 250.0;
  constexpr double kPersonW = 75.0;      // sensible; ASHRAE Fundamentals (2017), ch. 18, table 1
  constexpr double kPersonKgS = 2.2e-5;  // 55 W latent
  return {.outdoor_c = outdoor_c,
          .outdoor_humidity_ratio = physics::humidity_ratio_of(
              outdoor_humidity_ * physics::saturation(outdoor_c).pressure_pa, physics::kSeaLevelPa),
          .sensible_load_w = equipment_w_ + kPersonW * people_ + sun_w,
          .moisture_kg_s = kPersonKgS * people_,
          .supply_c = std::max(supply_c, 4.0),
          .set_point_c = set_point_c_,
          .wanted = wanted_,
          .hot_water = hot_water};
}

}  // namespace hvac::plant
